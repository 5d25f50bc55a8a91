import Foundation
import RhizomeAPI
import RhizomeCommands
import RhizomeModel
import Testing

@Suite("What is printed")
struct OutputTests {
  @Test("a table's columns line up, and empty cells show")
  func table() {
    var table = TextTable(["Name", "Ready"])
    table.append(["a-long-name", "True"])
    table.append(["b", ""])
    #expect(table.text == "NAME         READY\na-long-name  True\nb            -")
  }

  @Test("YAML nests, and quotes what a reader could mistake")
  func yaml() {
    let value: Value = [
      "map": ["list": ["a", ["k": 1, "l": "x: y"]], "empty": [:]], "no": "no", "text": "two\nlines", "number": "12",
    ]
    let expected = """
      map:
        empty: {}
        list:
          - a
          - k: 1
            l: "x: y"
      "no": "no"
      number: "12"
      text: "two\\nlines"

      """
    #expect(YAMLText.text(value) == expected)
  }

  @Test("YAML keeps a text of several lines readable")
  func literalBlock() {
    #expect(YAMLText.text(["a": ["b": "one\n  two\n\nthree\n"]]) == "a:\n  b: |\n    one\n      two\n\n    three\n")
  }

  @Test("YAML never shows a secret")
  func secrets() throws {
    let value: Value = ["s": .sensitive(Sensitive(fingerprint: "print", cleartext: "hunter2"))]
    #expect(try YAMLText.encode(value) == "s: (sensitive)\n")
  }

  @Test(
    "ages read in their two largest units",
    arguments: [(0, "0s"), (59, "59s"), (192, "3m12s"), (7_260, "2h1m"), (187_200, "2d4h"), (-5, "0s")]
  )
  func age(seconds: Int64, text: String) {
    let now = Timestamp(milliseconds: 1_000_000_000)
    #expect(Age.text(since: now + (-seconds * 1_000), now: now) == text)
  }

  @Test("a port that never came about has the verdict that its home knows")
  func verdicts() {
    func view(_ address: Address, _ facts: [String: Value]) -> ResourceView {
      ResourceView(
        address: address,
        declared: true,
        declaredAt: nil,
        component: address.kind.component,
        home: .cluster,
        spec: .null,
        labels: [:],
        status: ResourceStatus(address: address, revision: 1, conditions: [], facts: facts),
        revision: 1,
        policies: nil
      )
    }
    let zone = view(Address(.zone, "hill"), ["ports": ["tcp-80": "refused", "tcp-81": "mapped"]])
    let (refused, mapped) = (Address(.portMapping, "hill.tcp-80"), Address(.portMapping, "hill.tcp-81"))
    let column = VerdictColumn([zone])
    #expect(column.text(view(refused, [:])) == "refused")
    #expect(column.text(view(mapped, ["verdict": "reachable"])) == "reachable")
    #expect(column.text(view(Address(.portMapping, "vale.tcp-80"), [:])) == "-")
    #expect(column.text(view(Address(.bucket, "hill.tcp-80"), [:])) == "-")
  }

  @Test("what is deleted here and declared elsewhere is warned of, and where")
  func deletions() throws {
    #expect(Delete.warning([], .synced) == nil)
    func resource(_ name: String) -> ResourceView {
      ResourceView(
        address: Address(.bucket, name),
        declared: true,
        declaredAt: SourceLocation(file: "all.yaml", line: 3, column: 1),
        component: .storage,
        home: .cluster,
        spec: .null,
        labels: [:],
        status: nil,
        revision: 1,
        policies: nil
      )
    }
    let one = [resource("a")]
    #expect(
      Delete.warning(one, .synced)
        == "The repository declares Bucket/a (all.yaml:3:1): it comes back with the next commit. Remove it there, too."
    )
    #expect(Delete.warning(one, .overridden)?.hasPrefix("What runs was changed by hand. It declares ") == true)
    #expect(Delete.warning(one, .suspended)?.contains("next commit, once it is resumed. ") == true)
    #expect(
      Delete.warning(one + [resource("b")], .off)
        == "The folder that was applied declares Bucket/a (all.yaml:3:1), Bucket/b (all.yaml:3:1): its next apply brings "
        + "them back. Remove them there, too."
    )
  }

  @Test("nothing that is printed turns the direction of what is read, or hides")
  func upright() {
    #expect(Printer.upright("a\u{202E}b\u{2066}\u{1B}[0m\n") == "a\\u{202e}b\\u{2066}\u{1B}[0m\n")
    #expect(Printer.escaped(json: "{\"a\":\"\u{202E}\u{E0001}é\"}") == "{\"a\":\"\\u202e\\udb40\\udc01é\"}")
    #expect(TextTable.printable("a\u{202E}b\u{1B}[2J") == "a\\u{202e}b [2J")
    #expect(YAMLText.text(["a": "x\u{202E}\n"]) == "a: \"x\\u202e\\n\"\n")
  }

  @Test("what was just now is told so")
  func ages() {
    let moment = Timestamp(milliseconds: 100_000)
    #expect(Age.ago(moment, now: moment + 900) == "just now" && Age.ago(moment, now: moment + -9_000) == "just now")
    #expect(Age.ago(moment, now: moment + 62_000) == "1m2s ago")
  }
}

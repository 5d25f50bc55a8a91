import RhizomeModel
import Testing

@testable import RhizomePlanner

@Suite("A plan under a pull request")
struct PlanMarkdownTests {
  private static func plan(_ actions: [Action], unknown: [UnknownResource] = []) -> Plan {
    Plan(clusterName: "plant", actions: actions, unknown: unknown)
  }

  private static func create(_ index: Int, fields: Int = 3) -> Action {
    let changes = (0..<fields).map { number in
      FieldChange(path: FieldPath(["labels", "field\(number)"]), from: .null, to: .string("value \(number)"))
    }
    return Action(.create, Address(.bucket, "bucket\(index)"), reason: Action.missingReason, changes: changes)
  }

  private static func delete(_ index: Int) -> Action {
    let cost = Cost(impact: "It is gone for good.")
    return Action(.delete, Address(.user, "user\(index)"), reason: "it is no longer declared", cost: cost)
  }

  @Test(
    "never grows beyond its limit, keeps what is destroyed, and counts what is left out",
    arguments: [3_000, 60_000]
  )
  func limit(bytes: Int) {
    let plan = Self.plan((0..<5_000).map { Self.create($0) } + (0..<10).map(Self.delete))
    let text = PlanMarkdown.render(plan, limit: bytes)
    #expect(text.utf8.count <= bytes)
    #expect(text.utf8.count > bytes * 8 / 10)
    for index in 0..<10 { #expect(text.contains("`User/user\(index)`")) }
    #expect(text.contains("Left out, because a comment holds no more"))
    let shown = text.split(separator: "\n").count { $0.contains("Bucket/bucket") }
    #expect(text.contains("\(5_000 - shown) more under “Create”"))
  }

  @Test("what fits is all there, and nothing is said of anything left out")
  func fits() {
    let text = PlanMarkdown.render(Self.plan([Self.create(1), Self.delete(1)]), note: "From a to b.")
    #expect(!text.contains("Left out"))
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.first == "**plant** – Plan: 1 to create, 0 to update, 1 to delete.")
    #expect(lines.dropFirst().first == "From a to b.")
  }

  @Test("an action with thousands of fields is cut, not left out")
  func manyFields() {
    let text = PlanMarkdown.render(Self.plan([Self.create(1, fields: 5_000)]))
    #expect(text.contains("… and 4940 more fields"))
    #expect(text.utf8.count < 10_000)
  }

  @Test("costs are told: who notices, how much is moved, and for how long")
  func costs() {
    let cost = Cost(bytes: 3 << 30, duration: 7_200_000, impact: "The service stops.")
    let action = Action(.delete, Address(.node, "oak"), reason: "it is no longer declared", cost: cost)
    #expect(PlanMarkdown.render(Self.plan([action])).contains("**The service stops. 3.0 GiB to copy, about 2 h.**"))
  }

  @Test("hostile text stays text: no mention, no command, no element, no fence, no link")
  func hostile() {
    let nasty = "@everyone #1 !2 <script>alert(1)</script> ](http://evil) ~~~\n/merge\n</details> `x`\u{202E}"
    let change = FieldChange(path: FieldPath(["labels", nasty]), from: .null, to: .string(nasty))
    let actions = [
      Action(.update, Address(.bucket, "x"), reason: nasty, changes: [change], cost: Cost(impact: nasty)),
      Action(.delete, Address(.bucket, nasty), reason: nasty),
    ]
    let plan = Plan(
      clusterName: nasty,
      actions: actions,
      unknown: [UnknownResource(address: Address(.user, nasty), reason: nasty)],
      refusals: [Refusal(.protectedResource, nasty)],
      unpruned: [Address(.bucket, nasty)]
    )
    let text = PlanMarkdown.render(plan, note: nasty)
    let prose = text.split(separator: "~~~diff").flatMap { $0.split(separator: "\n~~~\n").suffix(1) }.joined()
    #expect(!prose.contains("@everyone") && !prose.contains("<script"))
    #expect(!text.contains("\u{202E}"))
    let lines = text.split(separator: "\n")
    #expect(!lines.contains { $0.hasPrefix("/") })
    #expect(lines.count { $0.hasPrefix("~~~") } == 2)
    #expect(lines.count { $0.contains("</details>") && !$0.contains("~") } == 1)
  }

  @Test("mistakes are listed with their places")
  func mistakes() {
    let place = SourceLocation(file: "a.yaml", line: 3, column: 5)
    let text = PlanMarkdown.render(mistakes: [Diagnostic(code: "x", message: "no field <spce>", at: place)])
    #expect(
      text == "**Not valid** – 1 mistake; nothing of this would be applied.\n\n- `a.yaml:3:5` no field &lt;spce&gt;\n"
    )
  }
}

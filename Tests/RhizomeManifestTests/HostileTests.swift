import Foundation
import RhizomeManifest
import RhizomeModel
import Testing

/// Input that somebody made to use up a machine, each with the limit or mistake that must be told.
struct HostileInput: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  /// A part of a message that must be told.
  let expected: String

  init(_ name: String, _ text: String, _ expected: String) {
    self.init(name, Array(text.utf8), expected)
  }

  init(_ name: String, _ bytes: [UInt8], _ expected: String) {
    self.name = name
    self.bytes = bytes
    self.expected = expected
  }

  var testDescription: String { name }

  static func named(_ name: String) -> HostileInput? { all.first { $0.name == name } }

  static let all: [HostileInput] = [
    .init("alias bomb", aliasBomb(levels: 12, merging: false), "'alias expansion'"),
    .init("merge bomb", aliasBomb(levels: 12, merging: true), "there is no field 'l0'"),
    .init("10,000 levels of flow lists", String(repeating: "[", count: 10_000), "'depth'"),
    .init("10,000 levels of flow maps", String(repeating: "{a: ", count: 10_000), "'depth'"),
    .init("10,000 levels of block lists", String(repeating: "- ", count: 10_000), "'depth'"),
    .init("10,000 levels of explicit keys", String(repeating: "? ", count: 10_000), "'depth'"),
    .init("10,000 levels by indentation", staircase(10_000, "a:"), "'depth'"),
    .init("long text", "a: " + String(repeating: "x", count: (1 << 20) + 1), "'text length'"),
    .init("long block", "a: |\n" + String(repeating: "  0123456789abcdef\n", count: 70_000), "'text length'"),
    .init("long key", String(repeating: "k", count: (1 << 20) + 1) + ": 1", "'text length'"),
    .init("large file", [UInt8](repeating: UInt8(ascii: "#"), count: (4 << 20) + 1), "'file size'"),
    .init("4 MiB of comments", String(repeating: "# nothing\n", count: 400_000), "no Cluster"),
    .init("many documents", String(repeating: "--- a\n", count: 60_000), "'document count'"),
    .init("many directives", String(repeating: "%TAG !a! b\n", count: 100_000), "'directive count'"),
    .init("many tag directives", tagDirectives(100_000), "'directive count'"),
    .init("many values", "a: [" + String(repeating: "1,", count: 1_500_000) + "]", "'alias expansion'"),
    .init("many empty maps", String(repeating: "--- {a: {}, b: [{},{},{},{}]}\n", count: 49_000), "'diagnostic count'"),
    .init(
      "many anchors",
      "a: [" + (0..<90_000).map { "&a\($0) 1" }.joined(separator: ",") + "]",
      "there is no field 'a'"
    ),
    .init("many duplicate keys", "a: {" + (0..<40_000).map { _ in "b: 1" }.joined(separator: ", ") + "}", "twice"),
    .init("many unknown fields", unknownFields(30_000), "'diagnostic count'"),
    .init("many dangling names", danglingNames(10_000), "'diagnostic count'"),
    .init("invalid UTF-8", Array("kind: ".utf8) + [0xC3, 0x28], "UTF-8"),
    .init("overlong UTF-8", Array("kind: ".utf8) + [0xC0, 0x80], "UTF-8"),
    .init("surrogates in UTF-8", Array("kind: ".utf8) + [0xED, 0xA0, 0x80], "UTF-8"),
    .init("NUL", Array("kind: ".utf8) + [0], "NUL"),
    .init("escaped NUL", "apiVersion: rhizome/v1\nkind: Bucket\nmetadata: {name: \"a\\0b\"}", "metadata.name"),
    .init("an alias to itself", "a: &a [*a]", "cycle"),
    .init("nothing", "", "no Cluster"),
    .init("a byte order mark and nothing", [0xEF, 0xBB, 0xBF], "no Cluster"),
  ]

  private static func aliasBomb(levels: Int, merging: Bool) -> String {
    var text = "l0: &l0 {k: v}\n"
    for level in 1...levels {
      let alias = "*l\(level - 1)"
      let items = Array(repeating: alias, count: 10).joined(separator: ", ")
      text += merging ? "l\(level): &l\(level) {<<: [\(items)], k\(level): v}\n" : "l\(level): &l\(level) [\(items)]\n"
    }
    return text
  }

  private static func staircase(_ levels: Int, _ step: String) -> String {
    // One blank more each line: the square of the levels, so stop at the file limit.
    var text = ""
    for level in 0..<levels where text.utf8.count < 3 << 20 {
      text += String(repeating: " ", count: level) + step + "\n"
    }
    return text
  }

  private static func tagDirectives(_ count: Int) -> String {
    (0..<count).map { "%TAG !t\($0)! tag:x\n" }.joined() + "---\na: 1\n"
  }

  private static func unknownFields(_ count: Int) -> String {
    let fields = (0..<count).map { "quota\($0): 1" }.joined(separator: ", ")
    return "{apiVersion: rhizome/v1, kind: Bucket, metadata: {name: a}, spec: {\(fields)}}"
  }

  private static func danglingNames(_ count: Int) -> String {
    let members = (0..<count).map { "somebody-\($0)" }.joined(separator: ", ")
    let users = (0..<2_500).map { "--- {apiVersion: rhizome/v1, kind: User, metadata: {name: nobody-\($0)}}\n" }
    return users.joined()
      + "--- {apiVersion: rhizome/v1, kind: Group, metadata: {name: a}, spec: {members: [\(members)]}}"
  }
}

@Suite("Hostile input", .serialized, .timeLimit(.minutes(2)))
struct HostileTests {
  @Test("ends in a clear error, soon", arguments: HostileInput.all)
  func refused(input: HostileInput) {
    let started = ContinuousClock.now
    let result = Manifest.load([ManifestFile(path: "a.yaml", bytes: input.bytes)], source: "test")
    let duration = ContinuousClock.now - started
    #expect(result.desired == nil)
    let messages = result.diagnostics.map(\.message)
    #expect(messages.contains { $0.contains(input.expected) }, "\(messages.prefix(3))")
    #expect(result.diagnostics.count <= ManifestLimits.standard.diagnostics + 1)
    #expect(DiagnosticRenderer.text(result.diagnostics).utf8.count < 1 << 20)
    // Debug builds on a busy machine are slow; what this guards against takes minutes or for ever.
    #expect(duration < .seconds(20), "\(duration)")
  }

  @Test("stays within 400 MB of memory", .enabled(if: !isSanitized, "sanitizers reserve terabytes"))
  func memory() async {
    await #expect(processExitsWith: .success) {
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
      limit.rlim_cur = HostileTests.addressSpace() + (400 << 20)
      #expect(setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
      for input in HostileInput.all {
        _ = Manifest.load([ManifestFile(path: "a.yaml", bytes: input.bytes)], source: "test")
      }
      exit(0)
    }
  }

  /// Bytes of address space that this process has now.
  private static func addressSpace() -> rlim_t {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return (text.split(separator: " ").first.flatMap { rlim_t($0) } ?? 0) * 4_096
  }

  private static var isSanitized: Bool {
    ProcessInfo.processInfo.environment.keys.contains { $0 == "ASAN_OPTIONS" || $0 == "TSAN_OPTIONS" }
  }

  @Test("a byte order mark is accepted")
  func byteOrderMark() {
    let bytes = [0xEF, 0xBB, 0xBF] + Array(foundation.utf8)
    #expect(Manifest.load([ManifestFile(path: "a.yaml", bytes: bytes)], source: "test").diagnostics == [])
  }

  @Test("each limit is told by its name")
  func limits() {
    func messages(_ text: String, _ change: (inout ManifestLimits) -> Void) -> String {
      var limits = ManifestLimits()
      change(&limits)
      return load(text, limits: limits).diagnostics.map(\.message).joined()
    }
    #expect(messages("a: b") { $0.fileBytes = 3 }.contains("'file size' of 3"))
    #expect(messages("a: b") { $0.totalBytes = 3 }.contains("'total size' of 3"))
    #expect(messages("a: b") { $0.files = 0 }.contains("'file count' of 0"))
    #expect(messages("a: b") { $0.nodes = 2 }.contains("'value count' of 2"))
    #expect(messages("a: [[b]]") { $0.depth = 2 }.contains("'depth' of 2"))
    #expect(messages("a: bcd") { $0.scalarBytes = 2 }.contains("'text length' of 2"))
  }
}

import Foundation
import RhizomeManifest
import RhizomeModel
import Testing

@Suite("Generated documents")
struct DocumentTests {
  static let schema = Checkout.root.appending(path: "Manifests/schema/rhizome-v1.json")

  @Test("the JSON Schema is as the tables say")
  func schema() throws { try expectSnapshot(ManifestDocuments.jsonSchema(), at: Self.schema) }

  @Test("the reference page is as the tables say")
  func page() throws {
    try expectSnapshot(ManifestDocuments.referencePage(), at: Checkout.root.appending(path: "Docs/Manifest.md"))
  }

  @Test("the examples on the reference page are right", arguments: Schema.kinds.map(\.kind))
  func examples(kind: Kind) throws {
    let example = try #require(Schema.kinds.first { $0.kind == kind }?.example)
    let codes = Set(load(example).diagnostics.filter { $0.severity == .error }.map(\.code))
    // An example stands alone, so only what it names may be missing.
    #expect(codes.isSubset(of: ["dangling-reference", "cluster-count", "no-place"]), "\(codes)")
  }

  @Test("every field of every kind is in a good fixture")
  func coverage() throws {
    var text = ""
    for folder in Checkout.folders(in: Checkout.good) {
      text += try Checkout.manifests(in: folder).map { String(decoding: $0.bytes, as: UTF8.self) }.joined()
    }
    func names(_ schema: ObjectSchema) -> [String] {
      schema.fields.flatMap { field -> [String] in
        switch field.type {
        case .object(let inner), .keyed(_, let inner), .list(.object(let inner)): [field.name] + names(inner)
        default: [field.name]
        }
      }
    }
    for name in Schema.kinds.flatMap({ names($0.spec) }) { #expect(text.contains(name + ":"), "\(name)") }
  }

  @Test(
    "a real validator takes what is good and refuses what is broken",
    .enabled(if: Python.has("jsonschema, yaml"), "RHIZOME_PYTHON has no jsonschema or no yaml")
  )
  func validator() throws {
    let good = Checkout.folders(in: Checkout.good) + Checkout.folders(in: Checkout.examples)
    let bad = try Checkout.folders(in: Checkout.bad).filter(Self.isStructural)
    #expect(bad.count >= 15)
    let script = Checkout.root.appending(path: "Tests/Fixtures/check_schema.py")
    let output = try Python.run([script.path, Self.schema.path] + (good + bad).map(\.path))
    let lines = output.split(separator: "\n").map(String.init)
    for folder in good { #expect(lines.contains("ok \(folder.path)"), "\(lines)") }
    for folder in bad {
      #expect(lines.contains { $0.hasPrefix("refused \(folder.path)") }, "\(folder.lastPathComponent)")
    }
  }

  /// What a schema can see: the structure of single declarations. It takes a leading zero for what YAML takes it for, and
  /// does not know what is compared with engines, nor who keeps which attributes.
  private static func isStructural(_ folder: URL) throws -> Bool {
    let codes = Set(Manifest.load(try Checkout.manifests(in: folder), source: "folder").diagnostics.map(\.code))
    let structural: Set<String> = [
      "unknown-field", "unknown-kind", "unknown-annotation", "unsupported-version", "not-a-declaration",
      "missing-field",
      "wrong-type", "bad-unit", "conflicting-fields", "bad-value",
    ]
    let unseen = ["leading-zero", "where-nothing-drifts", "that-are-not-free"].contains {
      folder.lastPathComponent.hasSuffix($0)
    }
    return !codes.isDisjoint(with: structural) && !unseen
  }
}

/// The interpreter that has the test tools.
enum Python {
  static let path = ProcessInfo.processInfo.environment["RHIZOME_PYTHON"] ?? "python3"

  static func has(_ modules: String) -> Bool { (try? run(["-c", "import \(modules)"])) != nil }

  struct Failure: Error { let status: Int32 }

  static func run(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [path] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus) }
    return String(decoding: data, as: UTF8.self)
  }
}

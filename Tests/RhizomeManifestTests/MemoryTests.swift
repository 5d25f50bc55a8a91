import Foundation
import RhizomeModel
import Testing

@testable import RhizomeManifest

@Suite("Reading again what has changed only")
struct MemoryTests {
  private static func head(_ drift: String) -> String {
    "apiVersion: rhizome/v1\nkind: Cluster\nmetadata: {name: c}\n"
      + "spec: {domain: c.example, policy: {drift: \(drift)}}\n"
  }

  private static func file(_ path: String, _ text: String) -> ManifestFile {
    ManifestFile(path: path, bytes: Array(text.utf8))
  }

  private static func user(_ name: String, _ spec: String) -> String {
    "---\napiVersion: rhizome/v1\nkind: User\nmetadata: {name: \(name)}\nspec: {\(spec)}\n"
  }

  @Test("a changed file, a changed policy and a lost file are seen, and give what a fresh reading gives")
  func steps() throws {
    var memory = ManifestMemory()
    let people = Self.file("b.yaml", Self.user("ada", "displayName: Ada") + Self.user("bob", "displayName: Bob"))
    let folders = [
      [Self.file("a.yaml", Self.head("heal")), people],
      [Self.file("a.yaml", Self.head("report")), people],
      [Self.file("a.yaml", Self.head("report")), Self.file("b.yaml", Self.user("ada", "displayName: Augusta"))],
      [Self.file("a.yaml", Self.head("report"))],
    ]
    let read = folders.map { Manifest.load($0, source: "s", memory: &memory).desired }
    #expect(read == folders.map { Manifest.load($0, source: "s").desired })
    let ada = Address(.user, "ada")
    #expect(read[1]?.resources[ada]?.policies.drift == .report)
    #expect(read[2]?.resources[ada]?.attributes["displayName"] == "Augusta")
    #expect(read[3]?.resources[ada] == nil)
  }

  @Test("the same text under another name has other places")
  func moved() throws {
    var memory = ManifestMemory()
    let head = Self.file("a.yaml", Self.head("heal"))
    let text = Self.user("ada", "displayName: Ada")
    _ = Manifest.load([head, Self.file("b.yaml", text)], source: "s", memory: &memory)
    let later = Manifest.load([head, Self.file("c.yaml", text)], source: "s", memory: &memory)
    #expect(later.desired?.resources[Address(.user, "ada")]?.declaredAt?.file == "c.yaml")
  }

  @Test("remembered files count against the limits of all files")
  func limits() {
    var memory = ManifestMemory()
    let files = [Self.file("a.yaml", Self.head("heal")), Self.file("b.yaml", Self.user("ada", "displayName: Ada"))]
    var limits = ManifestLimits.standard
    limits.documents = 3
    #expect(Manifest.load(files, source: "s", limits: limits, memory: &memory).desired != nil)
    let more = files + [Self.file("c.yaml", Self.user("bob", "mail: []") + Self.user("cy", "mail: []"))]
    let result = Manifest.load(more, source: "s", limits: limits, memory: &memory)
    #expect(result.diagnostics == Manifest.load(more, source: "s", limits: limits).diagnostics)
    #expect(result.desired == nil)
    limits.documents = 1
    let fewer = Manifest.load(files, source: "s", limits: limits, memory: &memory)
    #expect(fewer.diagnostics == Manifest.load(files, source: "s", limits: limits).diagnostics)
  }

  @Test("whatever is edited, remembering makes no difference", arguments: UInt64(1)...40)
  func edits(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let folders = Checkout.folders(in: Checkout.good) + Checkout.folders(in: Checkout.bad)
    var memory = ManifestMemory()
    var files = try Checkout.manifests(in: try #require(folders.randomElement(using: &generator)))
    for _ in 0..<8 {
      let again = Manifest.load(files, source: "s", now: Self.now, memory: &memory)
      let fresh = Manifest.load(files, source: "s", now: Self.now)
      #expect(again.desired == fresh.desired && again.diagnostics == fresh.diagnostics, "seed \(seed)")
      files = try Self.edited(files, folders, &generator)
    }
  }

  private static let now = Timestamp(milliseconds: 1_800_000_000_000)

  /// A file less, a file of another folder more, or a line less.
  private static func edited(
    _ files: [ManifestFile],
    _ folders: [URL],
    _ generator: inout SeededGenerator
  ) throws -> [ManifestFile] {
    var files = files
    switch Int.random(in: 0..<4, using: &generator) {
    case 0 where files.count > 1: files.remove(at: Int.random(in: files.indices, using: &generator))
    case 1:
      let others = try Checkout.manifests(in: try #require(folders.randomElement(using: &generator)))
      let other = try #require(others.randomElement(using: &generator))
      files = files.filter { $0.path != other.path } + [other]
    default:
      let index = Int.random(in: files.indices, using: &generator)
      var lines = String(decoding: files[index].bytes, as: UTF8.self).components(separatedBy: "\n")
      lines.remove(at: Int.random(in: lines.indices, using: &generator))
      files[index] = ManifestFile(path: files[index].path, bytes: Array(lines.joined(separator: "\n").utf8))
    }
    return files
  }
}

@Suite("Resolving again what has changed only")
struct ResolverMemoryTests {
  private static let texts = [
    "User, ada, {displayName: Ada}", "User, ada, {displayName: Ada, surname: King}", "User, ada, {}",
    "User, ada, {password: {secret: first}}", "AccessKey, kay, {generation: 1}", "AccessKey, kay, {generation: 2}",
    "AccessKey, kay, {imported: {id: GK000000000000000000000000, secret: first}}",
    "Bucket, photos, {access: [{key: kay, permissions: [read]}]}", "Bucket, photos, {aliases: [one], access: []}",
  ]

  @Test("whatever is declared before, remembering makes no difference", arguments: UInt64(1)...60)
  func agreement(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var memory = ResolverMemory()
    for _ in 0..<12 {
      let generation = Int.random(in: 1...2, using: &generator)
      let declared = try #require(load(foundation + Self.folder(generation, &generator)).desired)
      let again = Resolver.resolve(declared, with: ResolverTests.context, memory: &memory)
      let fresh = Resolver.resolve(declared, with: ResolverTests.context)
      #expect(again.desired == fresh.desired && again.diagnostics == fresh.diagnostics, "seed \(seed)")
    }
  }

  /// A Secret, and one declaration of each name.
  private static func folder(_ generation: Int, _ generator: inout SeededGenerator) -> String {
    let chosen = Dictionary(grouping: texts) { $0.components(separatedBy: ", ")[1] }.values
      .compactMap { $0.randomElement(using: &generator) }
    let all = ["Secret, first, {generated: {generation: \(generation)}}"] + chosen
    return all.map { text in
      let parts = text.components(separatedBy: ", ")
      let spec = parts.dropFirst(2).joined(separator: ", ")
      return "---\napiVersion: rhizome/v1\nkind: \(parts[0])\nmetadata: {name: \(parts[1])}\nspec: \(spec)\n"
    }.joined()
  }
}

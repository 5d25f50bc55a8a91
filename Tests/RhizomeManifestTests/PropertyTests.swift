import Foundation
import RhizomeManifest
import RhizomeModel
import Testing

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

@Suite("Properties of loading")
struct PropertyTests {
  private static func folders() -> [URL] {
    Checkout.folders(in: Checkout.good) + Checkout.folders(in: Checkout.examples) + Checkout.folders(in: Checkout.bad)
  }

  @Test("the order of the files does not matter", arguments: folders())
  func fileOrder(folder: URL) throws {
    var generator = SeededGenerator(seed: 1)
    let files = try Checkout.manifests(in: folder)
    let first = Manifest.load(files, source: "s")
    for _ in 0..<3 {
      let again = Manifest.load(files.shuffled(using: &generator), source: "s")
      #expect(again.desired == first.desired)
      #expect(again.diagnostics == first.diagnostics)
    }
  }

  @Test("how documents are spread over files does not matter", arguments: UInt64(1)...20)
  func spreading(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let files = try Checkout.manifests(in: Checkout.good.appending(path: "everything"))
    let whole = try #require(Manifest.load(files, source: "s").desired).withoutPlaces
    let text = files.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: "\n---\n")
    var parts = Array(repeating: "", count: Int.random(in: 1...5, using: &generator))
    for document in text.components(separatedBy: "\n---\n").shuffled(using: &generator) {
      parts[Int.random(in: parts.indices, using: &generator)] += "---\n" + document + "\n"
    }
    let spread = parts.enumerated().map { ManifestFile(path: "\($0.offset).yaml", bytes: Array($0.element.utf8)) }
    let result = Manifest.load(spread, source: "s")
    #expect(result.diagnostics == [])
    #expect(result.desired?.withoutPlaces == whole)
  }

  /// Loading either succeeds or says why; what it says lies inside the files. Never a crash.
  @Test("damaged manifests are loaded or explained", arguments: UInt64(1)...60)
  func damage(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let folder = try #require(Self.folders().randomElement(using: &generator))
    for _ in 0..<10 {
      let files = try Checkout.manifests(in: folder).map { file in
        ManifestFile(path: file.path, bytes: Self.damaged(file.bytes, &generator))
      }
      let result = Manifest.load(files, source: "s")
      #expect((result.desired == nil) == result.diagnostics.contains { $0.severity == .error }, "seed \(seed)")
      for diagnostic in result.diagnostics {
        let file = try #require(files.first { $0.path == diagnostic.location.file })
        #expect(diagnostic.location.line <= file.bytes.count { $0 == UInt8(ascii: "\n") } + 2, "seed \(seed)")
      }
    }
  }

  private static func damaged(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    let tokens = [
      "\n", " ", "- ", ": ", "{", "}", "[", "]", "&a ", "*a", "\"", "'", "|\n", "${", "}", "<<: ", "\t", "!!str ",
    ]
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
      let offset = Int.random(in: bytes.indices, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes[offset] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes.remove(at: offset)
      case 2: bytes.removeSubrange(offset..<min(bytes.count, offset + Int.random(in: 1...40, using: &generator)))
      default: bytes.insert(contentsOf: Array((tokens.randomElement(using: &generator) ?? "").utf8), at: offset)
      }
    }
    return bytes
  }

  @Test("equal bytes give equal text, JSON and SARIF")
  func rendering() throws {
    for folder in Checkout.folders(in: Checkout.bad) {
      let files = try Checkout.manifests(in: folder)
      let first = Manifest.load(files, source: "s").diagnostics
      let second = Manifest.load(files, source: "s").diagnostics
      #expect(DiagnosticRenderer.text(first) == DiagnosticRenderer.text(second))
      #expect(DiagnosticRenderer.json(first) == DiagnosticRenderer.json(second))
      #expect(DiagnosticRenderer.sarif(first, toolVersion: "1") == DiagnosticRenderer.sarif(second, toolVersion: "1"))
    }
  }
}

extension DesiredState {
  /// The same without where things are declared.
  fileprivate var withoutPlaces: DesiredState {
    var copy = self
    for address in addresses { copy.resources[address]?.declaredAt = nil }
    return copy
  }
}

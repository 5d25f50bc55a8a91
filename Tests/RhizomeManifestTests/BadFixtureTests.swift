import Foundation
import RhizomeManifest
import RhizomeModel
import Testing

@Suite("Broken manifests")
struct BadFixtureTests {
  @Test("tell file, line, column, mistake and remedy", arguments: Checkout.folders(in: Checkout.bad))
  func golden(folder: URL) throws {
    let now = Timestamp("2026-01-01")
    let result = Manifest.load(try Checkout.manifests(in: folder), source: "folder", now: now)
    let hasErrors = result.diagnostics.contains { $0.severity == .error }
    #expect(!result.diagnostics.isEmpty)
    #expect((result.desired == nil) == hasErrors)
    try expectSnapshot(DiagnosticRenderer.text(result.diagnostics), at: folder.appending(path: "expected.txt"))
  }

  @Test("there are at least thirty")
  func thirty() { #expect(Checkout.folders(in: Checkout.bad).count >= 30) }

  @Test("every code can happen")
  func codes() throws {
    var seen: Set<String> = ["dependency-cycle", "unresolved", "limit-exceeded"]
    for folder in Checkout.folders(in: Checkout.bad) {
      let now = Timestamp("2026-01-01")
      let result = Manifest.load(try Checkout.manifests(in: folder), source: "folder", now: now)
      seen.formUnion(result.diagnostics.map(\.code))
    }
    #expect(seen == Set(DiagnosticCode.allCases.map(\.rawValue)))
  }
}

import CLibFuzzer
import Glibc
import RhizomeManifest
import RhizomeModel

/// Loads the bytes as a manifest, resolves what came out, and shows what was told. Traps when a promise is broken.
func fuzzManifest(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let result = Manifest.load([ManifestFile(path: "a.yaml", bytes: bytes)], source: "fuzz")
  let hasErrors = result.diagnostics.contains { $0.severity == .error }
  precondition((result.desired == nil) == hasErrors, "no desired state, and nobody says why")
  for diagnostic in result.diagnostics {
    precondition(diagnostic.location.line >= 1 && diagnostic.location.column >= 1, "a place outside the file")
  }
  _ = DiagnosticRenderer.text(result.diagnostics)
  _ = DiagnosticRenderer.sarif(result.diagnostics, toolVersion: "0")
  if let desired = result.desired { resolve(desired) }
  return 0
}

@main
private struct Harness {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments, { fuzzManifest($0, $1) }))
  }
}

private struct Unopened: Error {}

private func resolve(_ desired: DesiredState) {
  let context = ResolutionContext(
    derive: { label, count in (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ label.utf8.count) } },
    fingerprint: { String($0.utf8.count) },
    unseal: { _ in throw Unopened() },
    s3URL: "http://127.0.0.1:3900",
    webURL: "http://127.0.0.1:3902",
    ldapURL: "ldap://127.0.0.1:3890",
    localNode: "laptop",
    serviceFolder: { "/srv/\($0)" }
  )
  let (resolved, problems) = Resolver.resolve(desired, with: context)
  precondition(resolved.addresses == desired.addresses, "resolving changed which resources there are")
  _ = DiagnosticRenderer.json(problems)
}

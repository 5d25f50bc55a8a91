package import ArgumentParser
import RhizomeAPI
import RhizomeManifest
import RhizomeModel
import RhizomeSource

/// `rhizome validate`
package struct Validate: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Check a folder of manifests; tells every mistake at once, and needs no daemon."
  )

  /// How mistakes are printed.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, sarif }

  @OptionGroup var folder: FolderOptions
  @Option(name: .shortAndLong, help: "text, json or sarif.")
  var output = Format.text

  package init() {}

  package func run() async throws {
    let snapshot = try FolderReader.snapshot(folder.folder)
    let result = Manifest.load(snapshot.files, source: snapshot.origin, now: .now)
    switch output {
    case .json: Printer.out(DiagnosticRenderer.json(result.diagnostics))
    case .sarif: Printer.out(DiagnosticRenderer.sarif(result.diagnostics, toolVersion: ProgramVersion.text))
    case .text: tell(result, fileCount: snapshot.files.count)
    }
    if result.desired == nil { throw ExitCode.failure }
  }

  private func tell(_ result: ManifestResult, fileCount: Int) {
    if !result.diagnostics.isEmpty { Printer.note(DiagnosticRenderer.text(result.diagnostics)) }
    guard let desired = result.desired else { return }
    let declared = desired.addresses.count { !$0.kind.isDerived }
    Printer.out("\(fileCount) files are valid: \(declared) declarations for the cluster '\(desired.clusterName)'.")
  }
}

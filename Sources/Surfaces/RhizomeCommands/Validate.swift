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

  /// Tells the mistakes of a folder, if there are any.
  /// - Throws: `ExitCode.failure` when it has errors, `SourceError` when it cannot be read.
  package static func check(_ folder: String) throws {
    let snapshot = try FolderReader.snapshot(folder)
    let result = Manifest.load(snapshot.files, source: snapshot.origin, now: .now)
    guard result.desired == nil else { return }
    Printer.note(DiagnosticRenderer.text(result.diagnostics.map { $0.below(folder) }))
    throw ExitCode.failure
  }

  package func run() async throws {
    let snapshot: ManifestSnapshot
    do {
      snapshot = try FolderReader.snapshot(folder.folder)
    } catch let error as SourceError where output != .text {
      let place = SourceLocation(file: folder.folder, line: 1, column: 1)
      render([Diagnostic(code: "unreadable-folder", message: error.description, at: place)])
      throw ExitCode.failure
    }
    let result = Manifest.load(snapshot.files, source: snapshot.origin, now: .now)
    let diagnostics = result.diagnostics.map { $0.below(folder.folder) }
    if output == .text { tell(result, diagnostics, fileCount: snapshot.files.count) } else { render(diagnostics) }
    if result.desired == nil { throw ExitCode.failure }
  }

  private func render(_ diagnostics: [Diagnostic]) {
    let isSARIF = output == .sarif
    Printer.out(
      json: isSARIF
        ? DiagnosticRenderer.sarif(diagnostics, toolVersion: ProgramVersion.text) : DiagnosticRenderer.json(diagnostics)
    )
  }

  private func tell(_ result: ManifestResult, _ diagnostics: [Diagnostic], fileCount: Int) {
    if !diagnostics.isEmpty { Printer.note(DiagnosticRenderer.text(diagnostics)) }
    guard let desired = result.desired else { return }
    let declared = desired.addresses.count { !$0.kind.isDerived }
    let files = fileCount == 1 ? "1 file is valid" : "\(fileCount) files are valid"
    let declarations = declared == 1 ? "1 declaration" : "\(declared) declarations"
    Printer.out("\(files): \(declarations) for the cluster '\(desired.clusterName)'.")
  }
}

extension Diagnostic {
  /// The same with its files seen from where the person is who named the folder, so that they can be opened.
  func below(_ folder: String) -> Diagnostic {
    let path = folder.split(separator: "/", omittingEmptySubsequences: false).filter { $0 != "." }.joined(
      separator: "/"
    )
    guard !path.isEmpty else { return self }
    let prefix = path.hasSuffix("/") ? path : path + "/"
    func moved(_ place: SourceLocation) -> SourceLocation {
      // What is wrong with the folder as a whole names the folder.
      let file = place.file.hasPrefix("/") ? path : prefix + place.file
      return SourceLocation(file: file, line: place.line, column: place.column)
    }
    return Diagnostic(
      severity,
      code: code,
      message: message,
      at: moved(location),
      sourceLine: sourceLine,
      suggestion: suggestion,
      related: related.map { Related(location: moved($0.location), message: $0.message) }
    )
  }
}

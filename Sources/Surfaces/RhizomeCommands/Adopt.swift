package import ArgumentParser
package import RhizomeAPI
import RhizomeClient
package import RhizomeModel

/// `rhizome adopt WHAT --out DIR`
package struct Adopt: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Write manifests for what exists and nobody declares; changes nothing.",
    discussion: """
      Reads the engines through the daemon, and writes what it finds into a folder, marked for adoption. Put that folder \
      into the one that you apply, and look with `rhizome plan`: it shows adopt actions only. Passwords and the secrets of \
      access keys are neither read nor written. Exit code 1 when something could not be read or cannot be declared.
      """
  )

  package enum Part: String, ExpressibleByArgument, CaseIterable, Sendable {
    case storage, directory, gateway, all

    var components: [Component] {
      switch self {
      case .storage: [.storage]
      case .directory: [.directory]
      case .gateway: [.gateway]
      case .all: [.storage, .directory, .gateway]
      }
    }
  }

  @Argument(help: "storage, directory, gateway or all.")
  var part: Part
  @Option(help: "The folder to write to; it must be empty or new.")
  var out: String
  @Option(help: "One file per kind, or per resource.")
  var per: AdoptionFiles.Spread = .kind
  @Flag(help: "Write into a folder that holds something; never over a file.")
  var add = false
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let view = try await connection.client.adoption(part.components)
    let files = AdoptionFiles(view.documents, per: per)
    try files.write(to: out, adding: add)
    for line in AdoptionOutput.lines(view, files.files.map(\.name), in: out) { Printer.out(line) }
    let remarks = AdoptionOutput.remarks(view.remarks)
    if !remarks.isEmpty { Printer.note(remarks.joined(separator: "\n")) }
    if view.remarks.contains(where: { $0.reason != .byHand }) { throw ExitCode.failure }
  }
}

extension AdoptionFiles.Spread: ExpressibleByArgument {}

/// What an adoption tells people.
package enum AdoptionOutput {
  /// What was written, and what to do with it.
  package static func lines(_ view: AdoptionView, _ files: [String], in folder: String) -> [String] {
    guard !view.documents.isEmpty else { return ["Nothing to adopt: no file was written."] }
    let counts = Dictionary(grouping: view.documents, by: \.address.kind).mapValues(\.count)
    let words = Kind.allCases.compactMap { kind in counts[kind].map { "\($0) \(kind.rawValue)\($0 == 1 ? "" : "s")" } }
    let written =
      "Wrote \(words.joined(separator: ", ")) to \(files.count == 1 ? "1 file" : "\(files.count) files") in \(folder)."
    return [written, next(view, folder)]
  }

  private static func next(_ view: AdoptionView, _ folder: String) -> String {
    view.hasCluster
      ? "Keep \(folder) inside the folder that you apply, and look with: rhizome plan -f FOLDER"
      : "Nothing is declared yet: add a Cluster beside it, then look with: rhizome plan -f \(folder)"
  }

  /// What could not be read, then what cannot be declared.
  package static func remarks(_ remarks: [SurveyRemark]) -> [String] {
    let unknown = remarks.filter { $0.reason == .unknown }
    let rest = remarks.filter { $0.reason == .inexpressible }
    let byHand = remarks.filter { $0.reason == .byHand }
    return section("Could not be read, so nobody knows what is there:", unknown)
      + section("Stays as it is, and is not in the manifests:", rest)
      + section("Looked after by hand, so there is nothing to adopt:", byHand)
  }

  private static func section(_ title: String, _ remarks: [SurveyRemark]) -> [String] {
    remarks.isEmpty ? [] : [title] + remarks.map { "  \($0.subject) \($0.message)" }
  }
}

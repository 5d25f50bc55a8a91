package import ArgumentParser
import RhizomeClient
import RhizomeAPI
import RhizomeModel

/// `rhizome history`
package struct History: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(abstract: "List the revisions that were applied.")

  @OptionGroup var output: OutputOptions
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func validate() throws { try output.require(.table, .json, .yaml, .name) }

  package func run() async throws {
    let revisions = try await connection.client.history()
    switch output.output {
    case .json: try Printer.json(revisions)
    case .yaml: Printer.out(try YAMLText.encode(revisions))
    case .name: revisions.forEach { Printer.out(String($0.number)) }
    default: Printer.out(table(revisions))
    }
  }

  private func table(_ revisions: [RevisionView]) -> String {
    guard !revisions.isEmpty else { return "Nothing was applied yet." }
    var table = TextTable(["Revision", "Time", "Author", "Files", "Deletions", "Origin"])
    for revision in revisions {
      table.append([
        "\(revision.number)" + (revision.isCurrent ? " (current)" : ""), revision.at.description, revision.author,
        "\(revision.fileCount)", "\(revision.approvedDeletions.count)", revision.origin,
      ])
    }
    return table.text
  }
}

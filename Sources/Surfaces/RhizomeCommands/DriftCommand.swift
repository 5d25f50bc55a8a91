package import ArgumentParser
import RhizomeAPI
import RhizomeClient
import RhizomeModel
import RhizomePlanner

/// `rhizome drift`
package struct DriftCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "drift",
    abstract: "Tell what differs from what Rhizome made, and since when.",
    discussion: "Exit code 2 when something differs or could not be looked at."
  )

  @Flag(inversion: .prefixedNo, help: "Look at everything now, instead of telling what the last look saw.")
  var refresh = true
  @OptionGroup var output: OutputOptions
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let report = try await connection.client.drift(refresh: refresh)
    switch output.output {
    case .json: try Printer.json(report)
    case .yaml: Printer.out(try YAMLText.encode(report))
    case .name: Set(report.entries.map(\.address)).sorted().forEach { Printer.out($0.description) }
    case .markdown: Printer.out(report.markdown)
    case .table, .wide: Printer.out(report.table)
    }
    if !report.entries.isEmpty { throw ExitCode(2) }
  }
}

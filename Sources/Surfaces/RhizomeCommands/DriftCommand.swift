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
    discussion:
      "Exit code 2 when something differs or could not be looked at; `--fail-on` narrows that. What somebody else "
      + "keeps in an engine is told, and counts with `--fail-on extra` only; a bucket that was let go of is told, and never "
      + "counts. An orphan counts: it carries our mark, nobody declares it, and there is no record of it. Declare it, remove "
      + "it, or mute it.",
    subcommands: [ReportDrift.self, MuteDrift.self, UnmuteDrift.self, ListMutes.self],
    defaultSubcommand: ReportDrift.self
  )

  package init() {}
}

/// `rhizome drift report`, which is `rhizome drift`
struct ReportDrift: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "report", abstract: "Look, and tell what differs.")

  @Flag(inversion: .prefixedNo, help: "Look at everything now, instead of telling what the last look saw.")
  var refresh = true
  @Option(help: "Also tell what went away since: a time, a day, or so long ago (`2026-01-31`, `36h`, `7d`).")
  var since: Moment?
  @Option(name: .shortAndLong, help: "table, wide, json, yaml, name, markdown, html, junit, sarif or prometheus.")
  var output = DriftFormat.table
  @Option(
    name: .long,
    parsing: .upToNextOption,
    help: "Exit with 2 for these kinds only: missing, changed, extra, unknown."
  )
  var failOn: [DriftEntry.DriftKind] = []
  @OptionGroup var connection: ConnectionOptions

  func validate() throws {
    guard let since, since.before(.now) > .now else { return }
    throw ValidationError("--since \(since.before(.now)) is yet to come: nothing can have gone away since then.")
  }

  func run() async throws {
    let report = try await connection.client.drift(refresh: refresh, since: since?.before(.now))
    switch output {
    case .json: try Printer.json(report)
    case .yaml: Printer.out(try YAMLText.encode(report))
    case .name: Set(report.entries.map(\.address)).sorted().forEach { Printer.out($0.description) }
    case .markdown: Printer.out(report.markdown)
    case .html: Printer.out(report.html)
    case .junit: Printer.out(report.junit)
    case .sarif: Printer.out(json: report.sarif(toolVersion: ProgramVersion.text))
    case .prometheus: Printer.out(report.prometheus)
    case .table: Printer.out(report.table)
    case .wide: Printer.out(report.wideTable)
    }
    if report.entries.contains(where: counts) { throw ExitCode(2) }
  }

  /// What belongs to somebody else is no drift of ours, and counts when it was asked for; what a person let go of never.
  private func counts(_ entry: DriftEntry) -> Bool {
    failOn.isEmpty ? !entry.isForeign : failOn.contains(entry.kind) && !entry.isKept
  }
}

/// How a drift report is printed.
enum DriftFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
  case table, wide, json, yaml, name, markdown, html, junit, sarif, prometheus
}

extension DriftEntry.DriftKind: ExpressibleByArgument {}

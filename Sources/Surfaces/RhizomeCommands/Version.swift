package import ArgumentParser
import RhizomeAPI
import RhizomeClient

/// The program's version.
package enum ProgramVersion {
  package static let text = "0.1.0"
}

/// `rhizome version`
package struct Version: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Print the version, and who answers on the daemon's socket."
  )

  @OptionGroup var output: OutputOptions<BriefFormats>
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let daemon = try? await connection.client.version()
    if output.format == .json, let daemon { return try Printer.json(daemon) }
    Printer.out("rhizome \(ProgramVersion.text)")
    guard let daemon else { return Printer.out("No daemon answers on \(connection.socketPath).") }
    Printer.out("Daemon \(daemon.version), process \(daemon.processID), cluster \(daemon.clusterID)")
    for (name, endpoint) in daemon.endpoints.sorted(by: { $0.key < $1.key }) { Printer.out("  \(name): \(endpoint)") }
  }
}

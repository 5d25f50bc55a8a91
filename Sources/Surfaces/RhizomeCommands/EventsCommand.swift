package import ArgumentParser
import RhizomeClient
import RhizomeAPI
import RhizomeModel

/// `rhizome events`
package struct Events: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(abstract: "Tell what happened, oldest first.")

  @Option(help: "Only events after this sequence number.")
  var since = 0
  @Flag(name: [.customShort("w"), .customLong("follow")], help: "Go on with what happens next.")
  var follow = false
  @OptionGroup var output: OutputOptions<PageFormats>
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    try await connection.client.events(since: since, follow: follow) { event in
      switch output.format {
      case .json: Printer.out(json: String(decoding: try WireFormat.encode(event), as: UTF8.self))
      case .yaml: Printer.out("---\n" + (try YAMLText.encode(event)))
      default: Printer.out(line(event))
      }
    }
  }

  private func line(_ event: Event) -> String {
    let sign = event.level == .warning ? "!" : " "
    return "\(event.at) \(sign) \(event.address?.description ?? "cluster")  \(event.reason)  \(event.message)"
  }
}

package import ArgumentParser
import RhizomeClient
import Foundation

/// `rhizome logs SERVICE`
package struct Logs: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(abstract: "Print what a service wrote.")

  @Argument(help: "The service's name, with or without `Service/`.")
  var service: String
  @Option(help: "How many of the last lines.")
  var tail = 100
  @Flag(name: [.customShort("w"), .customLong("follow")], help: "Go on with what it writes next.")
  var follow = false
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let name = service.split(separator: "/").last.map(String.init) ?? service
    try await connection.client.logs(service: name, tail: tail, follow: follow) { piece in
      try FileHandle.standardOutput.write(contentsOf: Data(piece.utf8))
    }
  }
}

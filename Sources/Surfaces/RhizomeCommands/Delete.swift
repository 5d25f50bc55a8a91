package import ArgumentParser
import RhizomeAPI
import RhizomeClient
import RhizomeModel

/// `rhizome delete KIND/NAME…`
package struct Delete: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Delete resources until they are declared again.",
    discussion: "A folder that still declares them brings them back at the next apply; remove them there too."
  )

  @Argument(help: "Addresses such as `Bucket/site`.")
  var addresses: [String]
  @Flag(inversion: .prefixedNo, help: "Wait until it is done.")
  var wait = true
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let chosen = try addresses.map(Selection.address)
    let client = connection.client
    let response = try await client.delete(DeleteRequest(addresses: chosen, author: Author.current))
    Printer.out(PlanOutput.text(response.plan))
    guard wait, !response.plan.actions.isEmpty else { return }
    try await Apply.finish(client, response, timeout: 300)
  }
}

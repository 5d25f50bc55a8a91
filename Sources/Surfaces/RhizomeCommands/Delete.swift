package import ArgumentParser
package import RhizomeAPI
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
    let declared = try await client.resources(showSecrets: false).filter { $0.declared && chosen.contains($0.address) }
    let response = try await client.delete(DeleteRequest(addresses: chosen, author: Author.current))
    Printer.out(PlanOutput.text(response.plan))
    if let warning = Delete.warning(declared, try await client.gitStatus().state) { Printer.note(warning) }
    guard wait, !response.plan.actions.isEmpty else { return }
    try await Apply.finish(client, response, timeout: 300)
  }

  /// What is said of things that are deleted here and declared elsewhere.
  /// - Parameters:
  ///   - declared: those of them that the running revision declares.
  ///   - state: how the repository stands, if one is followed.
  package static func warning(_ declared: [ResourceView], _ state: GitStatusView.State) -> String? {
    guard !declared.isEmpty else { return nil }
    let places = declared.map { resource in
      resource.address.description + (resource.declaredAt.map { " (\(TextTable.printable("\($0)")))" } ?? "")
    }
    let names = places.joined(separator: ", ")
    let (they, them, come) = declared.count > 1 ? ("they", "them", "come") : ("it", "it", "comes")
    guard state != .off else {
      return
        "The folder that was applied declares \(names): its next apply brings \(them) back. Remove \(them) there, too."
    }
    let later = state == .suspended ? ", once it is resumed" : ""
    return
      "The repository declares \(names): \(they) \(come) back with the next commit\(later). Remove \(them) there, too."
  }
}

package import ArgumentParser
package import RhizomeAPI
import RhizomeClient
import RhizomeModel

/// `rhizome delete KIND/NAME…`
package struct Delete: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Delete resources until they are declared again.",
    discussion: """
      Shows what goes, and asks where there is a terminal. What still declares them brings them back at the next apply; \
      remove them there too. What carries this cluster's mark and is not declared any more, such as a bucket that was kept, \
      is deleted as well; a bucket only once it is empty.
      """
  )

  @Argument(help: "Addresses such as `Bucket/site`.")
  var addresses: [String]
  @Flag(inversion: .prefixedNo, help: "Wait until it is done.")
  var wait = true
  @OptionGroup var consent: ConsentOptions
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let chosen = try addresses.map(Selection.address)
    let client = connection.client
    let warning = try await Delete.warning(of: chosen, client)
    let show = { (plan: RhizomeModel.Plan) in
      Printer.out(PlanOutput.text(plan, goal: "delete what was named from cluster \(plan.clusterName)"))
      if let warning { Printer.note(warning) }
    }
    var request = DeleteRequest(addresses: chosen, author: Author.current)
    request.expectedPlan = try await consent.agreed(to: { try await client.planDeletion(request).plan }, show: show)
    let response = try await client.delete(request)
    if request.expectedPlan == nil { show(response.plan) }
    guard wait, !response.plan.actions.isEmpty else { return }
    try await Apply.finish(client, response, timeout: 300)
  }

  private static func warning(of chosen: [Address], _ client: RhizomeClient) async throws -> String? {
    let declared = try await client.resources(showSecrets: false).filter { $0.declared && chosen.contains($0.address) }
    guard !declared.isEmpty else { return nil }
    let source = try await client.history().last { $0.isCurrent }?.source
    guard source == SourceName.git else { return warning(declared, .off) }
    let status = try await client.gitStatus()
    return warning(declared, status.currentRevision == status.appliedRevision ? status.state : .overridden)
  }

  /// What is said of things that are deleted here and declared elsewhere.
  /// - Parameters:
  ///   - declared: those of them that the running revision declares.
  ///   - state: how the repository stands that the running revision is from; off when that is from a folder, overridden
  ///     when it is not the commit that was applied last.
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
    guard state != .overridden else {
      return "What runs was changed by hand. It declares \(names), and the repository may, too: look there, or "
        + "\(they) \(come) back with the next commit."
    }
    let later = state == .suspended ? ", once it is resumed" : ""
    return
      "The repository declares \(names): \(they) \(come) back with the next commit\(later). Remove \(them) there, too."
  }
}

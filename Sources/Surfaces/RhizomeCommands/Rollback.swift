package import ArgumentParser
import RhizomeAPI
import RhizomeClient
import RhizomeModel

/// `rhizome rollback N`
package struct Rollback: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Apply an earlier revision anew, and wait until it is true.",
    discussion:
      "Shows what it does, and asks where there is a terminal. It becomes a new revision; nothing is taken out of the "
      + "history. The folder of manifests stays as it is: mend it too, or the next apply brings back what it says."
  )

  @Argument(help: "The number of a revision, from `rhizome history`.")
  var revision: Int
  @OptionGroup var deletions: DeletionOptions
  @OptionGroup var waiting: WaitOptions
  @OptionGroup var consent: ConsentOptions
  @OptionGroup var output: OutputOptions<PlanFormats>
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let client = connection.client
    var request = RollbackRequest(revision: revision, choices: deletions.choices, author: Author.current)
    request.expectedPlan = try await consent.agreed(to: { try await client.planRollback(request).plan }, show: show)
    let response = try await client.rollBack(request)
    try await suspendGit(client)
    PlanOutput.note(response.warnings)
    if request.expectedPlan == nil { try show(response.plan) }
    Printer.note(
      "This is revision \(response.revision). To keep it so, make the manifests say what revision \(revision) says:"
    )
    Printer.note("  rhizome history show \(revision) --files")
    try await waiting.finish(client, response)
  }

  private func show(_ plan: RhizomeModel.Plan) throws {
    let goal = "make cluster \(plan.clusterName) what revision \(revision) says"
    try PlanOutput.write(plan, as: output.format, goal: goal)
  }

  /// The next commit would undo the rollback, so no commit is applied until somebody says so.
  private func suspendGit(_ client: RhizomeClient) async throws {
    let status = try await client.gitStatus()
    guard status.state != .off, status.state != .suspended else { return }
    let reason = "rolled back to revision \(revision)"
    _ = try await client.gitSuspend(GitSuspendRequest(reason: reason, author: Author.current))
    Printer.note(
      "The repository is suspended: no commit is applied for now. To make this last, run `git revert` on the commits"
    )
    Printer.note("that you do not want, push, and then: rhizome git resume")
  }
}

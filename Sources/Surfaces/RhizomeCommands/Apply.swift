package import ArgumentParser
import RhizomeAPI
import RhizomeClient
import RhizomeModel

/// `rhizome apply [PLANFILE]`
package struct Apply: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Make a folder of manifests true, and wait until it is.",
    discussion: "With a file from `rhizome plan --out FILE`, does exactly that plan, or refuses and names what changed."
  )

  @Argument(help: "A saved plan, instead of a folder.")
  var planFile: String?
  @OptionGroup var folder: FolderOptions
  @OptionGroup var deletions: DeletionOptions
  @OptionGroup var following: FollowingOptions
  @OptionGroup var waiting: WaitOptions
  @OptionGroup var output: OutputOptions<PlanFormats>
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let client = connection.client
    let response = try await answer(client)
    PlanOutput.note(response.warnings)
    try PlanOutput.write(response.plan, as: output.format)
    if (try? await client.gitStatus().state) == .suspended {
      Printer.note("The repository is suspended. What it declares comes back with: rhizome git resume")
    }
    try await waiting.finish(client, response)
  }

  package func validate() throws {
    guard planFile == nil || (folder.folder == FolderOptions.here && deletions.choices(following) == PlanChoices())
    else {
      throw ValidationError(
        "A saved plan has its own folder and choices: leave out -f, --prune, --allow-deletions and --allow-unseen-git."
      )
    }
  }

  private func answer(_ client: RhizomeClient) async throws -> ApplyResponse {
    if let planFile { return try await client.applySaved(try SavedPlan.read(from: planFile).request()) }
    let bundle = try FolderReader.bundle(folder.folder)
    return try await client.apply(ApplyRequest(bundle: bundle, choices: deletions.choices(following)))
  }

  /// A first firewall is only tried: who does not know that, wonders later where it went.
  private static func tellOfFirewall(_ client: RhizomeClient, _ plan: Plan) async {
    guard plan.actions.contains(where: { $0.address.kind == .firewall && $0.verb != .delete }),
      let view = try? await client.firewall(.show), view.state == .waiting
    else { return }
    let time = view.secondsLeft.map { "in \($0) s" } ?? "soon"
    Printer.note("The new firewall of this machine is taken away again \(time). \(FirewallPage.toDo)")
  }

  /// Follows an apply to its end.
  /// - Throws: `ExitCode.failure` when something is stuck, or not ready in time.
  static func finish(_ client: RhizomeClient, _ response: ApplyResponse, timeout seconds: Int) async throws {
    // Everything is as it shall be: there is nothing to wait for.
    if response.plan.isEmpty { return }
    let total = response.plan.actions.count
    let ending = try await withThrowingTaskGroup(of: ProgressLine.Step?.self) { group in
      group.addTask { try await ProgressDisplay.follow(client, revision: response.revision, total: total) }
      group.addTask {
        try await Task.sleep(for: .seconds(seconds))
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
    await tellOfFirewall(client, response.plan)
    if ending == nil {
      Printer.note("Not everything is ready after \(seconds) s. The daemon goes on; `rhizome get` tells how it stands.")
    }
    if ending == nil || ending == .stuck || response.plan.count(.blocked) > 0 { throw ExitCode.failure }
  }
}

package import ArgumentParser
package import RhizomeAPI
import RhizomeClient
import RhizomeModel
import RhizomePlanner
import RhizomeSource

/// `rhizome plan`
package struct PlanCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show what applying a folder, or a commit, would do; changes nothing.",
    discussion: """
      Exit code 0 when there is nothing to do, 2 when there is, 1 when it is refused or cannot be said. `apply FILE` runs \
      a plan saved with --out.

      With --from, needs no daemon: `plan --from main --to HEAD` tells what the change does where everything is as `main` \
      declares it; without --to, what the folder does as it lies there. `plan --to HEAD --against live` asks the daemon \
      what the commit would do to what is there now. `-o markdown` is made to be put under a pull request.
      """
  )

  @OptionGroup var folder: FolderOptions
  @OptionGroup var revisions: RevisionOptions
  @OptionGroup var deletions: DeletionOptions
  @OptionGroup var following: FollowingOptions
  @Option(help: "Save the plan to this file, to be applied exactly as it is.")
  var out: String?
  @OptionGroup var output: OutputOptions<PlanFormats>
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func validate() throws {
    if revisions.isReview, out != nil { throw ValidationError("Only a plan against what is there can be saved.") }
  }

  package func run() async throws {
    if revisions.isReview { return try await Review(revisions, folder.folder, deletions.choices).run(output.format) }
    let (bundle, commit) = try await revisions.bundle(folder.folder)
    var choices = deletions.choices(following)
    // A saved plan is run by whoever runs it, whom no signature binds.
    if out == nil { choices.allowDeletions = choices.allowDeletions ?? commit?.allowedDeletions }
    let request = PlanRequest(bundle: bundle, choices: choices)
    var response = try await telling { try await connection.client.plan(request) }
    if let refusal = try await revisions.refusal(try? await connection.client.gitStatus()) {
      response.plan = response.plan.replacing(refusals: response.plan.refusals + [refusal])
    }
    PlanOutput.note(response.warnings)
    let note = out == nil && deletions.allowDeletions == nil ? commit?.trailerNote(response.plan) : nil
    if let note, output.format != .markdown { Printer.note(note) }
    try PlanOutput.write(worded(response.plan), as: output.format, note: note)
    if let out {
      let certificate = try await connection.client.sealingCertificate().certificate
      try SavedPlan(request, response, certificate: certificate, at: .now).write(to: out)
      let next = response.plan.refusals.isEmpty ? "; run it with: rhizome apply \(out)" : ". It is refused as it is"
      Printer.note("Saved. Look at it with: rhizome show \(out)\(next)")
    }
    try PlanOutput.finish(response.plan)
  }

  /// What is to become a commit is told with what helps there.
  private func worded(_ plan: RhizomeModel.Plan) -> RhizomeModel.Plan {
    revisions.isCommit ? plan.replacing(refusals: GitAdvice.beforeMerge(plan.refusals)) : plan
  }

  /// What stands against the manifests is told in the place of the plan, too: there people look at the comment.
  private func telling<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch let error as APIError where output.format == .markdown {
      if !error.diagnostics.isEmpty { Printer.out(PlanMarkdown.render(mistakes: error.diagnostics)) }
      if !error.refusals.isEmpty {
        let plan = Plan(clusterName: "", actions: [], refusals: error.refusals)
        Printer.out(PlanMarkdown.render(worded(plan)))
      }
      throw error
    }
  }
}

extension DeletionOptions {
  package var choices: PlanChoices { PlanChoices(prune: prune, allowDeletions: allowDeletions) }

  package func choices(_ following: FollowingOptions) -> PlanChoices {
    PlanChoices(prune: prune, allowDeletions: allowDeletions, allowUnseenGit: following.allowUnseenGit)
  }
}

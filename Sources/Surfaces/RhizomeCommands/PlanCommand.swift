package import ArgumentParser
package import RhizomeAPI
import RhizomeClient
import RhizomeModel

/// `rhizome plan`
package struct PlanCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show what applying a folder would do; changes nothing.",
    discussion: "Exit code 0 when there is nothing to do, 2 when there is. `apply FILE` runs a plan saved with --out."
  )

  @OptionGroup var folder: FolderOptions
  @OptionGroup var deletions: DeletionOptions
  @Option(help: "Save the plan to this file, to be applied exactly as it is.")
  var out: String?
  @OptionGroup var output: OutputOptions
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let bundle = try FolderReader.bundle(folder.folder)
    let response = try await connection.client.plan(PlanRequest(bundle: bundle, choices: deletions.choices))
    PlanOutput.note(response.warnings)
    try PlanOutput.write(response.plan, as: output.output)
    if let out {
      try SavedPlan(bundle: bundle, choices: deletions.choices, plan: response.plan).write(to: out)
      Printer.note("Saved. Run it with: rhizome apply \(out)")
    }
    if !response.plan.refusals.isEmpty { throw ExitCode.failure }
    if !response.plan.isEmpty { throw ExitCode(2) }
  }
}

extension DeletionOptions {
  package var choices: PlanChoices { PlanChoices(prune: prune, allowDeletions: allowDeletions) }
}

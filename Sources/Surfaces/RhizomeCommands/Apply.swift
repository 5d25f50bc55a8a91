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
  @Flag(inversion: .prefixedNo, help: "Wait until everything is ready or stuck.")
  var wait = true
  @OptionGroup var output: OutputOptions
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let client = connection.client
    let response = try await client.apply(try request())
    PlanOutput.note(response.warnings)
    try PlanOutput.write(response.plan, as: output.output)
    if wait { try await Apply.finish(client, response) }
  }

  private func request() throws -> ApplyRequest {
    guard let planFile else {
      return ApplyRequest(bundle: try FolderReader.bundle(folder.folder), choices: deletions.choices)
    }
    let saved = try SavedPlan.read(from: planFile)
    return ApplyRequest(bundle: saved.bundle, choices: saved.choices, expectedPlan: saved.plan)
  }

  /// Follows an apply to its end.
  /// - Throws: `ExitCode.failure` when something is stuck.
  static func finish(_ client: RhizomeClient, _ response: ApplyResponse) async throws {
    let ending = try await ProgressDisplay.follow(
      client,
      revision: response.revision,
      total: response.plan.actions.count
    )
    if ending == .stuck { throw ExitCode.failure }
  }
}

package import ArgumentParser
import RhizomeAPI
import RhizomeClient
import RhizomeModel

/// `rhizome git …`
package struct Git: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "The repository that is followed: how it stands, look now, not now, go on.",
    subcommands: [GitStatus.self, GitSync.self, GitSuspend.self, GitResume.self],
    defaultSubcommand: GitStatus.self
  )

  package init() {}
}

/// `rhizome git status`
struct GitStatus: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Tell which commit runs, and what stands against the newest one."
  )

  @OptionGroup var output: OutputOptions<PageFormats>
  @OptionGroup var connection: ConnectionOptions

  func run() async throws { try GitOutput.write(try await connection.client.gitStatus(), as: output.format) }
}

/// `rhizome git sync`
struct GitSync: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Look now, and apply the branch's newest commit; also where another revision was applied by hand."
  )

  @OptionGroup var output: OutputOptions<PageFormats>
  @OptionGroup var connection: ConnectionOptions

  func run() async throws { try GitOutput.finish(try await connection.client.gitSync(), as: output.format) }
}

/// `rhizome git suspend`
struct GitSuspend: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suspend",
    abstract: "Apply no more commits until `rhizome git resume`; what runs, runs on."
  )

  @Option(help: "Why, for the others.")
  var because: String
  @OptionGroup var connection: ConnectionOptions

  func run() async throws {
    let request = GitSuspendRequest(reason: because, author: Author.current)
    try GitOutput.write(try await connection.client.gitSuspend(request), as: .table)
  }
}

/// `rhizome git resume`
struct GitResume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Follow the branch again, and look at once."
  )

  @Option(help: "Why, for the others.")
  var because: String?
  @OptionGroup var connection: ConnectionOptions

  func run() async throws {
    let request = GitResumeRequest(author: Author.current, reason: because)
    try GitOutput.finish(try await connection.client.gitResume(request), as: .table)
  }
}

/// `rhizome approve COMMIT`
package struct Approve: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Let a commit pass that waits for a person: one that deletes much, or does not lead on from what runs.",
    discussion: """
      `rhizome git status` shows what it would do, and the name of that plan. An approval is for that commit and that \
      plan alone: where another plan has come of it meanwhile, it is refused again, and what changed is named. Without \
      --plan it is for the plan that the daemon shows now. Who approved, and why, is in `rhizome events` and `rhizome \
      history show`.
      """
  )

  @Argument(help: "The commit: all of its name, or the first seven digits or more.")
  var commit: String
  @Option(help: "The plan that you have seen, as `rhizome git status` names it.")
  var plan: String?
  @Option(help: "Why, for the record.")
  var because: String?
  @OptionGroup var output: OutputOptions<PageFormats>
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let shown = try await connection.client.gitStatus().refused?.plan
    let request = GitApproveRequest(commit: commit, plan: plan ?? shown, author: Author.current, reason: because)
    let status = try await connection.client.gitApprove(request)
    try GitOutput.finish(status, as: output.format)
  }
}

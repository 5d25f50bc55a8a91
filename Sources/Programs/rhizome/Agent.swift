import ArgumentParser
import RhizomeAPI
import RhizomeClient
import RhizomeCommands
import RhizomeModel

/// `rhizome agent`
struct Agent: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the daemon: serve the embedded engines, and keep everything as declared."
  )

  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var connection: ConnectionOptions

  func run() async throws { try await Daemon(daemon, connection).run() }
}

/// `rhizome up`
struct Up: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run everything for one machine in the foreground, and apply a folder at the start."
  )

  @OptionGroup var folder: FolderOptions
  @OptionGroup var deletions: DeletionOptions
  @OptionGroup var following: FollowingOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var connection: ConnectionOptions

  func validate() throws {
    guard
      daemon.git.url == nil || (folder.folder == FolderOptions.here && deletions.choices(following) == PlanChoices())
    else {
      throw ValidationError(
        "With --git the manifests come from the repository: leave out -f, --prune, --allow-deletions and "
          + "--allow-unseen-git; the folder inside the repository is --path."
      )
    }
  }

  func run() async throws {
    guard daemon.git.url == nil else { return try await follow() }
    // A mistake in the manifests is told before anything starts.
    try Validate.check(folder.folder)
    let bundle = try FolderReader.bundle(folder.folder)
    let request = ApplyRequest(bundle: bundle, choices: deletions.choices(following))
    try await Daemon(daemon, connection).run { client in
      let response = try await client.apply(request)
      try PlanOutput.write(response.plan, as: .table)
      _ = try await ProgressDisplay.follow(client, revision: response.revision, total: response.plan.actions.count)
    }
  }

  /// The first look at the repository is told like an apply; the daemon then goes on by itself.
  private func follow() async throws {
    try await Daemon(daemon, connection).run { client in
      let status = try await client.gitSync()
      try GitOutput.write(status, as: .table)
      guard status.state == .synced, let revision = status.appliedRevision else { return }
      _ = try await ProgressDisplay.follow(client, revision: revision, total: 0)
    }
  }
}

package import ArgumentParser
import Foundation
import RhizomeAPI
package import RhizomeClient

/// Where the daemon listens; shared by every verb that talks to it.
package struct ConnectionOptions: ParsableArguments {
  @Option(help: "The folder that the daemon keeps its state in.")
  package var dataDir: String?

  @Option(help: "The daemon's socket; DATA-DIR/rhizome.sock when nothing is given.")
  package var socket: String?

  package init() {}

  package var socketPath: String {
    socket ?? ProcessInfo.processInfo.environment["RHIZOME_SOCKET"] ?? (resolvedDataDirectory + "/rhizome.sock")
  }

  /// `--data-dir`, `RHIZOME_DATA`, or the system's place: `/var/lib/rhizome` for root, else `~/.local/share/rhizome`.
  package var resolvedDataDirectory: String {
    let environment = ProcessInfo.processInfo.environment
    if let chosen = dataDir ?? environment["RHIZOME_DATA"] {
      return URL(fileURLWithPath: chosen).standardizedFileURL.path
    }
    if getuid() == 0 { return "/var/lib/rhizome" }
    return (environment["XDG_DATA_HOME"] ?? NSHomeDirectory() + "/.local/share") + "/rhizome"
  }

  package var client: RhizomeClient { RhizomeClient(socketPath: socketPath) }
}

/// The folder of manifests.
package struct FolderOptions: ParsableArguments {
  @Option(name: [.customShort("f"), .customLong("folder")], help: "The folder of manifests.")
  package var folder = FolderOptions.here

  /// The folder where nothing else is said.
  package static let here = "."

  package init() {}
}

/// What may be deleted.
package struct DeletionOptions: ParsableArguments {
  @Flag(help: "Delete what the folder no longer declares.")
  package var prune = false

  @Option(help: "Approve this many deletions, where the cluster's policy asks for it.")
  package var allowDeletions: Int?

  package init() {}

  package func validate() throws {
    guard allowDeletions ?? 0 >= 0 else {
      throw ValidationError("--allow-deletions is a number of resources, such as 3.")
    }
  }
}

/// Whether to wait for what was applied, and how long.
package struct WaitOptions: ParsableArguments {
  @Flag(inversion: .prefixedNo, help: "Wait until everything is ready or stuck.")
  var wait = true
  @Option(help: "Give up waiting after so many seconds; the daemon goes on.")
  var timeout = 300

  package init() {}

  package func validate() throws {
    guard timeout > 0 else {
      throw ValidationError("--timeout is a number of seconds, at least 1; to wait for nothing, write --no-wait.")
    }
  }

  /// Follows an apply to its end, where that was asked for.
  /// - Throws: `ExitCode.failure` when something is stuck, or not ready in time.
  func finish(_ client: RhizomeClient, _ response: ApplyResponse) async throws {
    if wait { try await Apply.finish(client, response, timeout: timeout) }
  }
}

/// What may be followed.
package struct FollowingOptions: ParsableArguments {
  @Flag(
    help:
      "Follow the repository that the Cluster declares, though nothing good was found there: you know that it will be."
  )
  package var allowUnseenGit = false

  package init() {}
}

import ArgumentParser
import Foundation
import RhizomeSource

/// The repository to follow, for the start: later starts remember it, and `Cluster.spec.git` ranks above it.
struct GitOptions: ParsableArguments {
  @Option(name: .customLong("git"), help: "Follow this repository instead of a folder.")
  var url: String?
  @Option(help: "The branch to follow.")
  var branch = "main"
  @Option(help: "The folder inside the repository.")
  var path = ""
  @Option(help: "How often to look, in seconds.")
  var gitInterval = 60
  @Option(help: "A file with the token for https://.")
  var gitTokenFile: String?
  @Option(help: "A file with the private key for ssh://.")
  var gitKeyFile: String?
  @Option(help: "A file with the forge's host keys for ssh://, as ssh-keyscan prints them.")
  var gitKnownHosts: String?
  @Option(help: "A file of allowed SSH signers: commits without their signature are refused.")
  var gitSigners: String?
  @Option(name: .customLong("git-openpgp-keys"), help: "A file of OpenPGP public keys, likewise.")
  var gitOpenPGPKeys: String?

  func validate() throws {
    guard let url else { return }
    if let problem = GitURL.problem(with: url) { throw ValidationError("The URL \(problem).") }
    guard gitInterval > 0 else { throw ValidationError("--git-interval is a number of seconds, at least 1.") }
  }

  /// - Returns: nil when no repository was given.
  /// - Throws: what reading the files throws.
  func settings() throws -> GitSettings? {
    guard let url else { return nil }
    func text(_ path: String?) throws -> String? {
      try path.map { try String(contentsOf: URL(fileURLWithPath: $0), encoding: .utf8) }
    }
    let signers = GitSigners(
      isRequired: gitSigners != nil || gitOpenPGPKeys != nil,
      ssh: try text(gitSigners) ?? "",
      openPGP: try text(gitOpenPGPKeys) ?? ""
    )
    return GitSettings(
      url: url,
      branch: branch,
      path: path,
      interval: .seconds(gitInterval),
      credential: try text(gitTokenFile)?.trimmingCharacters(in: .whitespacesAndNewlines) ?? text(gitKeyFile),
      knownHosts: try text(gitKnownHosts) ?? "",
      signers: signers
    )
  }
}

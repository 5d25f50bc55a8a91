import ArgumentParser
import Foundation
import RhizomeManifest
import RhizomeModel
import RhizomeSource

/// The repository to follow, for the start: later starts remember it, and `Cluster.spec.git` ranks above it.
struct GitOptions: ParsableArguments {
  @Option(name: .customLong("git"), help: "Follow this repository instead of a folder.")
  var url: String?
  @Option(help: "The branch to follow. (default: main)")
  var branch: String?
  @Option(help: "The folder inside the repository. (default: all of it)")
  var path: String?
  @Option(help: "How often to look, in seconds. (default: 60)")
  var gitInterval: Int?
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
    guard let url else { return try checkAlone() }
    if let problem = GitURL.problem(with: url) { throw ValidationError("The URL \(problem).") }
    guard gitInterval ?? 1 > 0 else { throw ValidationError("--git-interval is a number of seconds, at least 1.") }
  }

  /// What says how to follow a repository, where none is named, would be without effect.
  private func checkAlone() throws {
    let given: [(option: String, value: String?)] = [
      ("--branch", branch), ("--path", path), ("--git-interval", gitInterval.map(String.init)),
      ("--git-token-file", gitTokenFile), ("--git-key-file", gitKeyFile), ("--git-known-hosts", gitKnownHosts),
      ("--git-signers", gitSigners), ("--git-openpgp-keys", gitOpenPGPKeys),
    ]
    guard let first = given.first(where: { $0.value != nil }) else { return }
    throw ValidationError(
      "\(first.option) says how a repository is followed, so name it as well: --git URL. A folder on this machine is -f FOLDER."
    )
  }

  /// What was told, to say later what of it is without effect; nil when no repository was given.
  var start: GitStart? {
    url.map { url in
      GitStart(
        url: url,
        branch: branch,
        path: path,
        interval: gitInterval.map { .seconds($0) },
        credentialOption: gitTokenFile != nil ? "--git-token-file" : gitKeyFile != nil ? "--git-key-file" : nil,
        hasKnownHosts: gitKnownHosts != nil,
        hasSigners: gitSigners != nil || gitOpenPGPKeys != nil
      )
    }
  }

  /// What is said here is checked as manifests are: by them.
  /// - Throws: `ValidationError` with all mistakes.
  private func check(_ url: String, _ signers: GitSigners, _ knownHosts: String?) throws {
    var git: [String: Any] = ["url": url, "interval": "\(gitInterval ?? 60)s"]
    if let branch { git["branch"] = branch }
    if let path, !path.isEmpty { git["path"] = path }
    if let knownHosts { git["knownHosts"] = knownHosts }
    if signers.isRequired {
      git["verify"] = ["signers": signers.ssh, "openPGPKeys": signers.openPGP].filter { !$0.value.isEmpty }
    }
    let cluster: [String: Any] = [
      "apiVersion": "rhizome/v1", "kind": "Cluster", "metadata": ["name": "options"],
      "spec": ["domain": "options.example", "git": git],
    ]
    let text = try JSONSerialization.data(withJSONObject: cluster, options: [.withoutEscapingSlashes])
    let result = Manifest.load([ManifestFile(path: "options", bytes: Array(text))], source: SourceName.git)
    let mistakes = result.diagnostics.filter { $0.severity == .error }
    guard !mistakes.isEmpty else { return }
    let lines = mistakes.map { $0.message + ($0.suggestion.map { "; \($0)" } ?? "") }
    throw ValidationError(
      "What was said of the repository is checked like Cluster.spec.git: \(lines.joined(separator: "; and "))."
    )
  }

  /// - Returns: nil when no repository was given.
  /// - Throws: what reading the files throws; `ValidationError` for what nobody could follow.
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
    try check(url, signers, try text(gitKnownHosts))
    return GitSettings(
      url: url,
      branch: branch ?? "main",
      path: path ?? "",
      interval: .seconds(gitInterval ?? 60),
      credential: try text(gitTokenFile)?.trimmingCharacters(in: .whitespacesAndNewlines) ?? text(gitKeyFile),
      knownHosts: try text(gitKnownHosts) ?? "",
      signers: signers
    )
  }
}

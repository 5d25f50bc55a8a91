/// What the daemon was told of a repository at this start, word by word: what was left out is nil.
package struct GitStart: Sendable, Hashable {
  package var url: String
  package var branch: String?
  package var path: String?
  package var interval: Duration?
  /// The option that named a token or a key.
  package var credentialOption: String?
  package var hasKnownHosts: Bool
  package var hasSigners: Bool

  package init(
    url: String,
    branch: String? = nil,
    path: String? = nil,
    interval: Duration? = nil,
    credentialOption: String? = nil,
    hasKnownHosts: Bool = false,
    hasSigners: Bool = false
  ) {
    self.url = url
    self.branch = branch
    self.path = path
    self.interval = interval
    self.credentialOption = credentialOption
    self.hasKnownHosts = hasKnownHosts
    self.hasSigners = hasSigners
  }

  /// What of it is without effect, since manifests say something else: a sentence for each option.
  /// - Parameter declared: what they say, not completed by anything; nil where they say nothing.
  package func outranked(by declared: GitSettings?) -> [String] {
    guard let declared else { return [] }
    guard declared.url == url else {
      return [GitStart.sentence("--git \(url) and what goes with it", "the repository \(declared.url)")]
    }
    return place(declared) + care(declared)
  }

  private func place(_ declared: GitSettings) -> [String] {
    var lines: [String] = []
    if let branch, branch != declared.branch {
      lines.append(GitStart.sentence("--branch \(branch)", "the branch '\(declared.branch)'"))
    }
    if let path, path != declared.path {
      let folder = declared.path.isEmpty ? "the top of the repository" : "the folder '\(declared.path)'"
      lines.append(GitStart.sentence("--path \(path)", folder))
    }
    if let interval, interval != declared.interval {
      let declared = "an interval of \(declared.interval.components.seconds) s"
      lines.append(GitStart.sentence("--git-interval \(interval.components.seconds)", declared))
    }
    return lines
  }

  private func care(_ declared: GitSettings) -> [String] {
    var lines: [String] = []
    if let credentialOption, declared.credential != nil {
      lines.append(GitStart.sentence(credentialOption, "credentials of their own"))
    }
    if hasKnownHosts, !declared.knownHosts.isEmpty {
      lines.append(GitStart.sentence("--git-known-hosts", "host keys of their own"))
    }
    if hasSigners, !declared.signers.isEmpty {
      lines.append(GitStart.sentence("the signers that were given", "others"))
    }
    return lines
  }

  private static func sentence(_ option: String, _ declared: String) -> String {
    "Without effect: \(option). The manifests declare \(declared) (Cluster.spec.git), and rank above."
  }
}

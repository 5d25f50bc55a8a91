package import RhizomeModel

/// What to follow, and what to believe: `Cluster.spec.git`, or what the daemon was told at its start.
package struct GitSettings: Sendable, Hashable, Codable {
  package var url: String
  package var branch: String
  /// The folder inside the repository; empty for all of it.
  package var path: String
  /// How often to look.
  package var interval: Duration
  /// How long one fetch may take.
  package var timeout: Duration
  /// Goes with a token; most forges take any.
  package var username: String
  /// A token, or for SSH a private key. Never to be shown.
  package var credential: String?
  /// Lines of a known_hosts file (sshd(8)): the host keys that are believed.
  package var knownHosts: String
  package var signers: GitSigners
  /// The branch may only move forward from the commit that runs.
  package var requiresFastForward: Bool

  package init(
    url: String,
    branch: String = "main",
    path: String = "",
    interval: Duration = .seconds(60),
    timeout: Duration = .seconds(300),
    username: String = "rhizome",
    credential: String? = nil,
    knownHosts: String = "",
    signers: GitSigners = GitSigners(),
    requiresFastForward: Bool = true
  ) {
    self.url = url
    self.branch = branch
    self.path = path
    self.interval = interval
    self.timeout = timeout
    self.username = username
    self.credential = credential
    self.knownHosts = knownHosts
    self.signers = signers
    self.requiresFastForward = requiresFastForward
  }

  /// Two settings of one place are about the same history.
  package var place: String { "\(url)#\(branch)" }

  /// Whether both lead to the same commits, with the same credentials: what is seen through one is seen through the other.
  package func leadsWhere(_ other: GitSettings) -> Bool {
    description == other.description && username == other.username && credential == other.credential
      && knownHosts == other.knownHosts
  }

  /// What manifests say.
  /// - Parameters:
  ///   - spec: `Cluster.spec.git`, with defaults filled in.
  ///   - secret: the value of the Secret of this name.
  package init?(_ spec: Value, secret: (String) -> String?) {
    guard let url = spec["url"].text else { return nil }
    self.init(
      url: url,
      branch: spec["branch"].text ?? "main",
      path: spec["path"].text ?? "",
      interval: .milliseconds(spec["interval"].integer ?? 60_000),
      timeout: .milliseconds(spec["timeout"].integer ?? 300_000),
      username: spec["username"].text ?? "rhizome",
      credential: spec["credentials"].text.flatMap(secret),
      knownHosts: spec["knownHosts"].text ?? "",
      signers: GitSigners(spec["verify"]),
      requiresFastForward: spec["requireFastForward"].boolean ?? true
    )
  }

  /// The same, with what is not said here taken from what the daemon was started with, where both are about one
  /// repository: a manifest need not repeat the token that it was fetched with.
  package func completed(by other: GitSettings?) -> GitSettings {
    guard let other, other.url == url else { return self }
    var copy = self
    copy.credential = credential ?? other.credential
    if knownHosts.isEmpty { copy.knownHosts = other.knownHosts }
    if signers.isEmpty { copy.signers = other.signers }
    return copy
  }
}

extension GitSettings: CustomStringConvertible, CustomReflectable {
  /// Without the credential.
  package var description: String { path.isEmpty ? place : "\(place):\(path)" }
  package var customMirror: Mirror { Mirror(self, children: ["place": description]) }
}

/// Whose signatures count.
package struct GitSigners: Sendable, Hashable, Codable {
  /// A commit without a good signature is refused.
  package var isRequired: Bool
  /// Lines of an allowed signers file (ssh-keygen(1)).
  package var ssh: String
  /// Public SSH keys whose signatures count no more, one a line.
  package var revokedSSH: String
  /// OpenPGP public keys, armored.
  package var openPGP: String

  package init(isRequired: Bool = false, ssh: String = "", revokedSSH: String = "", openPGP: String = "") {
    self.isRequired = isRequired
    self.ssh = ssh
    self.revokedSSH = revokedSSH
    self.openPGP = openPGP
  }

  init(_ spec: Value) {
    self.init(
      isRequired: spec.isNull ? false : spec["required"].boolean ?? true,
      ssh: spec["signers"].text ?? "",
      revokedSSH: spec["revokedSigners"].text ?? "",
      openPGP: spec["openPGPKeys"].text ?? ""
    )
  }

  /// Nobody is named, and nothing is asked for.
  package var isEmpty: Bool { self == GitSigners() }
}

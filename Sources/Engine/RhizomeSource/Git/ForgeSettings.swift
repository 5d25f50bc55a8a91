package import RhizomeModel

/// Where people can see what became of their commit: the forge, and the token that may write a commit's status there.
package struct ForgeSettings: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable, CaseIterable { case forgejo, gitea, github, gitlab }

  package let kind: Kind
  /// The forge's address, such as `https://git.example`, without a slash at its end.
  package let url: String
  /// Owner and name, such as `plant/infra`; GitLab has more levels.
  package let repository: String
  /// What the status is called, among those of others.
  package let context: String
  /// Never to be shown.
  package let token: String

  package init(kind: Kind, url: String, repository: String, context: String = "rhizome", token: String) {
    self.kind = kind
    self.url = url
    self.repository = repository
    self.context = context
    self.token = token
  }

  /// What manifests say.
  /// - Parameters:
  ///   - git: `Cluster.spec.git`, with defaults filled in.
  ///   - secret: the value of the Secret of this name.
  package init?(_ git: Value, secret: (String) -> String?) {
    let spec = git["status"]
    guard let kind = spec["forge"].text.flatMap(Kind.init), let token = spec["token"].text.flatMap(secret) else {
      return nil
    }
    let derived = git["url"].text.flatMap(ForgeSettings.place)
    guard let url = spec["url"].text ?? derived?.url, let repository = spec["repository"].text ?? derived?.repository
    else {
      return nil
    }
    self.init(
      kind: kind,
      url: url.last == "/" ? String(url.dropLast()) : url,
      repository: repository,
      context: spec["context"].text ?? "rhizome",
      token: token.filter { !$0.isWhitespace }
    )
  }

  /// Forge and repository, as most forges have it: `https://HOST/OWNER/NAME.git`, `ssh://git@HOST:PORT/OWNER/NAME.git`.
  package static func place(of git: String) -> (url: String, repository: String)? {
    guard let url = GitURL(git), url.scheme != .file else { return nil }
    let host = url.authority.split(separator: "@").last.map(String.init) ?? ""
    let path = git.dropFirst(url.scheme.rawValue.count + 3 + url.authority.count)
    let name = path.split(separator: "/").joined(separator: "/")
    let repository = name.hasSuffix(".git") ? String(name.dropLast(4)) : name
    let web = url.scheme == .ssh ? "https://\(host.prefix { $0 != ":" })" : "\(url.scheme.rawValue)://\(host)"
    return (web, repository)
  }

  /// Two settings of one place are about the same commits.
  package var place: String { "\(kind.rawValue) \(url) \(repository)" }
}

extension ForgeSettings: CustomStringConvertible, CustomReflectable {
  /// Without the token.
  package var description: String { place }
  package var customMirror: Mirror { Mirror(self, children: ["place": place]) }
}

/// What became of a commit, as the forge shows it.
package struct CommitVerdict: Sendable, Hashable, Codable {
  package enum State: String, Sendable, Hashable, Codable { case pending, success, failure }

  package let commit: String
  package let state: State
  /// For people: one line, printable, and no longer than the strictest forge takes.
  package let sentence: String

  /// GitHub refuses more than 140 characters; GitLab takes 255.
  static let longest = 140

  package init(_ commit: String, _ state: State, _ sentence: String) {
    let shown = sentence.unicodeScalars.map { CommitVerdict.isPrintable($0) ? Character($0) : " " }
    self.commit = commit
    self.state = state
    self.sentence =
      shown.count > CommitVerdict.longest ? String(shown.prefix(CommitVerdict.longest - 1)) + "…" : String(shown)
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}

extension GitRecord {
  /// What is to be said of the newest commit that was judged.
  package var verdict: CommitVerdict? {
    if let refused {
      let (refusal, id) = (refused.refusal, refused.commit.id)
      let place = refusal.file.map { file in "\(file)\(refusal.line.map { ":\($0)" } ?? ""): " } ?? ""
      let first = refusal.message.split(separator: "\n").first.map(String.init) ?? refusal.rule.rawValue
      let reason = first.hasPrefix(place) ? first : place + first
      guard refusal.canBeApproved else { return CommitVerdict(id, .failure, "Refused: \(reason)") }
      return CommitVerdict(id, .pending, "Waits for a person (rhizome approve \(refused.commit.shortID)): \(reason)")
    }
    return applied.map { CommitVerdict($0.commit.id, .success, "Applied as revision \($0.revision).") }
  }
}

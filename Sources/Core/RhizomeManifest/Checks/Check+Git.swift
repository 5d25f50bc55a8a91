internal import RhizomeModel

/// The followed repository.
extension Check {
  /// What would keep the repository from being followed, and what must not stand in a URL.
  @Sendable static func git(_ catalog: Catalog, _ report: inout Report) {
    guard let cluster = catalog.all(.cluster).first, !cluster.hasErrors, let url = cluster.spec["git"]["url"].text
    else {
      return
    }
    let git = cluster.spec["git"]
    if let problem = problem(withURL: url) { add("url", "the URL \(problem)", cluster, &report) }
    if let problem = problem(withBranch: git["branch"].text ?? "main") { add("branch", problem, cluster, &report) }
    if url.hasPrefix("ssh://"), git["knownHosts"].text ?? "" == "" {
      add("url", "ssh:// needs 'knownHosts', so that nobody can pretend to be the forge", cluster, &report)
    }
    if let problem = problem(withStatus: git) { add("status", problem, cluster, &report) }
    checkSigners(git["verify"], cluster, &report)
    if let listen = git["webhook"]["listen"].text, !isEndpoint(listen) {
      add("webhook", "'listen' is an address and a port, such as 127.0.0.1:3904", cluster, &report)
    }
  }

  private static func checkSigners(_ verify: Value, _ cluster: Declaration, _ report: inout Report) {
    guard !verify.isNull else { return }
    let signers = verify["signers"].text ?? ""
    if verify["required"].boolean ?? true, signers.isEmpty, (verify["openPGPKeys"].text ?? "").isEmpty {
      add("verify", "signatures are required, but no signers and no keys are named", cluster, &report)
    }
    let lines = signers.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() where !isSigner(line) {
      add("verify", "line \(index + 1) of 'signers' is not WHO, a space and a public SSH key", cluster, &report)
    }
  }

  /// Empty lines and comments are fine.
  private static func isSigner(_ line: Substring) -> Bool {
    let words = line.split { $0 == " " || $0 == "\t" }
    guard let first = words.first, !first.hasPrefix("#") else { return true }
    let types = ["ssh-", "ecdsa-", "sk-"]
    guard let type = words.dropFirst().firstIndex(where: { word in types.contains { word.hasPrefix($0) } }) else {
      return false
    }
    return type + 1 < words.count && words[type + 1].count >= 40
  }

  /// Words that follow "the URL"; nil when nothing is wrong.
  private static func problem(withURL url: String) -> String? {
    let authority = url.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).first ?? ""
    let isWeb = url.hasPrefix("https://") || url.hasPrefix("http://")
    guard isWeb || url.hasPrefix("ssh://") || url.hasPrefix("file:///") else {
      return "must begin with https://, ssh://, http:// or file:///"
    }
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return "may hold ASCII letters only, and no spaces" }
    if isWeb, authority.contains("@") { return "may hold no user and no token: put the token into a Secret" }
    if authority.split(separator: "@").first?.contains(":") == true, authority.contains("@") {
      return "may hold no password: use a key, in a Secret"
    }
    return authority.hasPrefix("-") || authority.contains("@-") ? "names no host" : nil
  }

  /// Where the forge and the repository are to be found has to be clear.
  private static func problem(withStatus git: Value) -> String? {
    let (status, url) = (git["status"], git["url"].text ?? "")
    guard !status.isNull else { return nil }
    if url.hasPrefix("file://"), status["url"].isNull || status["repository"].isNull {
      return "a repository that is a file has no forge: 'status' needs 'url' and 'repository'"
    }
    if let address = status["url"].text {
      guard address.hasPrefix("https://") || address.hasPrefix("http://"), !address.contains("@"),
        address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
      else {
        return "'url' of 'status' is https://HOST, without a user and without spaces"
      }
    }
    if let repository = status["repository"].text, repository.split(separator: "/").count < 2 {
      return "'repository' of 'status' is OWNER/NAME"
    }
    return nil
  }

  /// git-check-ref-format(1).
  private static func problem(withBranch name: String) -> String? {
    let forbidden: Set<Character> = [" ", "~", "^", ":", "?", "*", "[", "\\", "\u{7F}"]
    let isBad =
      name.isEmpty || name.utf8.count > 200 || name.hasPrefix("-") || name.hasPrefix("/") || name.hasSuffix("/")
      || name.hasSuffix(".") || name.contains("..") || name.contains("//") || name.contains("@{")
      || name.contains { forbidden.contains($0) || ($0.asciiValue ?? 0x20) < 0x20 }
      || name.split(separator: "/").contains { $0.hasPrefix(".") || $0.hasSuffix(".lock") }
    return isBad ? "'\(name)' cannot be the name of a branch" : nil
  }

  private static func isEndpoint(_ text: String) -> Bool {
    guard let colon = text.lastIndex(of: ":"), colon != text.startIndex else { return false }
    return UInt16(text[text.index(after: colon)...]).map { $0 > 0 } ?? false
  }

  private static func add(_ field: String, _ message: String, _ cluster: Declaration, _ report: inout Report) {
    report.add(Diagnostic(.gitSource, message, at: cluster.location(of: FieldPath(["git", field]))))
  }
}

/// Where a repository is: one of the four protocols that are spoken, and nothing that could be an option or a secret.
package struct GitURL: Sendable, Hashable, CustomStringConvertible {
  /// The protocols. `http` and `file` are there for tests and for closed networks: a URL has to say so.
  package enum Scheme: String, Sendable, Hashable, CaseIterable { case https, ssh, http, file }

  package let scheme: Scheme
  /// `user@host:port`; empty for files.
  package let authority: String
  package let text: String

  package var description: String { text }

  /// Protocol and host, without path and user, as the place that a token is good for.
  package var origin: String { "\(scheme.rawValue)://\(authority.split(separator: "@").last ?? "")" }

  /// What is wrong with a URL, in words that follow it; nil when nothing is.
  package static func problem(with text: String) -> String? {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return "may hold ASCII letters only, and no spaces" }
    guard let end = text.firstRange(of: "://"), let scheme = Scheme(rawValue: String(text[..<end.lowerBound])) else {
      return "must begin with https:// or ssh:// (git@host:path is written ssh://git@host/path)"
    }
    let authority = text[end.upperBound...].prefix { $0 != "/" }
    let path = text[end.upperBound...].dropFirst(authority.count)
    guard !path.isEmpty, path != "/" else { return "names no repository" }
    if scheme == .file { return authority.isEmpty ? nil : "must be written file:///path" }
    return problem(withAuthority: authority, scheme)
  }

  private static func problem(withAuthority authority: Substring, _ scheme: Scheme) -> String? {
    let parts = authority.split(separator: "@", omittingEmptySubsequences: false)
    guard let host = parts.last, parts.count <= 2, !host.isEmpty, parts.allSatisfy({ !$0.hasPrefix("-") }) else {
      return "names no host"
    }
    guard parts.count == 2 else { return nil }
    guard scheme == .ssh else { return "may hold no user and no password: put the token into a Secret" }
    return parts[0].contains(":") ? "may hold no password: use a key, in a Secret" : nil
  }

  /// Nil when `problem(with:)` has something to say.
  package init?(_ text: String) {
    guard GitURL.problem(with: text) == nil, let end = text.firstRange(of: "://") else { return nil }
    guard let scheme = Scheme(rawValue: String(text[..<end.lowerBound])) else { return nil }
    self.scheme = scheme
    authority = String(text[end.upperBound...].prefix { $0 != "/" })
    self.text = text
  }
}

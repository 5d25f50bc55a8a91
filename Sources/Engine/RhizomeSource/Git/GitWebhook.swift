internal import OpenSSL
package import RhizomeModel

/// Whether a webhook comes from the forge: Forgejo, Gitea, GitHub and GitLab, each in its own manner. A webhook only says
/// "look now"; nothing that it carries is ever used.
package enum GitWebhook {
  /// Where to listen, and what the forge signs with.
  package struct Settings: Sendable, Hashable {
    package let host: String
    package let port: Int
    package let secret: String

    /// Where it listens, for people.
    package var place: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// - Parameter spec: `Cluster.spec.git.webhook`, with defaults filled in.
    package init?(_ spec: Value, secret: (String) -> String?) {
      guard let listen = spec["listen"].text, let colon = listen.lastIndex(of: ":") else { return nil }
      guard let port = UInt16(listen[listen.index(after: colon)...]) else { return nil }
      guard let key = spec["secret"].text.flatMap(secret), !key.isEmpty else { return nil }
      host = listen[..<colon].filter { $0 != "[" && $0 != "]" }
      self.port = Int(port)
      self.secret = key
    }
  }

  /// The largest body that is read: a push of many commits fits.
  package static let bodyBytes = 4 << 20

  /// Headers with a hexadecimal HMAC-SHA256 of the body, some behind `sha256=`: Forgejo's and Gitea's own, and GitHub's,
  /// which both of them send as well.
  private static let signatures = ["x-forgejo-signature", "x-gitea-signature", "x-hub-signature-256"]
  /// GitLab sends the secret itself.
  private static let token = "x-gitlab-token"

  /// Compares in constant time. Every signature that is there has to be right.
  /// - Parameter header: a header's value by its name in lower case.
  package static func isGenuine(header: (String) -> String?, body: [UInt8], secret: String) -> Bool {
    let sent = signatures.compactMap(header).filter { !$0.isEmpty }
    if let token = header(token) { return sent.isEmpty && isEqual(token, secret) }
    guard !sent.isEmpty else { return false }
    let expected = MessageAuthentication.hmac(body, key: Array(secret.utf8), .sha256)
    return sent.allSatisfy { text in
      let digits = text.hasPrefix("sha256=") ? String(text.dropFirst(7)) : text
      return Hex.decode(digits).map { constantTimeEquals($0, expected) } ?? false
    }
  }

  /// By digests of both, so that not even the length shows.
  private static func isEqual(_ left: String, _ right: String) -> Bool {
    constantTimeEquals(Digest.of(left.utf8, .sha256), Digest.of(right.utf8, .sha256))
  }
}

/// Why the repository could not be looked at. What is there stays unknown: never empty, never in sync.
package struct GitFailure: Error, Sendable, Hashable, Codable, CustomStringConvertible {
  /// What went wrong, for programs.
  package enum Code: String, Sendable, Hashable, Codable {
    case badSettings = "bad-settings"
    case noGit = "no-git"
    case unreachable
    case loginRefused = "login-refused"
    case hostKey = "host-key"
    case noRepository = "no-repository"
    case noBranch = "no-branch"
    case moved
    case tooLarge = "too-large"
    case timedOut = "timed-out"
    case damaged
    case other
  }

  package let code: Code
  /// What happened and what to do, for people.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}

extension GitFailure {
  /// Reads what git said. Its words are those of `LC_ALL=C`; what is not known is passed on, in bounds and printable.
  package static func fetching(_ settings: GitSettings, exitCode: Int32?, errorText: String) -> GitFailure {
    let said = printable(errorText)
    for (words, code, message) in table(settings) where words.contains(where: { said.contains($0) }) {
      return GitFailure(code, "\(message) (git: \(lastLine(of: said)))")
    }
    return GitFailure(.other, "\(settings.url) could not be fetched: \(lastLine(of: said))")
  }

  /// - Parameter running: the commit that runs, on top of which everything is fetched; nil for a first fetch.
  static func tooLarge(_ settings: GitSettings, since running: String?) -> GitFailure {
    let limit = "\(GitLimits.packBytes >> 20) MiB"
    guard let short = running?.prefix(10) else {
      return GitFailure(.tooLarge, "\(settings.url) is larger than \(limit); keep large files elsewhere")
    }
    let help =
      "a later commit that removes them does not help: set the branch back to \(short) (git reset --hard \(short)), commit "
      + "without them, and push with --force"
    return GitFailure(
      .tooLarge,
      "what \(settings.url) has beyond \(short), which runs, is larger than \(limit); keep large files elsewhere, and \(help)"
    )
  }

  private static func table(_ settings: GitSettings) -> [(words: [String], code: Code, message: String)] {
    let (url, branch) = (settings.url, settings.branch)
    return [
      (
        ["couldn't find remote ref"], .noBranch,
        "the branch '\(branch)' is not in \(url), which may be empty still; push it, or declare another branch"
      ),
      (
        ["Host key verification failed", "host key for", "No ED25519 host key"], .hostKey,
        "the host key of \(url) is not the declared one; compare it with the forge's, and mend 'knownHosts'"
      ),
      (
        [
          "Authentication failed", "could not read Username", "could not read Password", "Permission denied",
          "returned error: 403", "returned error: 401", "Too many authentication failures",
        ], .loginRefused, loginRefused(settings)
      ),
      (
        ["update url base from redirection", "returned error: 301", "returned error: 302", "returned error: 308"],
        .moved, "\(url) has moved, and nothing is sent elsewhere; declare the new URL"
      ),
      (
        [
          "not found", "returned error: 404", "does not appear to be a git repository", "does not exist",
          "returned error: 410",
        ], .noRepository, "there is no repository at \(url), or the token may not see it"
      ),
      (
        ["unexpected disconnect", "early EOF", "index-pack", "invalid", "corrupt", "bad object", "fsck error"],
        .damaged, "what \(url) sends is cut off or damaged"
      ),
      (
        [
          "Could not resolve host", "Failed to connect", "Couldn't connect", "Connection refused", "timed out",
          "Timeout", "Operation too slow", "transfer closed", "Network is unreachable", "No route to host",
          "Could not resolve hostname", "Connection closed", "Connection reset", "returned error: 5",
          "Could not read from remote", "Empty reply", "SSL", "certificate", "hung up",
        ], .unreachable, "\(url) cannot be reached"
      ),
    ]
  }

  private static func loginRefused(_ settings: GitSettings) -> String {
    settings.credential?.isEmpty != false
      ? "\(settings.url) asks for a token or key, and none was given; name one where the repository is named"
      : "\(settings.url) refuses the token or key; renew it where it is kept"
  }

  /// What a peer wrote, fit to be shown: bounded, and giving no orders to a terminal.
  static func printable(_ text: String) -> String {
    String(
      text.unicodeScalars.prefix(4_000).map {
        $0 == "\n" || ($0.value >= 0x20 && $0.value < 0x7F) ? Character($0) : " "
      }
    )
  }

  /// The last line that says something.
  private static func lastLine(of text: String) -> String {
    let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
    let telling = lines.last { $0.hasPrefix("fatal:") || $0.hasPrefix("error:") } ?? lines.last { !$0.isEmpty }
    return String((telling ?? "no word").prefix(300))
  }
}

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import ProgramRunner

/// One request that writes a commit's status, and what its answer means. Pure: it says what to send.
///
/// - Forgejo and Gitea: `POST /api/v1/repos/{owner}/{repo}/statuses/{sha}` (operation `repoCreateStatus`), with
///   `Authorization: token …`.
/// - GitHub: `POST /repos/{owner}/{repo}/statuses/{sha}` ("Create a commit status"), with `Authorization: Bearer …`.
/// - GitLab: `POST /api/v4/projects/{id}/statuses/{sha}` ("Set commit pipeline status"), with `PRIVATE-TOKEN`; `id` is the
///   path of the project, percent-encoded as one part.
package struct ForgeCall: Sendable {
  package let url: String
  package let headers: [(name: String, value: String)]
  /// JSON.
  package let body: String
  private let settings: ForgeSettings

  package init(_ verdict: CommitVerdict, _ settings: ForgeSettings) {
    self.settings = settings
    url = ForgeCall.root(settings) + ForgeCall.path(verdict, settings)
    headers =
      ForgeCall.authorization(settings) + [
        ("Content-Type", "application/json"), ("Accept", ForgeCall.accepted(settings)), ("User-Agent", "rhizome"),
      ]
    body = ForgeCall.body(verdict, settings)
  }

  /// GitHub's own API has a host of its own; an installation elsewhere has it below its address.
  private static func root(_ settings: ForgeSettings) -> String {
    switch settings.kind {
    case .forgejo, .gitea: settings.url + "/api/v1"
    case .github: settings.url == "https://github.com" ? "https://api.github.com" : settings.url + "/api/v3"
    case .gitlab: settings.url + "/api/v4"
    }
  }

  private static func path(_ verdict: CommitVerdict, _ settings: ForgeSettings) -> String {
    let parts = settings.repository.split(separator: "/").map { encoded(String($0)) }
    guard settings.kind == .gitlab else { return "/repos/\(parts.joined(separator: "/"))/statuses/\(verdict.commit)" }
    return "/projects/\(parts.joined(separator: "%2F"))/statuses/\(verdict.commit)"
  }

  private static func authorization(_ settings: ForgeSettings) -> [(name: String, value: String)] {
    switch settings.kind {
    case .forgejo, .gitea: [("Authorization", "token \(settings.token)")]
    case .github: [("Authorization", "Bearer \(settings.token)"), ("X-GitHub-Api-Version", "2022-11-28")]
    case .gitlab: [("PRIVATE-TOKEN", settings.token)]
    }
  }

  private static func accepted(_ settings: ForgeSettings) -> String {
    settings.kind == .github ? "application/vnd.github+json" : "application/json"
  }

  private static func body(_ verdict: CommitVerdict, _ settings: ForgeSettings) -> String {
    var members = ["description": verdict.sentence]
    if settings.kind == .gitlab {
      members["name"] = settings.context
      members["state"] = verdict.state == .failure ? "failed" : verdict.state.rawValue
    } else {
      members["context"] = settings.context
      members["state"] = verdict.state.rawValue
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(members)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// Everything but the unreserved characters of RFC 3986, section 2.3.
  private static func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      let character = Character(Unicode.Scalar(byte))
      if byte < 0x80, character.isLetter || character.isNumber || "-._~".contains(character) {
        return String(character)
      }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count == 1 ? "0" : "") + digits
    }.joined()
  }
}

// MARK: - By curl

extension ForgeCall {
  /// How curl is called; nothing is followed.
  func program(_ path: String) -> ProgramCall {
    let scheme = url.prefix { $0 != ":" }
    let settings: [(name: String, value: String)] = [
      ("request", "POST"), ("connect-timeout", "10"), ("max-time", "20"), ("max-filesize", "65536"),
      ("proto", "=\(scheme)"), ("url", url), ("write-out", "\\n%{http_code}"), ("data-binary", body),
    ]
    return CurlCall(settings, headers: headers.map { "\($0.name): \($0.value)" }).program(path)
  }

  /// What went wrong, in a sentence without the token; nil when the status is written.
  package func failure(exitCode: Int32?, answer: String, errorText: String) -> String? {
    guard exitCode == 0 else { return clean("\(settings.url) cannot be reached: \(errorText)") }
    let lines = answer.split(separator: "\n", omittingEmptySubsequences: false)
    guard let code = lines.last.flatMap({ Int($0) }) else { return "\(settings.url) answered in no known form" }
    if (200..<300).contains(code) { return nil }
    let said = lines.dropLast().joined(separator: " ")
    // GitLab refuses to set what is set already.
    if settings.kind == .gitlab, code == 400, said.contains("Cannot transition status") { return nil }
    return clean("\(ForgeCall.meaning(code, settings)) (\(code): \(said))")
  }

  private static func meaning(_ code: Int, _ settings: ForgeSettings) -> String {
    switch code {
    case 300..<400: "\(settings.url) has moved, and the token is sent nowhere else; declare the new address"
    case 401, 403: "\(settings.url) refuses the token; it has to be one that may write commit statuses"
    case 404: "\(settings.url) knows no repository \(settings.repository), or the token may not write there"
    case 429: "\(settings.url) wants to be left alone for a while"
    case 500...: "\(settings.url) is not well"
    default: "\(settings.url) refuses the status"
    }
  }

  /// Bounded, printable, and without the token, should anybody have repeated it.
  private func clean(_ text: String) -> String {
    let hidden = settings.token.isEmpty ? text : text.replacing(settings.token, with: "…")
    return String(GitFailure.printable(hidden).split(separator: "\n").joined(separator: " ").prefix(300))
  }
}

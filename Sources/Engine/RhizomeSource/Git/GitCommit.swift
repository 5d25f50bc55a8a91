package import RhizomeModel

/// A commit without its files.
package struct GitCommit: Sendable, Hashable, Codable {
  /// Its name, in hexadecimal.
  package let id: String
  /// `Name <mail>`, printable.
  package let author: String
  /// When its author wrote it, as they say.
  package let authoredAt: Timestamp
  /// The first line of its message, printable.
  package let summary: String
  /// `Rhizome-Allow-Deletions: N` among its trailers. It counts only with a good signature.
  package let allowedDeletions: Int?

  package init(id: String, author: String, authoredAt: Timestamp, summary: String, allowedDeletions: Int? = nil) {
    self.id = id
    self.author = author
    self.authoredAt = authoredAt
    self.summary = summary
    self.allowedDeletions = allowedDeletions
  }

  /// What to say of the trailer beside a plan that passes by it, where no signature was looked at; nil where nothing is
  /// removed, or there is no trailer.
  package func trailerNote(_ plan: Plan) -> String? {
    guard let allowedDeletions, !plan.removals.isEmpty else { return nil }
    return "\(shortID) allows up to \(allowedDeletions) deletions by its trailer, which counts only with a signature "
      + "that the running revision allows; the signature was not looked at."
  }

  /// The first ten digits.
  package var shortID: String { String(id.prefix(10)) }

  /// Reads what `git cat-file commit` gives: header lines, an empty line, the message.
  package init?(id: String, object: [UInt8]) {
    let text = String(decoding: object, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let head = lines.prefix { !$0.isEmpty }
    guard let author = head.first(where: { $0.hasPrefix("author ") }) else { return nil }
    let message = lines.dropFirst(head.count + 1)
    let who = GitCommit.identity(author.dropFirst(7))
    self.init(
      id: id,
      author: who.name,
      authoredAt: who.at,
      summary: GitCommit.shown(message.first { !$0.isEmpty } ?? ""),
      allowedDeletions: GitCommit.allowedDeletions(message)
    )
  }

  /// `Name <mail> SECONDS ZONE`.
  private static func identity(_ text: Substring) -> (name: String, at: Timestamp) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    let seconds = words.dropLast().last.flatMap { Int64($0) } ?? 0
    let bounded = min(max(seconds, 0), 253_402_300_799)
    return (shown(words.dropLast(2).joined(separator: " ")[...]), Timestamp(milliseconds: bounded * 1_000))
  }

  private static func shown(_ text: Substring) -> String {
    String(text.unicodeScalars.prefix(200).map { isPrintable($0) ? Character($0) : " " })
  }

  /// Control characters, and those that turn the direction of text, would lie to the reader.
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }

  /// Trailers are the last paragraph, and not the only one (git-interpret-trailers(1)).
  private static func allowedDeletions(_ message: ArraySlice<Substring>) -> Int? {
    let paragraphs = message.split(separator: "").filter { !$0.isEmpty }
    guard paragraphs.count > 1, let last = paragraphs.last else { return nil }
    let key = "rhizome-allow-deletions:"
    let lines = last.filter { $0.lowercased().hasPrefix(key) }
    guard lines.count == 1, let line = lines.first else { return nil }
    guard let number = Int(line.dropFirst(key.count).filter { $0 != " " }), (0...1_000_000).contains(number) else {
      return nil
    }
    return number
  }
}

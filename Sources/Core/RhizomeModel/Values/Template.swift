/// Text in which `${…}` stands for a value that another resource gives; `$${` stands for a plain `${`.
package struct Template: Sendable, Hashable {
  package enum Segment: Sendable, Hashable {
    case literal(String)
    case reference(Reference)
  }

  package let segments: [Segment]
  /// The text as it was written.
  package let source: String

  /// What is wrong with a template's text.
  package struct ParseError: Error, Hashable {
    package let message: String
    /// Offset of the faulty reference in the text, in characters.
    package let offset: Int
  }

  /// Splits `source` into literal text and references.
  /// - Throws: `ParseError` when a reference is not closed or empty, or does not have the form of one.
  package init(parsing source: String) throws(ParseError) {
    var segments: [Segment] = []
    var literal = ""
    var rest = source[...]
    while let dollar = rest.firstIndex(of: "$") {
      literal += rest[..<dollar]
      let tail = rest[dollar...]
      if tail.hasPrefix("$${") {
        literal += "${"
        rest = tail.dropFirst(3)
      } else if tail.hasPrefix("${") {
        let offset = source.distance(from: source.startIndex, to: dollar)
        guard let close = tail.firstIndex(of: "}") else {
          throw ParseError(message: "the reference is not closed: '}' is missing", offset: offset)
        }
        let inner = tail[tail.index(dollar, offsetBy: 2)..<close]
        guard let reference = Reference(String(inner)) else {
          throw ParseError(message: "'${\(inner)}' is not a reference such as ${bucket.site.endpoint}", offset: offset)
        }
        if !literal.isEmpty { segments.append(.literal(literal)) }
        literal = ""
        segments.append(.reference(reference))
        rest = tail[tail.index(after: close)...]
      } else {
        literal += "$"
        rest = tail.dropFirst()
      }
    }
    literal += rest
    if !literal.isEmpty { segments.append(.literal(literal)) }
    self.segments = segments
    self.source = source
  }

  package var references: [Reference] {
    segments.compactMap { if case .reference(let reference) = $0 { reference } else { nil } }
  }

  /// The text, when nothing in it has to be resolved.
  package var literal: String? {
    guard references.isEmpty else { return nil }
    return segments.map { if case .literal(let text) = $0 { text } else { "" } }.joined()
  }
}

/// What stands between `${` and `}`: a subject, the name of a resource where the subject is a kind, and a field.
///
/// `${bucket.media.endpoint}`, `${accessKey.mail.secret}`, `${secret.admin}`, `${directory.url}`, `${node.address}`.
package struct Reference: Sendable, Hashable, CustomStringConvertible {
  /// The words between the dots; at least two.
  package let words: [String]

  package init?(_ text: String) {
    let words = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let allowed = { (word: String) in
      !word.isEmpty && word.utf8.allSatisfy { byte in Reference.isAllowed(byte) }
    }
    guard words.count >= 2, words.allSatisfy(allowed) else { return nil }
    self.words = words
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  package var subject: String { words[0] }
  package var description: String { words.joined(separator: ".") }
}

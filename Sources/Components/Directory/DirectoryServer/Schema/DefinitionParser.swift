/// A schema definition that is not of the form of RFC 4512 4.1, or names something unknown.
package struct SchemaError: Error, Hashable, Sendable, CustomStringConvertible {
  package let definition: String
  package let message: String

  package var description: String { "bad schema definition \"\(definition.prefix(80))\": \(message)" }
}

/// Reads `( OID KEYWORD argument ... )` into its keywords (RFC 4512 4.1).
struct SchemaDefinition {
  let oid: String
  /// Arguments by keyword; a keyword without argument has an empty list.
  private(set) var arguments: [String: [String]] = [:]

  private static let keywords: Set<String> = [
    "NAME", "DESC", "OBSOLETE", "SUP", "EQUALITY", "ORDERING", "SUBSTR", "SYNTAX", "SINGLE-VALUE", "COLLECTIVE",
    "NO-USER-MODIFICATION", "USAGE", "ABSTRACT", "STRUCTURAL", "AUXILIARY", "MUST", "MAY",
  ]

  init(_ text: String) throws(SchemaError) {
    let tokens = Self.tokens(text)
    guard tokens.count >= 3, tokens.first == "(", tokens.last == ")" else {
      throw SchemaError(definition: text, message: "expected ( OID ... )")
    }
    oid = tokens[1]
    var keyword = ""
    for token in tokens[2..<(tokens.count - 1)] where !["(", ")", "$"].contains(token) {
      if Self.keywords.contains(token) || token.hasPrefix("X-") {
        keyword = token
        arguments[keyword] = []
      } else {
        arguments[keyword, default: []].append(token)
      }
    }
    guard arguments[""] == nil else { throw SchemaError(definition: text, message: "expected a keyword after the OID") }
  }

  var names: [String] { arguments["NAME"] ?? [] }

  func first(_ keyword: String) -> String? { arguments[keyword]?.first }

  func has(_ keyword: String) -> Bool { arguments[keyword] != nil }

  /// Words, quoted strings (without their quotes) and parentheses.
  private static func tokens(_ text: String) -> [String] {
    var tokens: [String] = []
    var word = ""
    var quoted = false
    func flush(_ word: inout String) {
      if !word.isEmpty { tokens.append(word) }
      word = ""
    }
    for character in text {
      switch character {
      case "'": quoted.toggle()
      case _ where quoted: word.append(character)
      case "(", ")", "$":
        flush(&word)
        tokens.append(String(character))
      case " ": flush(&word)
      default: word.append(character)
      }
    }
    flush(&word)
    return tokens
  }
}

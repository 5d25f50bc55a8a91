/// Why a text is not a filter of RFC 4515, with the place.
package struct LDAPFilterSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Offset of the offending byte in the UTF-8 text, from 0.
  package let offset: Int
  package let message: String

  package var description: String { "bad search filter at byte \(offset): \(message)" }
}

extension LDAPFilter {
  /// Parses the text form (RFC 4515). The outermost parentheses may be left out.
  package init(_ text: String) throws(LDAPFilterSyntaxError) {
    var parser = LDAPFilterParser(bytes: Array(text.utf8))
    self = try parser.parse()
  }
}

/// A recursive-descent parser over the grammar of RFC 4515 3, limited in depth.
private struct LDAPFilterParser {
  private static let depthMax = 50

  let bytes: [UInt8]
  var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func fail(_ message: String) -> LDAPFilterSyntaxError {
    LDAPFilterSyntaxError(offset: position, message: message)
  }

  mutating func parse() throws(LDAPFilterSyntaxError) -> LDAPFilter {
    let filter = next == UInt8(ascii: "(") ? try parseParenthesised(depth: 0) : try parseComponent(depth: 0)
    guard position == bytes.count else { throw fail("nothing may follow the filter") }
    return filter
  }

  private mutating func expect(_ character: Character) throws(LDAPFilterSyntaxError) {
    guard next == character.asciiValue else { throw fail("expected '\(character)'") }
    position += 1
  }

  private mutating func parseParenthesised(depth: Int) throws(LDAPFilterSyntaxError) -> LDAPFilter {
    guard depth < Self.depthMax else { throw fail("nested deeper than \(Self.depthMax)") }
    try expect("(")
    let filter = try parseComponent(depth: depth)
    try expect(")")
    return filter
  }

  private mutating func parseComponent(depth: Int) throws(LDAPFilterSyntaxError) -> LDAPFilter {
    switch next {
    case UInt8(ascii: "&"): return .and(try parseList(depth: depth))
    case UInt8(ascii: "|"): return .or(try parseList(depth: depth))
    case UInt8(ascii: "!"):
      position += 1
      return .not(try parseParenthesised(depth: depth + 1))
    default: return try parseItem()
    }
  }

  private mutating func parseList(depth: Int) throws(LDAPFilterSyntaxError) -> [LDAPFilter] {
    position += 1
    var filters: [LDAPFilter] = []
    while next == UInt8(ascii: "(") { filters.append(try parseParenthesised(depth: depth + 1)) }
    return filters
  }

  private mutating func parseItem() throws(LDAPFilterSyntaxError) -> LDAPFilter {
    let start = position
    while let byte = next, !Self.endsDescription(byte) { position += 1 }
    let description = String(decoding: bytes[start..<position], as: UTF8.self)
    if next == UInt8(ascii: ":") { return try parseExtensible(attribute: description) }
    guard !description.isEmpty else { throw fail("an attribute name is missing") }
    switch next {
    case UInt8(ascii: "="):
      position += 1
      return try parseEqualityLike(description)
    case UInt8(ascii: "~"): return .approximate(attribute: description, value: try parseTwoCharacterOperand())
    case UInt8(ascii: ">"): return .greaterOrEqual(attribute: description, value: try parseTwoCharacterOperand())
    case UInt8(ascii: "<"): return .lessOrEqual(attribute: description, value: try parseTwoCharacterOperand())
    default: throw fail("expected one of =, ~=, >=, <=, :=")
    }
  }

  private static func endsDescription(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "="), UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "<"), UInt8(ascii: ":"),
      UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: " "):
      true
    default: false
    }
  }

  private mutating func parseTwoCharacterOperand() throws(LDAPFilterSyntaxError) -> [UInt8] {
    position += 1
    try expect("=")
    let pieces = try parsePieces()
    guard pieces.count == 1, let value = pieces.first else { throw fail("'*' must be written \\2a here") }
    return value
  }

  private mutating func parseEqualityLike(_ attribute: String) throws(LDAPFilterSyntaxError) -> LDAPFilter {
    let pieces = try parsePieces()
    guard let first = pieces.first, let last = pieces.last, pieces.count > 1 else {
      return .equality(attribute: attribute, value: pieces.first ?? [])
    }
    let any = pieces.dropFirst().dropLast().filter { !$0.isEmpty }
    if first.isEmpty, last.isEmpty, any.isEmpty { return .present(attribute: attribute) }
    let substrings = LDAPFilter.Substrings(
      initial: first.isEmpty ? nil : first,
      any: Array(any),
      final: last.isEmpty ? nil : last
    )
    return .substrings(attribute: attribute, substrings)
  }

  /// Reads a value up to the closing parenthesis and splits it at the stars that are not escaped.
  private mutating func parsePieces() throws(LDAPFilterSyntaxError) -> [[UInt8]] {
    var pieces: [[UInt8]] = [[]]
    while let byte = next, byte != UInt8(ascii: ")") {
      switch byte {
      case UInt8(ascii: "*"): pieces.append([])
      case UInt8(ascii: "\\"): pieces[pieces.count - 1].append(try parseEscape())
      case UInt8(ascii: "("), 0: throw fail("this character must be escaped as \\28 or \\00")
      default: pieces[pieces.count - 1].append(byte)
      }
      position += 1
    }
    return pieces
  }

  /// Reads `\hh`, leaving the position on its last digit.
  private mutating func parseEscape() throws(LDAPFilterSyntaxError) -> UInt8 {
    guard position + 2 < bytes.count, let high = HexDigit.value(bytes[position + 1]),
      let low = HexDigit.value(bytes[position + 2])
    else { throw fail("'\\' must be followed by two hexadecimal digits") }
    position += 2
    return high << 4 | low
  }

  private mutating func parseExtensible(attribute: String) throws(LDAPFilterSyntaxError) -> LDAPFilter {
    var words: [String] = []
    while next == UInt8(ascii: ":") {
      position += 1
      let start = position
      while let byte = next, !Self.endsDescription(byte) { position += 1 }
      words.append(String(decoding: bytes[start..<position], as: UTF8.self))
    }
    guard words.popLast() == "" else { throw fail("expected ':='") }
    try expect("=")
    let dnAttributes = words.first?.lowercased() == "dn"
    if dnAttributes { words.removeFirst() }
    guard words.count <= 1, !words.contains(""), !attribute.isEmpty || !words.isEmpty else {
      throw fail("expected attribute, ':dn' and ':rule', each at most once")
    }
    guard let value = try parsePieces().onlyElement else { throw fail("'*' must be written \\2a here") }
    return .extensible(
      .init(
        matchingRule: words.first,
        attribute: attribute.isEmpty ? nil : attribute,
        value: value,
        dnAttributes: dnAttributes
      )
    )
  }
}

extension Array {
  fileprivate var onlyElement: Element? { count == 1 ? first : nil }
}

extension LDAPFilter: CustomStringConvertible {
  /// The text form (RFC 4515), which parses back to an equal filter.
  package var description: String {
    switch self {
    case .and(let filters): "(&\(filters.map(\.description).joined()))"
    case .or(let filters): "(|\(filters.map(\.description).joined()))"
    case .not(let filter): "(!\(filter))"
    case .equality(let attribute, let value): "(\(attribute)=\(Self.escape(value)))"
    case .substrings(let attribute, let pieces): "(\(attribute)=\(pieces.text))"
    case .greaterOrEqual(let attribute, let value): "(\(attribute)>=\(Self.escape(value)))"
    case .lessOrEqual(let attribute, let value): "(\(attribute)<=\(Self.escape(value)))"
    case .present(let attribute): "(\(attribute)=*)"
    case .approximate(let attribute, let value): "(\(attribute)~=\(Self.escape(value)))"
    case .extensible(let match): "(\(match.text))"
    }
  }

  fileprivate static func escape(_ value: [UInt8]) -> String {
    guard let text = String(validating: value, as: UTF8.self) else {
      return value.map(HexDigit.escape).joined()
    }
    return text.unicodeScalars.map { scalar in
      switch scalar {
      case "*", "(", ")", "\\", "\0": HexDigit.escape(UInt8(ascii: scalar))
      default: String(scalar)
      }
    }.joined()
  }
}

extension LDAPFilter.Substrings {
  fileprivate var text: String {
    ([initial ?? []] + any + [final ?? []]).map(LDAPFilter.escape).joined(separator: "*")
  }
}

extension LDAPFilter.Extensible {
  fileprivate var text: String {
    (attribute ?? "") + (dnAttributes ? ":dn" : "") + (matchingRule.map { ":" + $0 } ?? "") + ":="
      + LDAPFilter.escape(value)
  }
}

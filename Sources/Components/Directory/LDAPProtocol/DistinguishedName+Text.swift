/// Why a text is not a distinguished name, with the place.
package struct DistinguishedNameSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Offset of the offending byte in the UTF-8 text, from 0.
  package let offset: Int
  package let message: String

  package var description: String { "bad distinguished name at byte \(offset): \(message)" }
}

extension DistinguishedName {
  /// Most relative names accepted; deeper trees do not occur and would be hostile.
  package static let depthMax = 64

  /// Parses the text form (RFC 4514), allowing spaces around separators as RFC 2253 did.
  package init(_ text: String) throws(DistinguishedNameSyntaxError) {
    var parser = DistinguishedNameParser(bytes: Array(text.utf8))
    self = try parser.parse()
  }
}

private struct DistinguishedNameParser {
  let bytes: [UInt8]
  var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func fail(_ message: String) -> DistinguishedNameSyntaxError {
    DistinguishedNameSyntaxError(offset: position, message: message)
  }

  private mutating func skipSpaces() {
    while next == UInt8(ascii: " ") { position += 1 }
  }

  mutating func parse() throws(DistinguishedNameSyntaxError) -> DistinguishedName {
    guard next != nil else { return .root }
    var relatives: [DistinguishedName.Relative] = []
    while true {
      guard relatives.count < DistinguishedName.depthMax else {
        throw fail("more than \(DistinguishedName.depthMax) levels")
      }
      relatives.append(try parseRelative())
      guard let separator = next else { return DistinguishedName(relatives) }
      guard separator == UInt8(ascii: ",") || separator == UInt8(ascii: ";") else { throw fail("expected ','") }
      position += 1
    }
  }

  private mutating func parseRelative() throws(DistinguishedNameSyntaxError) -> DistinguishedName.Relative {
    var assertions = [try parseAssertion()]
    while next == UInt8(ascii: "+") {
      position += 1
      assertions.append(try parseAssertion())
    }
    return DistinguishedName.Relative(assertions)
  }

  private mutating func parseAssertion() throws(DistinguishedNameSyntaxError) -> DistinguishedName.Assertion {
    skipSpaces()
    let attribute = try parseAttribute()
    skipSpaces()
    guard next == UInt8(ascii: "=") else { throw fail("expected '=' after '\(attribute)'") }
    position += 1
    skipSpaces()
    let value = next == UInt8(ascii: "#") ? try parseHexString() : try parseValue()
    return DistinguishedName.Assertion(attribute: attribute, value: value)
  }

  private mutating func parseAttribute() throws(DistinguishedNameSyntaxError) -> String {
    let start = position
    while let byte = next, Self.isAttributeByte(byte) { position += 1 }
    guard position > start else { throw fail("an attribute name is missing") }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private static func isAttributeByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// Reads a string value up to the next separator; spaces at its end count only when escaped.
  private mutating func parseValue() throws(DistinguishedNameSyntaxError) -> [UInt8] {
    var value: [UInt8] = []
    var significantCount = 0
    while let byte = next, !Self.isSeparator(byte) {
      if byte == UInt8(ascii: "\\") {
        value.append(try parseEscape())
        significantCount = value.count
      } else {
        guard !Self.mustBeEscaped(byte) else { throw fail("this character must be escaped with '\\'") }
        value.append(byte)
        if byte != UInt8(ascii: " ") { significantCount = value.count }
      }
      position += 1
    }
    return Array(value.prefix(significantCount))
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "+")
  }

  private static func mustBeEscaped(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == 0
  }

  /// Reads `\hh` or a backslash before a special character, leaving the position on its last byte.
  private mutating func parseEscape() throws(DistinguishedNameSyntaxError) -> UInt8 {
    position += 1
    guard let first = next else { throw fail("a '\\' ends the name") }
    if let high = HexDigit.value(first), position + 1 < bytes.count, let low = HexDigit.value(bytes[position + 1]) {
      position += 1
      return high << 4 | low
    }
    guard " \"#+,;<=>\\".utf8.contains(first) else { throw fail("this character cannot be escaped") }
    return first
  }

  /// Reads `#` and the hex digits of a BER element, and yields that element's content.
  private mutating func parseHexString() throws(DistinguishedNameSyntaxError) -> [UInt8] {
    position += 1
    var octets: [UInt8] = []
    while position + 1 < bytes.count, let high = HexDigit.value(bytes[position]),
      let low = HexDigit.value(bytes[position + 1])
    {
      octets.append(high << 4 | low)
      position += 2
    }
    skipSpaces()
    guard let content = BERReader.contentOfOnlyElement(octets) else { throw fail("'#' must precede one BER element") }
    return content
  }
}

extension DistinguishedName: CustomStringConvertible {
  /// The text form of RFC 4514 2.
  package var description: String { relatives.map(\.description).joined(separator: ",") }
}

extension DistinguishedName.Relative: CustomStringConvertible {
  package var description: String { assertions.map(\.description).joined(separator: "+") }
}

extension DistinguishedName.Assertion: CustomStringConvertible {
  package var description: String { "\(attribute)=\(escapedValue)" }

  private var escapedValue: String {
    guard let text = String(validating: value, as: UTF8.self) else { return value.map(HexDigit.escape).joined() }
    let scalars = Array(text.unicodeScalars)
    return scalars.enumerated().map { index, scalar in
      Self.escape(scalar, isFirst: index == 0, isLast: index == scalars.count - 1)
    }.joined()
  }

  private static func escape(_ scalar: Unicode.Scalar, isFirst: Bool, isLast: Bool) -> String {
    switch scalar {
    case "\0": "\\00"
    case "\"", "+", ",", ";", "<", ">", "\\": "\\\(scalar)"
    case "#" where isFirst: "\\#"
    case " " where isFirst || isLast: "\\ "
    default: String(scalar)
    }
  }
}

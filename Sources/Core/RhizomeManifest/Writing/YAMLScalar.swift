/// Text as a YAML scalar that every reader gives back as the same text, whatever is in it.
enum YAMLScalar {
  /// On one line: plain where no reader (YAML 1.1 or 1.2, in block or flow style) can take it for something else, and in
  /// double quotes otherwise.
  static func inline(_ text: String) -> String { isPlain(text) ? text : quoted(text) }

  /// The lines of a literal block with their head, `|` or `|-`; nil where that would not give back the same text.
  static func block(_ text: String) -> (head: String, lines: [String])? {
    let scalars = text.unicodeScalars
    guard scalars.contains("\n"), scalars.allSatisfy({ $0 == "\n" || !needsEscape($0) }),
      let first = scalars.first, first != " ", first != "\n", !text.hasSuffix("\n\n")
    else { return nil }
    let hasEnd = scalars.last == "\n"
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    if hasEnd { lines.removeLast() }
    return (hasEnd ? "|" : "|-", lines)
  }

  /// Words that some reader takes for something else than text.
  private static let reserved: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]

  private static func isPlain(_ text: String) -> Bool {
    let scalars = text.unicodeScalars
    guard let first = scalars.first, let last = scalars.last, first == "/" || first.properties.isAlphabetic else {
      return false
    }
    return last != " " && scalars.allSatisfy(isHarmless) && !reserved.contains(text.lowercased())
  }

  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.isASCII else { return scalar.properties.isAlphabetic && !needsEscape(scalar) }
    return scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || " -_./@+=".unicodeScalars.contains(scalar)
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.unicodeScalars.map(escaped).joined() + "\""
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"": "\\\""
    case "\\": "\\\\"
    case "\n": "\\n"
    case "\t": "\\t"
    case "\r": "\\r"
    default: needsEscape(scalar) ? numbered(scalar.value) : String(scalar)
    }
  }

  private static func numbered(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    let (mark, width) = value > 0xFFFF ? ("U", 8) : value > 0xFF ? ("u", 4) : ("x", 2)
    return "\\" + mark + String(repeating: "0", count: width - digits.count) + digits
  }

  /// What YAML does not print (YAML 1.2.2, section 5.1), what it takes for a line break, and what changes how the rest of
  /// a line looks on a screen.
  private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE...0xFFFF: true
    default: scalar.properties.generalCategory == .format || scalar.properties.generalCategory == .control
    }
  }
}

/// Text from outside that could steer a terminal, or turn what is read into something else.
package enum Unprintable {
  /// False for control characters, and for those that hide or turn the direction of text, such as U+202E.
  package static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7F }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return false
    default: return true
    }
  }

  /// A name as people can read it, with everything else as `\u{202e}`; bytes that are no UTF-8 as `\xff`.
  package static func escaped(_ bytes: some Sequence<UInt8>) -> String {
    let bytes = Array(bytes)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return bytes.map { byte in
        (0x20..<0x7F).contains(byte) ? String(Unicode.Scalar(byte)) : "\\x" + hexadecimal(UInt32(byte), 2)
      }.joined()
    }
    return escaped(text)
  }

  package static func escaped(_ text: String) -> String {
    guard !text.unicodeScalars.allSatisfy(isHarmless) else { return text }
    return text.unicodeScalars.map { isHarmless($0) ? String($0) : escape($0) }.joined()
  }

  /// `\u{202e}`
  package static func escape(_ scalar: Unicode.Scalar) -> String { "\\u{\(hexadecimal(scalar.value, 1))}" }

  private static func hexadecimal(_ number: UInt32, _ width: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

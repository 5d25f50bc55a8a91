/// Hexadecimal digits as the escapes of RFC 4514 and RFC 4515 use them.
enum HexDigit {
  private static let digits = Array("0123456789abcdef".utf8)

  /// The value of a digit of either case, or nil.
  static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// A backslash and two digits.
  static func escape(_ byte: UInt8) -> String {
    String(decoding: [UInt8(ascii: "\\"), digits[Int(byte >> 4)], digits[Int(byte & 15)]], as: UTF8.self)
  }
}

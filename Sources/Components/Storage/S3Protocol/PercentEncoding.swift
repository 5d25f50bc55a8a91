/// Percent-encoding as SigV4 defines it: everything but `A-Z a-z 0-9 - . _ ~` becomes `%XX`, upper case
/// (Amazon S3 API reference, "Signature calculations", UriEncode).
package enum PercentEncoding {
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// - Parameter keepingSlash: whether `/` stays as it is, as in paths.
  package static func encode(_ text: some Sequence<UInt8>, keepingSlash: Bool = false) -> String {
    var output: [UInt8] = []
    for byte in text {
      if isUnreserved(byte) || (keepingSlash && byte == UInt8(ascii: "/")) {
        output.append(byte)
      } else {
        output += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  package static func encode(_ text: String, keepingSlash: Bool = false) -> String {
    encode(text.utf8, keepingSlash: keepingSlash)
  }

  /// The bytes that `text` spells, or nil when a `%` is not followed by two hexadecimal digits.
  /// - Parameter plusIsSpace: whether `+` reads as a blank, as servers read it in queries.
  package static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> [UInt8]? {
    var output: [UInt8] = []
    var bytes = text.utf8.makeIterator()
    while let byte = bytes.next() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = bytes.next().flatMap(hexValue), let low = bytes.next().flatMap(hexValue) else { return nil }
        output.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsSpace: output.append(UInt8(ascii: " "))
      default: output.append(byte)
      }
    }
    return output
  }

  /// Like `decode`, and nil as well when the bytes are not UTF-8.
  package static func decodeText(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
    decode(text, plusIsSpace: plusIsSpace).flatMap { String(validating: $0, as: UTF8.self) }
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }

  private static func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

/// Base64 with padding (RFC 4648 section 4).
package enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  package static func encode(_ bytes: [UInt8]) -> String {
    var output: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let word = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for position in 0..<4 {
        let isPadding = position > group.count
        output.append(isPadding ? UInt8(ascii: "=") : alphabet[word >> (18 - 6 * position) & 63])
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// The bytes that `text` spells, or nil when it is not canonical, padded base64.
  package static func decode(_ text: String) -> [UInt8]? {
    var output: [UInt8] = []
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 4) else { return nil }
    for start in stride(from: 0, to: digits.count, by: 4) {
      let group = digits[start..<start + 4].filter { $0 != UInt8(ascii: "=") }.compactMap {
        alphabet.firstIndex(of: $0)
      }
      let word = group.reduce(0) { $0 << 6 | $1 } << (6 * (4 - group.count))
      let bytes = [word >> 16, word >> 8, word].map { UInt8(truncatingIfNeeded: $0) }
      output += bytes.prefix(max(0, group.count - 1))
    }
    return encode(output) == text ? output : nil
  }
}

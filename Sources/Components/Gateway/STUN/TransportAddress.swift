/// An IP address and a port, as STUN puts them on the wire.
package struct TransportAddress: Hashable, Sendable, CustomStringConvertible {
  package enum Family: UInt8, Sendable, CaseIterable {
    case ipv4 = 1
    case ipv6 = 2

    /// Length of an address, in bytes.
    var byteCount: Int { self == .ipv4 ? 4 : 16 }
  }

  package let family: Family
  /// The address, first byte first: 4 of them, or 16.
  package let bytes: [UInt8]
  package let port: UInt16

  /// Nil unless `bytes` is as long as an address of the family.
  package init?(_ family: Family, _ bytes: [UInt8], port: UInt16) {
    guard bytes.count == family.byteCount else { return nil }
    (self.family, self.bytes, self.port) = (family, bytes, port)
  }

  /// The address without its port: dotted decimal, or eight groups with the longest run of zeros left out (RFC 5952).
  package var host: String {
    family == .ipv4 ? bytes.map(String.init).joined(separator: ".") : Self.groups(bytes)
  }

  package var description: String { family == .ipv4 ? "\(host):\(port)" : "[\(host)]:\(port)" }

  private static func groups(_ bytes: [UInt8]) -> String {
    let words = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    let text = words.map { String($0, radix: 16) }
    guard let run = longestZeros(words), run.count > 1 else { return text.joined(separator: ":") }
    return text[..<run.lowerBound].joined(separator: ":") + "::" + text[run.upperBound...].joined(separator: ":")
  }

  private static func longestZeros(_ words: [UInt16]) -> Range<Int>? {
    var best: Range<Int>?
    var start: Int?
    for index in 0...words.count {
      if index < words.count, words[index] == 0 {
        start = start ?? index
      } else if let first = start {
        if index - first > (best?.count ?? 0) { best = first..<index }
        start = nil
      }
    }
    return best
  }
}

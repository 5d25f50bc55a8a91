/// An IPv4 address, as routers and mappings name it.
package struct IPv4Address: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The address as a number, first octet highest.
  package let rawValue: UInt32

  /// An address from its number, first octet highest.
  package init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Reads strict dotted-decimal text: four numbers from 0 to 255, no spaces, no leading zeros.
  package init?(_ text: some StringProtocol) {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard let octet = Self.octet(part) else { return nil }
      value = value << 8 | octet
    }
    rawValue = value
  }

  private static func octet(_ digits: some Collection<UInt8>) -> UInt32? {
    guard (1...3).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
    guard digits.count == 1 || digits.first != 48 else { return nil }
    let value = digits.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - 48) }
    return value <= 255 ? value : nil
  }

  package var description: String {
    [24, 16, 8, 0].map { String(rawValue >> UInt32($0) & 255) }.joined(separator: ".")
  }

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// True when nobody on the internet can send to this address: private, shared by a provider (100.64/10),
  /// documentation and other special ranges. A router with such an outer address sits behind another NAT.
  /// The list is the one miniupnpd uses, from the IANA IPv4 special-purpose registry (RFC 6890).
  package var isReserved: Bool {
    Self.reserved.contains { rawValue >> (32 - $0.length) == $0.prefix >> (32 - $0.length) }
  }

  private static let reserved: [(prefix: UInt32, length: UInt32)] = [
    (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16), (0xAC10_0000, 12),
    (0xC000_0000, 24), (0xC000_0200, 24), (0xC01F_C400, 24), (0xC034_C100, 24), (0xC058_6300, 24), (0xC0A8_0000, 16),
    (0xC0AF_3000, 24), (0xC612_0000, 15), (0xC633_6400, 24), (0xCB00_7100, 24), (0xE000_0000, 4), (0xF000_0000, 4),
  ]
}

package import UPnP

/// An address as PCP carries it: 128 bits, with IPv4 addresses mapped into `::ffff:0:0/96` (RFC 6887 section 5).
package struct ControlAddress: Hashable, Sendable, CustomStringConvertible {
  /// The first and the last eight bytes.
  package let high, low: UInt64

  package init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

  /// An IPv4 address in its IPv4-mapped form.
  package init(_ address: IPv4Address) {
    self.init(high: 0, low: Self.mappedPrefix << 32 | UInt64(address.rawValue))
  }

  private static let mappedPrefix: UInt64 = 0xFFFF

  /// "No address" of IPv4 in its mapped form: lets the router choose (RFC 6887 section 5).
  package static let anyIPv4 = ControlAddress(IPv4Address(rawValue: 0))
  /// "No address" of IPv6: lets the router choose (RFC 6887 section 5).
  package static let anyIPv6 = ControlAddress(high: 0, low: 0)

  /// The IPv4 address that is mapped here; nil for an IPv6 address.
  package var ipv4: IPv4Address? {
    guard high == 0, low >> 32 == Self.mappedPrefix else { return nil }
    return IPv4Address(rawValue: UInt32(truncatingIfNeeded: low))
  }

  /// True for fe80::/10, which means something on one link only (RFC 4291 section 2.5.6).
  package var isLinkLocal: Bool { high >> 54 == 0x3FA }

  /// True for both kinds of "no address".
  package var isUnspecified: Bool { self == .anyIPv4 || self == .anyIPv6 }

  /// The 16 bytes in the order of the wire.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: high)
    bytes.append(number: low)
    return bytes
  }

  /// Dotted decimal for IPv4; for IPv6 eight groups without the zero compression, lower case.
  package var description: String {
    if let ipv4 { return ipv4.description }
    return (0..<8).map { group in
      let half = group < 4 ? high : low
      return String(half >> UInt64((3 - group % 4) * 16) & 0xFFFF, radix: 16)
    }.joined(separator: ":")
  }
}

extension WireReader {
  /// - Throws: `MalformedMessage` when fewer than 16 bytes are left.
  mutating func readAddress() throws(MalformedMessage) -> ControlAddress {
    ControlAddress(high: try read(), low: try read())
  }
}

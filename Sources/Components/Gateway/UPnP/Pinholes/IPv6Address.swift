#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An IPv6 address without a scope (RFC 4291).
package struct IPv6Address: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The first eight bytes as a number: for most addresses the network.
  package let high: UInt64
  /// The last eight bytes as a number.
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    (self.high, self.low) = (high, low)
  }

  /// Reads the text forms of RFC 4291 section 2.2; no brackets, no scope.
  package init?(_ text: some StringProtocol) {
    var address = in6_addr()
    guard inet_pton(AF_INET6, String(text), &address) == 1 else { return nil }
    self.init(address)
  }

  init(_ address: in6_addr) {
    let bytes = withUnsafeBytes(of: address) { Array($0) }
    high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
    low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// As the system's calls want it.
  var systemValue: in6_addr {
    var address = in6_addr()
    let bytes = [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
    withUnsafeMutableBytes(of: &address) { $0.copyBytes(from: bytes) }
    return address
  }

  /// The shortest form, as RFC 5952 wants it.
  package var description: String {
    var address = systemValue
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    inet_ntop(AF_INET6, &address, &buffer, socklen_t(buffer.count))
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  package static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }

  /// Valid on one link only (fe80::/10): it needs a scope to be reached.
  package var isLinkLocal: Bool { high >> 54 == 0x3FA }

  /// In today's range of addresses that the internet routes (2000::/3). Unlike 2001:db8::/32, which is documentation.
  package var isGlobalUnicast: Bool { high >> 61 == 1 && high >> 32 != 0x2001_0DB8 }
}

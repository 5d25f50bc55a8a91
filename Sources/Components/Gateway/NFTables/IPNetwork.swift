#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An IPv4 or IPv6 address. Equal addresses are equal however they were written.
package struct IPAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// 4 or 16 bytes, in network order.
  package let bytes: [UInt8]

  package var isIPv4: Bool { bytes.count == 4 }

  /// Nil unless there are 4 or 16 bytes.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Reads text such as `192.168.1.2` or `fe80::1`; nil for anything else, names and zones included.
  package init?(_ text: String) {
    if let bytes = Self.read(text, AF_INET, count: 4) ?? Self.read(text, AF_INET6, count: 16) {
      self.bytes = bytes
    } else {
      return nil
    }
  }

  /// As the system writes it, and nft too.
  package var description: String {
    var text = [CChar](repeating: 0, count: 64)
    guard inet_ntop(isIPv4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  package static func < (left: IPAddress, right: IPAddress) -> Bool {
    (left.bytes.count, left.bytes) < (right.bytes.count, right.bytes)
  }

  private static func read(_ text: String, _ family: CInt, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    return inet_pton(family, text, &bytes) == 1 ? bytes : nil
  }
}

/// Compares byte by byte.
private func < (left: (Int, [UInt8]), right: (Int, [UInt8])) -> Bool {
  left.0 == right.0 ? left.1.lexicographicallyPrecedes(right.1) : left.0 < right.0
}

/// All addresses that begin alike, written `192.168.1.0/24`.
package struct IPNetwork: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The first address: all bits behind the prefix are zero.
  package let address: IPAddress
  /// In bits.
  package let prefix: Int

  /// The network that an address is in; nil when the prefix is longer than the address.
  package init?(_ address: IPAddress, prefix: Int) {
    guard (0...address.bytes.count * 8).contains(prefix) else { return nil }
    let masked = address.bytes.enumerated().map { $1 & Self.mask(byte: $0, prefix) }
    guard let first = IPAddress(bytes: masked) else { return nil }
    (self.address, self.prefix) = (first, prefix)
  }

  /// Reads `ADDRESS/BITS`, or an address alone.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = parts.first.flatMap({ IPAddress(String($0)) }) else { return nil }
    guard parts.count == 2 else {
      self.init(address, prefix: address.bytes.count * 8)
      return
    }
    guard let prefix = Int(parts[1]) else { return nil }
    self.init(address, prefix: prefix)
  }

  package var description: String {
    prefix == address.bytes.count * 8 ? address.description : "\(address)/\(prefix)"
  }

  package func contains(_ other: IPAddress) -> Bool {
    guard other.bytes.count == address.bytes.count else { return false }
    return zip(other.bytes, address.bytes).enumerated().allSatisfy { index, pair in
      pair.0 & Self.mask(byte: index, prefix) == pair.1
    }
  }

  package func contains(_ other: IPNetwork) -> Bool { prefix <= other.prefix && contains(other.address) }

  package static func < (left: IPNetwork, right: IPNetwork) -> Bool {
    left.address == right.address ? left.prefix < right.prefix : left.address < right.address
  }

  /// Sorted, and without what another one contains: an nft interval set takes no overlaps.
  package static func withoutOverlaps(_ networks: some Sequence<IPNetwork>) -> [IPNetwork] {
    var kept: [IPNetwork] = []
    for network in Set(networks).sorted() where kept.last?.contains(network) != true { kept.append(network) }
    return kept
  }

  private static func mask(byte index: Int, _ prefix: Int) -> UInt8 {
    let bits = min(max(prefix - index * 8, 0), 8)
    return bits == 0 ? 0 : UInt8.max << (8 - bits)
  }
}

extension IPNetwork {
  /// Networks that exist inside homes only: RFC 1918, RFC 3927, RFC 4193, and link-local IPv6 (RFC 4291, 2.5.6).
  private static let inner = [
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10",
  ].compactMap { IPNetwork($0) }

  /// True when every address in it is private or link-local.
  package var isPrivate: Bool { Self.inner.contains { $0.contains(self) } }
}

import UPnP

/// Chooses the address under which the internet may know this machine in IPv6. Pure.
enum StableAddress {
  /// Of the addresses in the text of `/proc/net/if_inet6`, one that is global, in use, and stays: no temporary one
  /// (RFC 8981), which is gone within a day or so, and no deprecated one, whose prefix the provider took back.
  ///
  /// Each line has: address, interface number, prefix length, scope, flags, interface name; numbers are hexadecimal
  /// (net/ipv6/addrconf.c, if6_seq_show).
  ///
  /// - Parameter current: kept when it is still among them, so that the choice does not move without need.
  static func choose(_ text: String, current: IPv6Address?) -> IPv6Address? {
    let usable = text.split(separator: "\n").prefix(256).compactMap(parse)
    if let current, usable.contains(current) { return current }
    return usable.min()
  }

  private static let temporary: UInt32 = 0x01
  private static let failedDuplicateCheck: UInt32 = 0x08
  private static let deprecated: UInt32 = 0x20
  private static let tentative: UInt32 = 0x40

  private static func parse(_ line: Substring) -> IPv6Address? {
    let fields = line.split(separator: " ")
    guard fields.count == 6, fields[0].utf8.count == 32, fields[3] == "00", fields[5] != "lo",
      let high = UInt64(fields[0].prefix(16), radix: 16), let low = UInt64(fields[0].suffix(16), radix: 16),
      let flags = UInt32(fields[4], radix: 16)
    else { return nil }
    let unfit = temporary | failedDuplicateCheck | deprecated | tentative
    let address = IPv6Address(high: high, low: low)
    return flags & unfit == 0 && address.isGlobalUnicast ? address : nil
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The networks that this machine's own interfaces are in.
package enum LocalNetworks {
  /// The private and link-local ones of all interfaces that are up and not loopback: who `lan` is.
  /// - Throws: `NFTablesError` with code `system`.
  package static func lan() throws(NFTablesError) -> [IPNetwork] {
    IPNetwork.withoutOverlaps(try all().filter(\.isPrivate))
  }

  private static func all() throws(NFTablesError) -> [IPNetwork] {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else {
      throw NFTablesError(.system, "the system does not tell its network addresses (error \(errno))")
    }
    defer { freeifaddrs(first) }
    var networks: [IPNetwork] = []
    var next = first
    while let entry = next?.pointee {
      next = entry.ifa_next
      let isUsable = entry.ifa_flags & UInt32(bitPattern: upFlag) != 0 && entry.ifa_flags & loopbackFlag == 0
      guard isUsable, let address = bytes(entry.ifa_addr), let mask = bytes(entry.ifa_netmask) else { continue }
      let prefix = mask.reduce(0) { $0 + $1.nonzeroBitCount }
      if let network = IPAddress(bytes: address).flatMap({ IPNetwork($0, prefix: prefix) }) { networks.append(network) }
    }
    return networks
  }

  private static let upFlag: Int32 = 0x1
  private static let loopbackFlag: UInt32 = 0x8

  private static func bytes(_ address: UnsafeMutablePointer<sockaddr>?) -> [UInt8]? {
    guard let address else { return nil }
    switch Int32(address.pointee.sa_family) {
    case AF_INET:
      return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
        withUnsafeBytes(of: pointer.pointee.sin_addr) { Array($0) }
      }
    case AF_INET6:
      return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
        withUnsafeBytes(of: pointer.pointee.sin6_addr) { Array($0) }
      }
    default: return nil
    }
  }
}

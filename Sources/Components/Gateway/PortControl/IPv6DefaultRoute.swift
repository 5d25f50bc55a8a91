#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The home's router for IPv6, by the machine's own routing table. It is mostly known by a link-local address, hence
/// only together with a network interface.
package enum IPv6DefaultRoute {
  /// A router, and the name of the interface that leads to it.
  package struct Hop: Hashable, Sendable {
    package let address: ControlAddress
    package let interface: String
  }

  /// The best default gateway of the calling thread's network namespace; nil when there is none, or when the routing
  /// table cannot be read.
  static func gateway() -> ControlEndpoint? {
    guard let file = fopen("/proc/thread-self/net/ipv6_route", "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 256 * 1024)
    let count = fread(&bytes, 1, bytes.count, file)
    guard let hop = gateways(inRouteTable: String(decoding: bytes.prefix(count), as: UTF8.self)).first else {
      return nil
    }
    return ControlEndpoint(hop.address, scope: hop.address.isLinkLocal ? if_nametoindex(hop.interface) : 0)
  }

  /// The gateways of all default routes in the text of `/proc/net/ipv6_route`, best metric first.
  ///
  /// Each line has: destination and its length, source and its length, next hop, metric, reference count, use, flags
  /// and interface; all but the last in hexadecimal, addresses in the order of the wire (proc(5)).
  package static func gateways(inRouteTable text: String) -> [Hop] {
    text.split(separator: "\n").compactMap(parse).sorted { $0.metric < $1.metric }.map(\.hop)
  }

  private static func parse(_ line: Substring) -> (hop: Hop, metric: UInt32)? {
    let fields = line.split { $0 == " " || $0 == "\t" }
    guard fields.count == 10, fields[0].allSatisfy({ $0 == "0" }), fields[1] == "00", fields[4].count == 32,
      let high = UInt64(fields[4].prefix(16), radix: 16), let low = UInt64(fields[4].suffix(16), radix: 16),
      (high, low) != (0, 0), let metric = UInt32(fields[5], radix: 16)
    else { return nil }
    return (Hop(address: ControlAddress(high: high, low: low), interface: String(fields[9])), metric)
  }
}

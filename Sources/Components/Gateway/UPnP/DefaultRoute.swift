#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The home's router by the machine's own routing table: where packets for the internet go.
package enum DefaultRoute {
  /// The default gateways of the calling thread's network namespace, best metric first; none when the routing table
  /// cannot be read, so that "none" means "unknown".
  package static func gateways() -> [IPv4Address] {
    gateways(inRouteTable: contents(of: "/proc/thread-self/net/route"))
  }

  /// The same for IPv6. Most gateways of IPv6 have addresses of one link, so that the interface belongs to them.
  package static func gatewaysV6() -> [(address: IPv6Address, interface: String)] {
    gatewaysV6(inRouteTable: contents(of: "/proc/thread-self/net/ipv6_route"))
  }

  private static func contents(of path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 64 * 1024)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  /// The gateways of all IPv4 default routes in the text of `/proc/net/route`, best metric first.
  ///
  /// Each line has: interface, destination, gateway, flags, reference count, use, metric, mask and more; addresses
  /// are hexadecimal in the byte order of the machine, which is little-endian wherever we run (proc(5)).
  package static func gateways(inRouteTable text: String) -> [IPv4Address] {
    text.split(separator: "\n").dropFirst().compactMap(parse).sorted { $0.metric < $1.metric }.map(\.gateway)
  }

  private static func parse(_ line: Substring) -> (gateway: IPv4Address, metric: Int)? {
    let fields = line.split { $0 == "\t" || $0 == " " }
    guard fields.count > 7, fields[1] == "00000000", fields[7] == "00000000",
      let gateway = UInt32(fields[2], radix: 16), gateway != 0, let metric = Int(fields[6])
    else { return nil }
    return (IPv4Address(rawValue: gateway.byteSwapped), metric)
  }

  /// The gateways of all IPv6 default routes in the text of `/proc/net/ipv6_route`, best metric first.
  ///
  /// Each line has: destination, its prefix length, source, its prefix length, gateway, metric, reference count, use,
  /// flags and interface, all but the last hexadecimal.
  package static func gatewaysV6(inRouteTable text: String) -> [(address: IPv6Address, interface: String)] {
    text.split(separator: "\n").compactMap(parseV6).sorted { $0.metric < $1.metric }.map { ($0.gateway, $0.interface) }
  }

  private static func parseV6(_ line: Substring) -> (gateway: IPv6Address, interface: String, metric: UInt32)? {
    let fields = line.split(separator: " ")
    let zero = String(repeating: "0", count: 32)
    guard fields.count == 10, fields[0] == zero, fields[1] == "00", fields[4] != zero, fields[4].utf8.count == 32,
      let high = UInt64(fields[4].prefix(16), radix: 16), let low = UInt64(fields[4].suffix(16), radix: 16),
      let metric = UInt32(fields[5], radix: 16)
    else { return nil }
    return (IPv6Address(high: high, low: low), String(fields[9]), metric)
  }
}

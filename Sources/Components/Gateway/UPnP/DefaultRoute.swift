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
    guard let file = fopen("/proc/thread-self/net/route", "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 64 * 1024)
    let count = fread(&bytes, 1, bytes.count, file)
    return gateways(inRouteTable: String(decoding: bytes.prefix(count), as: UTF8.self))
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
}

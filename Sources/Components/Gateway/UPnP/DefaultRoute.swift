/// The home's router by the machine's own routing table: where packets for the internet go.
enum DefaultRoute {
  /// The gateways of all IPv4 default routes in the text of `/proc/net/route`, best metric first.
  ///
  /// Each line has: interface, destination, gateway, flags, reference count, use, metric, mask and more; addresses
  /// are hexadecimal in the byte order of the machine, which is little-endian wherever we run (proc(5)).
  static func gateways(inRouteTable text: String) -> [IPv4Address] {
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

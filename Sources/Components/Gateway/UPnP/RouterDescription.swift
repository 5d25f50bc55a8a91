/// Pure choices about what devices on the home's network say of themselves.
enum RouterDescription {
  /// The IPv4 address in `http://ADDRESS[:PORT]/…`; nil for anything else. Names are refused: a device describes
  /// itself by the address it answers from.
  static func host(ofURL url: String) -> IPv4Address? {
    guard url.lowercased().hasPrefix("http://") else { return nil }
    let rest = url.dropFirst("http://".count)
    return IPv4Address(rest.prefix { $0 != "/" && $0 != ":" && $0 != "?" })
  }

  /// Description URLs worth asking, best first: those of the machine's default gateway, then others; each once, no
  /// more than `limit`. A media server posing as a router thus never wins by answering first.
  static func candidates(_ urls: [String], defaultGateways: [IPv4Address], limit: Int = 8) -> [String] {
    var seen = Set<String>()
    let valid = urls.filter { host(ofURL: $0) != nil && seen.insert($0).inserted }
    let isGateway = { (url: String) in host(ofURL: url).map(defaultGateways.contains) ?? false }
    return Array((valid.filter(isGateway) + valid.filter { !isGateway($0) }).prefix(limit))
  }

  /// True when `searchTarget` (ST of an SSDP answer) belongs to something that may forward ports.
  static func mayForwardPorts(searchTarget: String) -> Bool {
    ["InternetGatewayDevice:", "WANIPConnection:", "WANPPPConnection:", "upnp:rootdevice"]
      .contains { searchTarget.contains($0) }
  }
}

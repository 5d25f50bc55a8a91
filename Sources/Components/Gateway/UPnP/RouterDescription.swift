/// Pure choices about what devices on the home's network say of themselves.
enum RouterDescription {
  /// The IPv4 address in `http://ADDRESS[:PORT]/…`; nil for anything else. Names are refused: a device describes
  /// itself by the address it answers from.
  static func host(ofURL url: String) -> IPv4Address? {
    guard url.lowercased().hasPrefix("http://") else { return nil }
    let rest = url.dropFirst("http://".count)
    return IPv4Address(rest.prefix { $0 != "/" && $0 != ":" && $0 != "?" })
  }

  /// Description URLs worth asking, each once, no more than `limit`.
  ///
  /// Where the machine knows its default gateways, only theirs: any device of the home can answer a search, replies
  /// would not leave through it, and libminiupnpc reads whatever it sends without a limit.
  static func candidates(_ urls: [String], defaultGateways: [IPv4Address], limit: Int = 8) -> [String] {
    var seen = Set<String>()
    let valid = urls.filter { url in
      guard let host = host(ofURL: url), seen.insert(url).inserted else { return false }
      return defaultGateways.isEmpty || defaultGateways.contains(host)
    }
    return Array(valid.prefix(limit))
  }

  /// True when `searchTarget` (ST of an SSDP answer) belongs to something that may forward ports.
  static func mayForwardPorts(searchTarget: String) -> Bool {
    ["InternetGatewayDevice:", "WANIPConnection:", "WANPPPConnection:", "upnp:rootdevice"]
      .contains { searchTarget.contains($0) }
  }
}

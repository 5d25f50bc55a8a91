/// One host by its number, and a port: the only place that an exchange may connect to.
///
/// Names are not understood on purpose. A device describes itself by the address it answers from, and looking names
/// up would let whoever answers the lookup choose where we connect.
struct WebEndpoint: Hashable, Sendable, CustomStringConvertible {
  /// An address of the home's network.
  enum Host: Hashable, Sendable {
    case v4(IPv4Address)
    /// With the interface a link-local address is valid on.
    case v6(IPv6Address, scope: String?)
  }

  let host: Host
  let port: UInt16

  /// As in a URL or a Host header, without a scope: that is of this machine only (RFC 6874 section 3).
  var description: String {
    switch host {
    case .v4(let address): "\(address):\(port)"
    case .v6(let address, _): "[\(address)]:\(port)"
    }
  }
}

/// An `http` URL whose host is an address.
struct WebAddress: Hashable, Sendable, CustomStringConvertible {
  /// More than any router needs; libminiupnpc itself stops at 128.
  private static let longest = 1024

  let endpoint: WebEndpoint
  /// From the first slash on, with the query.
  let path: String

  init(endpoint: WebEndpoint, path: String) {
    (self.endpoint, self.path) = (endpoint, path)
  }

  /// Reads `http://ADDRESS[:PORT][/PATH]`, where ADDRESS is an IPv4 address, or an IPv6 address in brackets, with a
  /// scope after `%25` or `%`. Nil for names, other schemes, and characters that do not belong into a request line.
  init?(_ text: some StringProtocol) {
    guard text.utf8.count <= Self.longest, text.lowercased().hasPrefix("http://"), Self.isPlain(text) else {
      return nil
    }
    let rest = text.dropFirst("http://".count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard let endpoint = Self.endpoint(authority) else { return nil }
    self.endpoint = endpoint
    path = Self.path(rest.dropFirst(authority.count))
  }

  var description: String { "http://\(endpoint)\(path)" }

  /// What `reference` means on a page at this address (RFC 3986 section 5, for the few forms that routers write);
  /// nil for what is neither a path nor an `http` URL.
  func resolving(_ reference: String) -> WebAddress? {
    guard !reference.isEmpty, reference.utf8.count <= Self.longest, Self.isPlain(reference) else { return nil }
    if reference.contains("://") { return WebAddress(reference) }
    if reference.hasPrefix("//") { return WebAddress("http:" + reference) }
    if reference.hasPrefix("/") { return WebAddress(endpoint: endpoint, path: Self.path(reference[...])) }
    let folder = path.prefix { $0 != "?" }.lastIndex(of: "/").map { path[...$0] } ?? "/"
    return WebAddress(endpoint: endpoint, path: Self.path(folder + reference))
  }

  private static func isPlain(_ text: some StringProtocol) -> Bool {
    text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  private static func path(_ rest: some StringProtocol) -> String {
    let path = rest.prefix { $0 != "#" }
    return path.hasPrefix("/") ? String(path) : "/" + path
  }

  private static func endpoint(_ authority: some StringProtocol) -> WebEndpoint? {
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]"),
        let host = v6(authority[authority.index(after: authority.startIndex)..<end]),
        let port = port(authority[authority.index(after: end)...])
      else { return nil }
      return WebEndpoint(host: host, port: port)
    }
    let host = authority.prefix { $0 != ":" }
    guard let address = IPv4Address(host), let port = port(authority.dropFirst(host.count)) else { return nil }
    return WebEndpoint(host: .v4(address), port: port)
  }

  private static func v6(_ text: some StringProtocol) -> WebEndpoint.Host? {
    let address = text.prefix { $0 != "%" }
    var scope = text.dropFirst(address.count).dropFirst()
    if scope.hasPrefix("25") { scope = scope.dropFirst(2) }
    guard let address = IPv6Address(address), scope.utf8.count <= 15 else { return nil }
    return .v6(address, scope: scope.isEmpty ? nil : String(scope))
  }

  /// 80 for nothing; nil for anything but a colon and a number that is a port.
  private static func port(_ text: some StringProtocol) -> UInt16? {
    if text.isEmpty { return 80 }
    guard text.hasPrefix(":"), text.dropFirst().utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return UInt16(text.dropFirst()).flatMap { $0 > 0 ? $0 : nil }
  }
}

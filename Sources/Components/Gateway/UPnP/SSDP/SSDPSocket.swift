#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The socket of a search or a watch: the group of SSDP on one interface, IPv4.
enum SSDPSocket {
  static let group = IPv4Address(rawValue: 0xEFFF_FFFA)
  static let port: UInt16 = 1900
  /// Routers between us and the group may pass a question on once (UPnP Device Architecture 1.1, section 1.1.2).
  private static let hops: UInt8 = 2

  /// A socket that sends to the group through `interface`: a name, one of this machine's addresses, or nil for the
  /// system's choice.
  ///
  /// - Throws: `UPnPError` with code `invalidRequest` for an interface that is not there, `system` otherwise.
  static func searching(on interface: String?) throws(UPnPError) -> NetworkSocket {
    let socket = try NetworkSocket.open(AF_INET, .datagram)
    try socket.setOption(CInt(IPPROTO_IP), CInt(IP_MULTICAST_TTL), hops)
    try socket.setOption(CInt(IPPROTO_IP), CInt(IP_MULTICAST_LOOP), UInt8(0))
    if let interface {
      let membership = try membership(interface)
      try socket.setOption(CInt(IPPROTO_IP), CInt(IP_MULTICAST_IF), membership)
    }
    return socket
  }

  /// A socket that hears what is announced to the group. Others may listen at the same port.
  ///
  /// - Throws: as `searching`.
  static func watching(on interface: String?) throws(UPnPError) -> NetworkSocket {
    let socket = try NetworkSocket.open(AF_INET, .datagram)
    try socket.setOption(SOL_SOCKET, SO_REUSEADDR, CInt(1))
    #if canImport(Darwin)
      try socket.setOption(SOL_SOCKET, SO_REUSEPORT, CInt(1))
    #endif
    try socket.bind(to: WebEndpoint(host: .v4(group), port: port))
    try socket.setOption(CInt(IPPROTO_IP), CInt(IP_ADD_MEMBERSHIP), try membership(interface))
    return socket
  }

  private static func membership(_ interface: String?) throws(UPnPError) -> ip_mreqn {
    var membership = ip_mreqn()
    membership.imr_multiaddr.s_addr = group.rawValue.bigEndian
    guard let interface else { return membership }
    if let address = IPv4Address(interface) {
      membership.imr_address.s_addr = address.rawValue.bigEndian
      return membership
    }
    membership.imr_ifindex = CInt(bitPattern: if_nametoindex(interface))
    guard membership.imr_ifindex > 0 else {
      throw UPnPError(.invalidRequest, "this machine has no network interface '\(UPnPError.printable(interface))'")
    }
    return membership
  }
}

extension SSDPSearch {
  /// Runs a search on the calling thread.
  ///
  /// - Throws: `UPnPError` with code `invalidRequest` or `system` when no search can be sent, `deadlineExceeded` when
  ///   interrupted.
  static func run(
    interface: String?,
    gateways: [IPv4Address],
    patience: Duration,
    _ interruption: Interruption
  ) throws(UPnPError) -> SSDPSearch {
    let socket = try SSDPSocket.searching(on: interface)
    let start = ContinuousClock.now
    var search = SSDPSearch(gateways: gateways, patience: patience, at: .zero)
    while true {
      let now = start.duration(to: .now)
      switch search.directive(at: now) {
      case .end: return search
      case .send: ask(socket, gateways)
      case .listen(let until):
        guard try interruption.wait(for: CInt(POLLIN), on: socket.file, atMost: until - now) == .ready else { continue }
        guard let (bytes, sender) = socket.receiveDatagram(limit: SSDPMessage.longest + 1) else { continue }
        if case .v4(let address) = sender.host { search.take(bytes, from: address, at: start.duration(to: .now)) }
      }
    }
  }

  /// What cannot be sent now (no route yet, a full queue) is sent again later.
  private static func ask(_ socket: NetworkSocket, _ gateways: [IPv4Address]) {
    let everybody = WebEndpoint(host: .v4(SSDPSocket.group), port: SSDPSocket.port)
    for target in SSDPMessage.searchTargets {
      _ = socket.send(
        SSDPMessage.search(target, host: "\(SSDPSocket.group)", isMulticast: true),
        to: everybody
      )
    }
    for gateway in gateways.prefix(4) {
      let one = WebEndpoint(host: .v4(gateway), port: SSDPSocket.port)
      for target in SSDPMessage.searchTargets {
        _ = socket.send(SSDPMessage.search(target, host: "\(gateway)", isMulticast: false), to: one)
      }
    }
  }
}

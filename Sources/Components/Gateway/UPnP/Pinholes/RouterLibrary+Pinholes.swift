internal import CMiniUPnPc

/// libminiupnpc's calls to a router's IPv6 firewall.
extension RouterLibrary {
  func firewallStatus() throws(UPnPError) -> IPv6FirewallStatus {
    var (isEnabled, allowsPinholes) = (Int32(0), Int32(0))
    try ask("tell how its IPv6 firewall is set") { UPNP_GetFirewallStatus($0, $1, &isEnabled, &allowsPinholes) }
    return IPv6FirewallStatus(isEnabled: isEnabled != 0, allowsPinholes: allowsPinholes != 0)
  }

  func addPinhole(_ request: PinholeRequest) throws(UPnPError) -> UInt16 {
    var id = Self.buffer
    try ask("open \(request.transport.rawValue) \(request.port) of \(request.client) in its IPv6 firewall") {
      UPNP_AddPinhole(
        $0,
        $1,
        "",
        "0",
        request.client.description,
        String(request.port),
        String(request.transport.number),
        String(request.lease),
        &id
      )
    }
    guard let number = UInt16(Self.text(id)) else {
      throw UPnPError(.badAnswer, "the router opened its IPv6 firewall without telling the number of the opening")
    }
    return number
  }

  func updatePinhole(_ id: UInt16, lease: UInt32) throws(UPnPError) {
    guard (1...PinholeRequest.longestLease).contains(lease) else {
      throw UPnPError(
        .invalidRequest,
        "an IPv6 opening lasts 1 to \(PinholeRequest.longestLease) seconds, not \(lease)"
      )
    }
    let action = "keep opening \(id) of its IPv6 firewall"
    let code = try ask(action, expecting: { Self.isGone($0) }) { UPNP_UpdatePinhole($0, $1, String(id), String(lease)) }
    if Self.isGone(code) { throw .refused(.noSuchPinhole, action) }
  }

  func deletePinhole(_ id: UInt16) throws(UPnPError) {
    try ask("close opening \(id) of its IPv6 firewall", expecting: { Self.isGone($0) }) {
      UPNP_DeletePinhole($0, $1, String(id))
    }
  }

  func checkPinhole(_ id: UInt16) throws(UPnPError) -> PinholeState {
    var isWorking = Int32(0)
    let code = try ask(
      "tell about opening \(id) of its IPv6 firewall",
      expecting: { Self.isGone($0) || Self.isUnused($0) }
    ) {
      UPNP_CheckPinholeWorking($0, $1, String(id), &isWorking)
    }
    if Self.isGone(code) { return .gone }
    return Self.isUnused(code) || isWorking == 0 ? .unused : .used
  }

  /// 704; miniupnpd says 402 instead of an opening that it no longer has. A number is all we send, so nothing else can be
  /// wrong about it.
  private static func isGone(_ code: Int32) -> Bool {
    code == UPnPErrorCode.noSuchPinhole.rawValue || code == UPnPErrorCode.invalidArguments.rawValue
  }

  private static func isUnused(_ code: Int32) -> Bool { code == UPnPErrorCode.noPacketSent.rawValue }
}

extension TransportProtocol {
  /// As IP names it (IANA protocol numbers).
  fileprivate var number: UInt8 { self == .tcp ? 6 : 17 }
}

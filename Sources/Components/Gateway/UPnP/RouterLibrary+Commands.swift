internal import CMiniUPnPc

/// libminiupnpc's port mapping calls.
extension RouterLibrary {
  /// Whether the service's connection is up, and for how many seconds.
  func connection() throws(UPnPError) -> (isUp: Bool, uptime: UInt32?) {
    var (status, lastError, uptime) = (Self.buffer, Self.buffer, UInt32(0))
    try ask("tell how its connection is") { UPNP_GetStatusInfo($0, $1, &status, &uptime, &lastError) }
    return (["connected", "up"].contains(Self.text(status).lowercased()), uptime > 0 ? uptime : nil)
  }

  /// The router's outer address; nil when it names none.
  func externalAddress() throws(UPnPError) -> IPv4Address? {
    var address = Self.buffer
    // An empty answer is how routers without a connection put it; the library calls that an unknown error.
    try ask("tell its public address", expecting: { $0 == UPNPCOMMAND_UNKNOWN_ERROR }) {
      UPNP_GetExternalIPAddress($0, $1, &address)
    }
    let text = Self.text(address)
    if text.isEmpty || text == "0.0.0.0" { return nil }
    guard let parsed = IPv4Address(text) else {
      throw UPnPError(.badAnswer, "the router names '\(UPnPError.printable(text))' as its public address")
    }
    return parsed
  }

  /// Asks for a mapping. A success is the library's word only: it takes any answer without an error code for a yes.
  func add(_ request: PortMappingRequest) throws(UPnPError) {
    try ask("forward \(request.key)") {
      UPNP_AddPortMapping(
        $0,
        $1,
        String(request.key.externalPort),
        String(request.internalPort),
        request.client.description,
        request.label,
        request.key.transport.rawValue,
        nil,
        String(request.lease)
      )
    }
  }

  /// Reads one mapping; nil when the router says that there is none.
  func entry(_ key: PortMappingKey) throws(UPnPError) -> PortMapping? {
    var entry = EntryBuffers()
    let code = try ask("show the mapping of \(key)", expecting: { Self.isAbsent($0) }) {
      UPNP_GetSpecificPortMappingEntry(
        $0,
        $1,
        String(key.externalPort),
        key.transport.rawValue,
        nil,
        &entry.client,
        &entry.port,
        &entry.label,
        &entry.enabled,
        &entry.lease
      )
    }
    return Self.isAbsent(code) ? nil : try entry.mapping(key)
  }

  /// Reads the mapping at a place of the router's list; nil at its end.
  func entry(at index: Int) throws(UPnPError) -> PortMapping? {
    var entry = EntryBuffers()
    var (external, transport, remote) = (Self.buffer, Self.buffer, Self.buffer)
    let code = try ask("list its mappings", expecting: { Self.isEndOfList($0, index) }) {
      UPNP_GetGenericPortMappingEntry(
        $0,
        $1,
        String(index),
        &external,
        &entry.client,
        &entry.port,
        &transport,
        &entry.label,
        &entry.enabled,
        &remote,
        &entry.lease
      )
    }
    if Self.isEndOfList(code, index) { return nil }
    guard let externalPort = UInt16(Self.text(external)),
      let transport = TransportProtocol(rawValue: Self.text(transport).uppercased())
    else { throw UPnPError(.badAnswer, "the router's list of mappings has an entry without a readable port") }
    return try entry.mapping(PortMappingKey(transport, externalPort))
  }

  /// Removes a mapping; an absent one is fine.
  func delete(_ key: PortMappingKey) throws(UPnPError) {
    try ask("remove the mapping of \(key)", expecting: { Self.isAbsent($0) }) {
      UPNP_DeletePortMapping($0, $1, String(key.externalPort), key.transport.rawValue, nil)
    }
  }

  private static func isAbsent(_ code: Int32) -> Bool { code == UPnPErrorCode.noSuchEntry.rawValue }

  /// 713 ends a list; some routers say 714, 402 or 501 instead, believed only after a first entry.
  private static func isEndOfList(_ code: Int32, _ index: Int) -> Bool {
    switch UPnPErrorCode(rawValue: Int(code)) {
    case .endOfList, .noSuchEntry: true
    case .invalidArguments, .actionFailed: index > 0
    default: false
    }
  }
}

/// What the library fills in about one mapping.
private struct EntryBuffers {
  var client = RouterLibrary.buffer
  var port = RouterLibrary.buffer
  var label = RouterLibrary.buffer
  var enabled = RouterLibrary.buffer
  var lease = RouterLibrary.buffer

  /// - Throws: `UPnPError` with code `badAnswer` when something is missing.
  func mapping(_ key: PortMappingKey) throws(UPnPError) -> PortMapping {
    // The lease is the last field of an answer: without it the answer was cut, and the label may be missing too.
    let (host, remaining) = (RouterLibrary.text(client), RouterLibrary.text(lease))
    guard let internalPort = UInt16(RouterLibrary.text(port)), !host.isEmpty, !remaining.isEmpty else {
      throw UPnPError(.badAnswer, "the router's answer about \(key) is incomplete")
    }
    return PortMapping(
      key: key,
      client: host,
      internalPort: internalPort,
      label: RouterLibrary.text(label),
      isEnabled: RouterLibrary.text(enabled) != "0",
      remainingLease: Self.seconds(remaining)
    )
  }

  /// Nonsense, as from a router whose clock jumped, counts as not said.
  private static func seconds(_ text: String) -> UInt32 { UInt32(text) ?? 0 }
}

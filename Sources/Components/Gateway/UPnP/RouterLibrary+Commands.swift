internal import CMiniUPnPc

/// libminiupnpc's port mapping calls. Everything here blocks: call it through `BlockingCalls` only.
///
/// The library writes at most 80 bytes into any of the buffers below; ours are larger, zeroed, and read up to
/// their first zero.
extension RouterLibrary {
  private static var buffer: [CChar] { [CChar](repeating: 0, count: 256) }

  /// Whether the service's connection is up, and for how many seconds.
  static func connection(_ point: ControlPoint) throws(UPnPError) -> (isUp: Bool, uptime: UInt32?) {
    var (status, lastError, uptime) = (buffer, buffer, UInt32(0))
    try check(
      UPNP_GetStatusInfo(point.url, point.serviceType, &status, &uptime, &lastError),
      "tell how its connection is"
    )
    return (["connected", "up"].contains(text(status).lowercased()), uptime > 0 ? uptime : nil)
  }

  /// True when the service says that its connection is up; false when it says otherwise or does not answer.
  static func isConnected(_ point: ControlPoint) -> Bool {
    (try? connection(point).isUp) ?? false
  }

  /// The router's outer address; nil when it names none.
  static func externalAddress(_ point: ControlPoint) throws(UPnPError) -> IPv4Address? {
    var address = buffer
    let code = UPNP_GetExternalIPAddress(point.url, point.serviceType, &address)
    // An empty answer is how routers without a connection put it; the library calls that an unknown error.
    if code == UPNPCOMMAND_UNKNOWN_ERROR { return nil }
    try check(code, "tell its public address")
    let text = text(address)
    if text.isEmpty || text == "0.0.0.0" { return nil }
    guard let parsed = IPv4Address(text) else {
      throw UPnPError(.badAnswer, "the router names '\(UPnPError.printable(text))' as its public address")
    }
    return parsed
  }

  /// Asks for a mapping. A success is the library's word only: it takes any answer without an error code for a yes.
  static func add(_ request: PortMappingRequest, _ point: ControlPoint) throws(UPnPError) {
    let code = UPNP_AddPortMapping(
      point.url,
      point.serviceType,
      String(request.key.externalPort),
      String(request.internalPort),
      request.client.description,
      request.label,
      request.key.transport.rawValue,
      nil,
      String(request.lease)
    )
    try check(code, "forward \(request.key)")
  }

  /// Reads one mapping; nil when the router says that there is none.
  static func entry(_ key: PortMappingKey, _ point: ControlPoint) throws(UPnPError) -> PortMapping? {
    var (client, port, label, enabled, lease) = (buffer, buffer, buffer, buffer, buffer)
    let code = UPNP_GetSpecificPortMappingEntry(
      point.url,
      point.serviceType,
      String(key.externalPort),
      key.transport.rawValue,
      nil,
      &client,
      &port,
      &label,
      &enabled,
      &lease
    )
    if code == UPnPErrorCode.noSuchEntry.rawValue { return nil }
    try check(code, "show the mapping of \(key)")
    return try mapping(key, client: client, port: port, label: label, enabled: enabled, lease: lease)
  }

  /// Reads the mapping at a place of the router's list; nil at its end.
  static func entry(at index: Int, _ point: ControlPoint) throws(UPnPError) -> PortMapping? {
    var (external, client, port, transport) = (buffer, buffer, buffer, buffer)
    var (label, enabled, remote, lease) = (buffer, buffer, buffer, buffer)
    let code = UPNP_GetGenericPortMappingEntry(
      point.url,
      point.serviceType,
      String(index),
      &external,
      &client,
      &port,
      &transport,
      &label,
      &enabled,
      &remote,
      &lease
    )
    if isEndOfList(code, index) { return nil }
    try check(code, "list its mappings")
    guard let externalPort = UInt16(text(external)),
      let transport = TransportProtocol(rawValue: text(transport).uppercased())
    else { throw UPnPError(.badAnswer, "the router's list of mappings has an entry without a readable port") }
    return try mapping(
      PortMappingKey(transport, externalPort),
      client: client,
      port: port,
      label: label,
      enabled: enabled,
      lease: lease
    )
  }

  /// Removes a mapping; an absent one is fine.
  static func delete(_ key: PortMappingKey, _ point: ControlPoint) throws(UPnPError) {
    let code = UPNP_DeletePortMapping(
      point.url,
      point.serviceType,
      String(key.externalPort),
      key.transport.rawValue,
      nil
    )
    if code == UPnPErrorCode.noSuchEntry.rawValue { return }
    try check(code, "remove the mapping of \(key)")
  }

  /// 713 ends a list; some routers say 714, 402 or 501 instead, believed only after a first entry.
  private static func isEndOfList(_ code: Int32, _ index: Int) -> Bool {
    switch UPnPErrorCode(rawValue: Int(code)) {
    case .endOfList, .noSuchEntry: true
    case .invalidArguments, .actionFailed: index > 0
    default: false
    }
  }

  private static func mapping(
    _ key: PortMappingKey,
    client: [CChar],
    port: [CChar],
    label: [CChar],
    enabled: [CChar],
    lease: [CChar]
  ) throws(UPnPError) -> PortMapping {
    // The lease is the last field of an answer: without it the answer was cut, and the label may be missing too.
    guard let internalPort = UInt16(text(port)), !text(client).isEmpty, let remainingLease = UInt32(text(lease)) else {
      throw UPnPError(.badAnswer, "the router's answer about \(key) is incomplete")
    }
    return PortMapping(
      key: key,
      client: text(client),
      internalPort: internalPort,
      label: text(label),
      isEnabled: text(enabled) != "0",
      remainingLease: remainingLease
    )
  }

  /// Turns a result of the library into our error; positive numbers are the router's own.
  private static func check(_ code: Int32, _ action: String) throws(UPnPError) {
    switch code {
    case UPNPCOMMAND_SUCCESS: return
    case UPNPCOMMAND_HTTP_ERROR:
      throw UPnPError(.unreachable, "the router does not answer when asked to \(action); is it on, and UPnP enabled?")
    case UPNPCOMMAND_MEM_ALLOC_ERROR:
      throw UPnPError(.system, "out of memory while asking the router to \(action)")
    case UPNPCOMMAND_INVALID_ARGS:
      throw UPnPError(.invalidRequest, "libminiupnpc cannot send the request to \(action)")
    case ..<0:
      throw UPnPError(.badAnswer, "the router's answer when asked to \(action) is not a UPnP answer")
    default:
      throw .refused(UPnPErrorCode(rawValue: Int(code)), action)
    }
  }
}

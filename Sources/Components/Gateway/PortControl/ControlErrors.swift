package import UPnP

extension UPnPError {
  /// A refusal in NAT-PMP (RFC 6886 section 3.5).
  static func natPMP(_ result: NATPMPResult, _ action: String) -> UPnPError {
    switch result {
    case .unsupportedVersion: refused(.invalidAction, action, "it does not speak NAT-PMP any more")
    case .notAuthorized: refused(.notAuthorized, action, notAuthorized)
    case .networkFailure: refused(.actionFailed, action, noAddress)
    case .outOfResources: refused(.noPortsAvailable, action, tableFull)
    case .unsupportedOpcode: refused(.invalidAction, action, "it cannot do this in NAT-PMP")
    default: refused(.actionFailed, action, "it gives a reason that the standard does not know (\(result.rawValue))")
    }
  }

  /// A refusal in PCP (RFC 6887 section 7.4).
  ///
  /// - Parameter retryAfter: in how many seconds the router says that asking again may help; 0 when it does not.
  static func pcp(_ result: PCPResult, _ action: String, retryAfter: UInt32) -> UPnPError {
    let hint = retryAfter > 0 ? "; it says that asking again helps in \(retryAfter) s at the earliest" : ""
    let (code, reason) = pcpReason(result)
    return UPnPError(code, "the router refuses to \(action): \(reason)\(hint)")
  }

  private static func pcpReason(_ result: PCPResult) -> (Code, String) {
    switch result {
    case .unsupportedVersion: (.refused(.invalidAction), "it does not speak PCP version 2 any more")
    case .notAuthorized: (.refused(.notAuthorized), notAuthorized)
    case .unsupportedOpcode, .unsupportedOption: (.refused(.invalidAction), "it cannot do this in PCP")
    case .malformedRequest, .malformedOption: (.refused(.invalidArguments), "it does not understand the request")
    case .networkFailure: (.refused(.actionFailed), noAddress)
    case .noResources: (.refused(.noPortsAvailable), tableFull)
    case .unsupportedProtocol: (.refused(.invalidArguments), "it cannot forward this transport")
    case .userExceededQuota:
      (.refused(.noPortsAvailable), "this machine holds as many ports as it may; free ports that nobody needs")
    case .cannotProvideExternal:
      (
        .conflict(holder: nil),
        "the port is taken by another device or not allowed, and the router does not say which; look at its list of "
          + "forwarded ports, or choose another public port"
      )
    case .addressMismatch:
      (
        .refused(.notAuthorized),
        "it sees another address than this machine's own, so another router stands between the two; connect this "
          + "machine directly to the home's router, or switch the one in between to bridge mode"
      )
    case .excessiveRemotePeers: (.refused(.noPortsAvailable), "too many senders are named for this port")
    default: (.refused(.actionFailed), "it gives a reason that the standard does not know (\(result.rawValue))")
    }
  }

  private static func refused(_ code: UPnPErrorCode, _ action: String, _ reason: String) -> UPnPError {
    UPnPError(.refused(code), "the router refuses to \(action): \(reason)")
  }

  private static let notAuthorized =
    "port forwarding is switched off, or not allowed for this port or this machine; allow it in the router's settings"
  private static let noAddress =
    "it has no address on the internet itself at the moment; look whether its own connection is up"
  private static let tableFull = "its table is full; remove mappings that nobody needs, or restart it"

  /// Nothing came back in time.
  static func silent(_ method: PortMappingMethod, _ router: ControlEndpoint, _ purpose: String) -> UPnPError {
    UPnPError(
      .unreachable,
      "the router \(router) did not answer when asked in \(method.title) to \(purpose); if this stays so, look whether "
        + "the router is up and whether \(method.title) is switched on in its settings"
    )
  }
}

extension PortMappingMethod {
  /// The protocol's name for people.
  package var title: String {
    switch self {
    case .upnp: "UPnP"
    case .pcp: "PCP"
    case .natpmp: "NAT-PMP"
    }
  }
}

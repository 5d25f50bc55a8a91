/// What a router's IPv6 firewall is set to (WANIPv6FirewallControl:1, section 2.5.1).
package struct IPv6FirewallStatus: Hashable, Sendable {
  /// False when the router lets everything in, so that nothing has to be opened.
  package let isEnabled: Bool
  /// False when nobody on the home's network may open anything.
  package let allowsPinholes: Bool

  package init(isEnabled: Bool, allowsPinholes: Bool) {
    (self.isEnabled, self.allowsPinholes) = (isEnabled, allowsPinholes)
  }
}

/// An opening in a router's IPv6 firewall to ask for: from everybody to one port of one machine.
package struct PinholeRequest: Hashable, Sendable {
  /// The longest lease that routers grant, in seconds (WANIPv6FirewallControl:1, section 2.5.3).
  package static let longestLease: UInt32 = 86_400

  package let transport: TransportProtocol
  /// This machine's own address: routers accept no other, and want to be asked from it.
  package let client: IPv6Address
  package let port: UInt16
  /// Seconds, 1 to 86,400. There are no openings without end.
  package let lease: UInt32

  /// - Throws: `UPnPError` with code `invalidRequest` for port 0, a lease out of range, or an address of one link.
  package init(
    _ transport: TransportProtocol,
    client: IPv6Address,
    port: UInt16,
    lease: UInt32
  ) throws(UPnPError) {
    guard port > 0 else { throw UPnPError(.invalidRequest, "an IPv6 opening needs a port from 1 to 65535, not 0") }
    guard (1...Self.longestLease).contains(lease) else {
      throw UPnPError(.invalidRequest, "an IPv6 opening lasts 1 to \(Self.longestLease) seconds, not \(lease)")
    }
    guard !client.isLinkLocal else {
      throw UPnPError(.invalidRequest, "nobody outside can reach \(client): an IPv6 opening needs a global address")
    }
    (self.transport, self.client, self.port, self.lease) = (transport, client, port, lease)
  }
}

/// What a router says of one of its openings.
package enum PinholeState: Hashable, Sendable {
  /// The router has none with this number.
  case gone
  /// Open, and nothing came through yet.
  case unused
  /// Open, and something came through.
  case used
}

/// The IPv6 side of a router that lets its home's machines open its firewall.
///
/// All functions throw `UPnPError`, and `CancellationError` at once when the calling task is cancelled. `client` is the
/// address the router is asked from; for an opening made before it is the address that it was made for.
package protocol PinholeGateway: Sendable {
  func firewallStatus() async throws -> IPv6FirewallStatus

  /// Opens the firewall; asking again for the same opening renews it.
  ///
  /// - Returns: the router's number for it, needed to renew, check and close it.
  func addPinhole(_ request: PinholeRequest) async throws -> UInt16

  /// Renews an opening. A `refused` error with code `noSuchPinhole` says that it is gone.
  func updatePinhole(_ id: UInt16, client: IPv6Address, lease: UInt32) async throws

  /// Closes an opening; fine when there is none.
  func deletePinhole(_ id: UInt16, client: IPv6Address) async throws

  /// Whether an opening is there and in use.
  func checkPinhole(_ id: UInt16, client: IPv6Address) async throws -> PinholeState
}

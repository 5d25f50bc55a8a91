/// One router that forwards ports. Each function is one question to it, with no cleverness:
/// quirks are dealt with once, in `grant`, for real routers and scripted ones alike.
///
/// All functions throw `UPnPError`, and `CancellationError` at once when the calling task is cancelled.
package protocol PortMappingGateway: Sendable {
  var identity: GatewayIdentity { get }

  /// How it is asked.
  var method: PortMappingMethod { get }

  /// Its IPv6 firewall, when it lets machines open that; nil when it does not offer that in this method.
  var pinholes: (any PinholeGateway)? { get }

  /// How its connection is now: one or two questions, meant as the heartbeat.
  func status() async throws -> GatewayStatus

  /// The router's address on the internet; nil when it has none now.
  func externalAddress() async throws -> IPv4Address?

  /// Asks for a mapping. An existing one with the same key and client is replaced, which is how a lease is renewed.
  /// Success only means that the router did not refuse: read the entry back.
  func add(_ request: PortMappingRequest) async throws

  /// The mapping of `key` as the router reports it; nil only when the router says that it has none.
  func entry(_ key: PortMappingKey) async throws -> PortMapping?

  /// All mappings the router is willing to show, at most `limit`, in no particular order.
  func entries(limit: Int) async throws -> [PortMapping]

  /// Removes the mapping of `key`; fine when there is none.
  func delete(_ key: PortMappingKey) async throws

  /// Removes the mapping of `key` when it is ours and leaves it alone when not. Where a router shows what it holds, the
  /// default does: it looks before and after.
  ///
  /// - Returns: the holder that was left alone; nil when the port is now free of us.
  @discardableResult
  func withdraw(_ key: PortMappingKey, isOurs: (PortMapping) -> Bool) async throws -> PortMapping?
}

extension PortMappingGateway {
  package var pinholes: (any PinholeGateway)? { nil }
}

/// Finds the home's router. A protocol, so that drivers can be tested against scripted routers.
package protocol GatewayFinding: Sendable {
  /// - Parameter remembered: the description URL of the router used last, tried before a search.
  /// - Throws: `UPnPError`; `CancellationError` at once when the calling task is cancelled.
  func find(remembered: String?) async throws -> any PortMappingGateway
}

/// What was learned about a router when it was found.
package struct GatewayIdentity: Hashable, Sendable {
  /// Where the router describes itself; asking there first skips the search next time.
  package let descriptionURL: String
  /// This machine's address on the home's network, as the router sees it.
  package let localAddress: IPv4Address
  /// True when the router says that its internet connection is up.
  package let isConnected: Bool

  package init(descriptionURL: String, localAddress: IPv4Address, isConnected: Bool) {
    self.descriptionURL = descriptionURL
    self.localAddress = localAddress
    self.isConnected = isConnected
  }
}

/// One router that forwards ports. Each function is one question to it, with no cleverness:
/// quirks are dealt with once, in `grant`, for real routers and scripted ones alike.
///
/// All functions throw `UPnPError`, and `CancellationError` at once when the calling task is cancelled.
package protocol PortMappingGateway: Sendable {
  var identity: GatewayIdentity { get }

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
}

/// Finds the home's router. A protocol, so that drivers can be tested against scripted routers.
package protocol GatewayFinding: Sendable {
  /// - Parameter remembered: the description URL of the router used last, tried before a search.
  /// - Throws: `UPnPError`; `CancellationError` at once when the calling task is cancelled.
  func find(remembered: String?) async throws -> any PortMappingGateway
}

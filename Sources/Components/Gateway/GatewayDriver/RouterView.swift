import UPnP

/// One look at a router: who it is, and what it forwards.
struct RouterView: Sendable {
  let identity: GatewayIdentity
  /// Nil when the router has none or does not tell.
  let externalAddress: IPv4Address?
  let mappings: [PortMappingKey: PortMapping]

  /// Reads the router's table, and singly what the table does not show of `keys`: tables may be incomplete, change
  /// while they are read, or not be offered at all.
  ///
  /// - Throws: `UPnPError` when any of `keys` could not be looked at; `CancellationError`.
  static func look(_ gateway: any PortMappingGateway, for keys: [PortMappingKey]) async throws -> RouterView {
    var mappings = Dictionary(try await table(gateway).map { ($0.key, $0) }, uniquingKeysWith: { $1 })
    for key in keys where mappings[key] == nil {
      mappings[key] = try await gateway.lookUp(key)
    }
    return RouterView(
      identity: gateway.identity,
      externalAddress: try await address(gateway),
      mappings: mappings
    )
  }

  private static func table(_ gateway: any PortMappingGateway) async throws -> [PortMapping] {
    do {
      return try await gateway.entries(limit: 256)
    } catch let error as UPnPError {
      guard case .refused = error.code else { throw error }
      return []
    }
  }

  /// The outer address is good to know, but a router that does not tell it still forwards.
  static func address(_ gateway: any PortMappingGateway) async throws -> IPv4Address? {
    do {
      return try await gateway.externalAddress()
    } catch is UPnPError {
      return nil
    }
  }
}

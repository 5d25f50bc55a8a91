/// A real router, spoken to through libminiupnpc.
package struct UPnPGateway: PortMappingGateway {
  package let identity: GatewayIdentity
  package let pinholes: (any PinholeGateway)?
  let point: RouterLibrary.ControlPoint
  let calls: BlockingCalls
  let deadline: Duration

  package let method = PortMappingMethod.upnp

  package func status() async throws -> GatewayStatus {
    try await call("tell how its connection is") { router in
      let connection = try router.connection()
      return GatewayStatus(
        externalAddress: try router.externalAddress(),
        isConnected: connection.isUp,
        uptime: connection.uptime
      )
    }
  }

  package func externalAddress() async throws -> IPv4Address? {
    try await call("tell its public address") { try $0.externalAddress() }
  }

  package func add(_ request: PortMappingRequest) async throws {
    try await call("forward \(request.key)") { try $0.add(request) }
  }

  package func entry(_ key: PortMappingKey) async throws -> PortMapping? {
    try await call("show the mapping of \(key)") { try $0.entry(key) }
  }

  /// Stops at the first entry seen twice: some routers start over instead of ending their list.
  package func entries(limit: Int) async throws -> [PortMapping] {
    var found: [PortMapping] = []
    var seen = Set<PortMappingKey>()
    for index in 0..<limit {
      let next = try await call("list its mappings") { try $0.entry(at: index) }
      guard let next, seen.insert(next.key).inserted else { break }
      found.append(next)
    }
    return found
  }

  package func delete(_ key: PortMappingKey) async throws {
    try await call("remove the mapping of \(key)") { try $0.delete(key) }
  }

  private func call<Answer: Sendable>(
    _ purpose: String,
    _ body: @escaping @Sendable (RouterLibrary) throws -> Answer
  ) async throws -> Answer {
    let point = point
    return try await calls.run(purpose, deadline: deadline) { try body(RouterLibrary(point, $0)) }
  }
}

import UPnP

/// A router, and why ways that were tried before did not find it.
struct MethodFinding: Sendable {
  let gateway: any PortMappingGateway
  let failures: [PortMappingMethod: UPnPError]
}

/// Finds the home's router by the ways that its declaration allows, beginning with the one that worked last.
struct MethodFinder: Sendable {
  let methods: [PortMappingMethod]
  let finders: [PortMappingMethod: any GatewayFinding]

  /// - Parameters:
  ///   - remembered: the description URL of the router used last.
  ///   - lastGood: the way that worked last.
  /// - Throws: what the first way said when none worked; `CancellationError`.
  func find(remembered: String?, lastGood: PortMappingMethod?) async throws -> MethodFinding {
    var failure: (any Error)?
    var failures: [PortMappingMethod: UPnPError] = [:]
    for method in ordered(lastGood) {
      guard let finder = finders[method] else { continue }
      do {
        let gateway = try await finder.find(remembered: method == .upnp ? remembered : nil)
        return MethodFinding(gateway: gateway, failures: failures)
      } catch let error as UPnPError {
        try Task.checkCancellation()
        failure = failure ?? error
        failures[method] = error
      }
    }
    throw failure ?? UPnPError(.noRouter, "the zone's gateway.methods allows no way to ask its router")
  }

  private func ordered(_ lastGood: PortMappingMethod?) -> [PortMappingMethod] {
    guard let lastGood, methods.contains(lastGood) else { return methods }
    return [lastGood] + methods.filter { $0 != lastGood }
  }
}

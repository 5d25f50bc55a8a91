import UPnP

/// Finds the home's router by the ways that its declaration allows, beginning with the one that worked last.
struct MethodFinder: Sendable {
  let methods: [PortMappingMethod]
  let finders: [PortMappingMethod: any GatewayFinding]

  /// - Parameters:
  ///   - remembered: the description URL of the router used last.
  ///   - lastGood: the way that worked last.
  /// - Throws: what the first way said when none worked; `CancellationError`.
  func find(remembered: String?, lastGood: PortMappingMethod?) async throws -> any PortMappingGateway {
    var failure: (any Error)?
    for method in ordered(lastGood) {
      guard let finder = finders[method] else { continue }
      do {
        return try await finder.find(remembered: method == .upnp ? remembered : nil)
      } catch let error as UPnPError {
        try Task.checkCancellation()
        failure = failure ?? error
      }
    }
    throw failure ?? UPnPError(.noRouter, "the zone's gateway.methods allows no way to ask its router")
  }

  private func ordered(_ lastGood: PortMappingMethod?) -> [PortMappingMethod] {
    guard let lastGood, methods.contains(lastGood) else { return methods }
    return [lastGood] + methods.filter { $0 != lastGood }
  }
}

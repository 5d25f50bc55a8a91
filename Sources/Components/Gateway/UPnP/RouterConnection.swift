/// The way to the home's router, found once and found again when it changes.
///
/// Routers change their control address when they restart. A question that fails for such a reason makes the
/// connection forget the router, search again and ask once more.
package actor RouterConnection {
  private let finder: any GatewayFinding
  private var gateway: (any PortMappingGateway)?
  private var descriptionURL: String?

  package init(finder: any GatewayFinding) {
    self.finder = finder
  }

  /// Runs `question` with the router.
  ///
  /// - Throws: what the search or `question` throws; `CancellationError` at once when the calling task is cancelled.
  package func ask<Answer: Sendable>(
    _ question: @Sendable (any PortMappingGateway) async throws -> Answer
  ) async throws -> Answer {
    guard let known = gateway else { return try await question(try await find()) }
    do {
      return try await question(known)
    } catch let error as UPnPError where error.invalidatesGateway {
      gateway = nil
      return try await question(try await find())
    }
  }

  /// Forgets the router, so that the next question searches. For example after the machine's own address changed.
  package func forget() {
    gateway = nil
  }

  private func find() async throws -> any PortMappingGateway {
    let found = try await finder.find(remembered: descriptionURL)
    gateway = found
    descriptionURL = found.identity.descriptionURL
    return found
  }
}

import UPnP

/// The PCP side (RFC 6887).
extension PortControlGateway {
  func pcpStatus() async throws -> GatewayStatus {
    // First of all, because a router that has lost its table is not to be given a mapping back for its address's sake.
    let answer = try await askInPCP("tell whether it is there") { .announce(client: $0) }
    guard tellsAddressInNATPMP else {
      try await hearAddress()
      return GatewayStatus(externalAddress: book(\.externalAddress), isConnected: true, uptime: answer.epoch)
    }
    let address = try Self.address(in: try await askInNATPMP("tell its public address", .externalAddress))
    book { $0.learned(externalAddress: address, at: ControlShell.now) }
    return GatewayStatus(externalAddress: address, isConnected: address != nil, uptime: answer.epoch)
  }

  /// Renews a mapping for the sake of the address that comes with it. A refusal says nothing against the router,
  /// which has just answered.
  private func hearAddress() async throws {
    guard let request = book({ $0.mappingThatTellsAddress(at: ControlShell.now) }) else { return }
    do {
      try await add(request)
    } catch let error as UPnPError where !error.invalidatesGateway {}
  }

  /// Insists on the port (PREFER_FAILURE, section 13.2). A router that grants another all the same is told to drop it.
  func addInPCP(_ request: PortMappingRequest, lease: UInt32) async throws {
    let purpose = "forward \(request.key)"
    let answer = try await mapInPCP(purpose, request, lifetime: lease)
    guard answer.result == .success, let mapping = answer.mapping else {
      throw UPnPError.pcp(answer.result, purpose, retryAfter: answer.lifetime)
    }
    guard mapping.externalPort == request.key.externalPort else {
      try await removeInPCP(request)
      throw UPnPError.otherPort(mapping.externalPort, request.key)
    }
    guard answer.lifetime > 0 else { throw UPnPError.grantedForNoTime(request.key) }
    book {
      $0.granted(request, lifetime: answer.lifetime, at: ControlShell.now)
      let address = mapping.externalAddress.isUnspecified ? nil : mapping.externalAddress.ipv4
      $0.learned(externalAddress: address, at: ControlShell.now)
    }
  }

  /// Section 15.1: lifetime 0, and no public address or port.
  func removeInPCP(_ request: PortMappingRequest) async throws {
    let purpose = "remove the mapping of \(request.key)"
    let answer = try await mapInPCP(purpose, request, lifetime: 0)
    guard answer.result == .success || Self.meansNoneOfOurs.contains(answer.result) else {
      throw UPnPError.pcp(answer.result, purpose, retryAfter: answer.lifetime)
    }
  }

  /// Refusals to remove that say that no mapping has our nonce: the standard's for one of somebody else, and those of
  /// miniupnpd for none at all, which differ by its version.
  private static let meansNoneOfOurs: Set<PCPResult> = [.notAuthorized, .noResources]

  private func mapInPCP(_ purpose: String, _ request: PortMappingRequest, lifetime: UInt32) async throws -> PCPResponse
  {
    let mapping = PCPMapping(
      nonce: nonce(request.key),
      protocolNumber: request.key.transport.number,
      internalPort: request.internalPort,
      externalPort: lifetime > 0 ? request.key.externalPort : 0,
      externalAddress: .anyIPv4
    )
    let options = lifetime > 0 ? [PCPOption.preferFailure] : []
    return try await askInPCP(purpose) { .map(mapping, lifetime: lifetime, client: $0, options: options) }
  }

  /// Asks, and takes in the epoch, which every answer has.
  private func askInPCP(
    _ purpose: String,
    _ request: @escaping @Sendable (ControlAddress) -> PCPRequest
  ) async throws -> PCPResponse {
    guard case .pcp(let answer) = try await ask(purpose, { .pcp(request($0)) }),
      answer.result != .unsupportedVersion
    else { throw UPnPError.pcp(.unsupportedVersion, purpose, retryAfter: 0) }
    book { $0.heard(epoch: answer.epoch, at: ControlShell.now) }
    return answer
  }
}

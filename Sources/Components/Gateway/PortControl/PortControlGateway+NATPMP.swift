import UPnP

/// The NAT-PMP side (RFC 6886).
extension PortControlGateway {
  func natPMPStatus() async throws -> GatewayStatus {
    let answer = try await askInNATPMP("tell its public address", .externalAddress)
    let address = try Self.address(in: answer)
    book {
      $0.heard(epoch: answer.epoch, at: ControlShell.now)
      $0.learned(externalAddress: address, at: ControlShell.now)
    }
    return GatewayStatus(externalAddress: address, isConnected: address != nil, uptime: answer.epoch)
  }

  /// The router's address; nil when it says that it has none.
  static func address(in answer: NATPMPResponse) throws -> IPv4Address? {
    switch (answer.result, answer.content) {
    case (.success, .externalAddress(let address)): return address.rawValue == 0 ? nil : address
    case (.networkFailure, _): return nil
    default: throw UPnPError.natPMP(answer.result, "tell its public address")
    }
  }

  func addInNATPMP(_ request: PortMappingRequest, lease: UInt32) async throws {
    let granted = try await mapInNATPMP(request, externalPort: request.key.externalPort, lifetime: lease)
    guard granted.externalPort == request.key.externalPort else {
      try await removeInNATPMP(request)
      throw UPnPError.otherPort(granted.externalPort, request.key)
    }
    guard granted.lifetime > 0 else { throw UPnPError.grantedForNoTime(request.key) }
    book { $0.granted(request, lifetime: granted.lifetime, at: ControlShell.now) }
  }

  /// Section 3.4: lifetime and public port 0; the router knows the mapping by its internal port.
  func removeInNATPMP(_ request: PortMappingRequest) async throws {
    _ = try await mapInNATPMP(request, externalPort: 0, lifetime: 0)
  }

  private func mapInNATPMP(
    _ request: PortMappingRequest,
    externalPort: UInt16,
    lifetime: UInt32
  ) async throws -> NATPMPMapping {
    let purpose = lifetime > 0 ? "forward \(request.key)" : "remove the mapping of \(request.key)"
    let wish = NATPMPMapping(
      transport: request.key.transport,
      internalPort: request.internalPort,
      externalPort: externalPort,
      lifetime: lifetime
    )
    let answer = try await askInNATPMP(purpose, .map(wish))
    book { $0.heard(epoch: answer.epoch, at: ControlShell.now) }
    guard answer.result == .success, case .mapping(let mapping) = answer.content else {
      throw UPnPError.natPMP(answer.result, purpose)
    }
    return mapping
  }

  func askInNATPMP(_ purpose: String, _ request: NATPMPRequest) async throws -> NATPMPResponse {
    guard case .natPMP(let answer) = try await ask(purpose, { _ in .natPMP(request) }) else {
      throw UPnPError.natPMP(.unsupportedVersion, purpose)
    }
    return answer
  }
}

extension UPnPError {
  static func otherPort(_ granted: UInt16, _ key: PortMappingKey) -> UPnPError {
    UPnPError(
      .otherPortGranted(granted),
      "the router forwards port \(granted) instead of \(key), which is taken or not allowed; that is of no use and has "
        + "been removed again"
    )
  }

  static func grantedForNoTime(_ key: PortMappingKey) -> UPnPError {
    UPnPError(.notKept, "the router agreed to forward \(key), but for no time at all")
  }
}

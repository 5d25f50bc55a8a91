import Synchronization
package import UPnP

/// The IPv6 firewall of a router that speaks PCP: there MAP opens a port instead of translating one (RFC 6887
/// sections 3 and 11).
///
/// PCP neither numbers nor shows openings, so both come from what the router granted while its epoch shows that it kept
/// its state. After a restart of this program all numbers are unknown: asking again renews.
package final class PCPPinholes: PinholeGateway {
  private let router: ControlEndpoint
  private let shell: ControlShell
  private let nonce: @Sendable (PortMappingKey) -> PCPNonce
  private let deadline: Duration
  private let book = Mutex(PinholeBook())

  init(
    router: ControlEndpoint,
    shell: ControlShell,
    nonce: @escaping @Sendable (PortMappingKey) -> PCPNonce,
    deadline: Duration
  ) {
    (self.router, self.shell, self.nonce, self.deadline) = (router, shell, nonce, deadline)
  }

  /// PCP does not tell, so this only says that the router is there; whether it opens anything shows when it is asked.
  package func firewallStatus() async throws -> IPv6FirewallStatus {
    _ = try await ask("tell whether it is there", from: nil, deadline: deadline) { .announce(client: $0) }
    return IPv6FirewallStatus(isEnabled: true, allowsPinholes: true)
  }

  package func addPinhole(_ request: PinholeRequest) async throws -> UInt16 {
    let purpose = "open IPv6 \(request.transport.rawValue) \(request.port)"
    let answer = try await map(purpose, request, lifetime: request.lease)
    guard answer.result == .success, let mapping = answer.mapping else {
      throw UPnPError.pcp(answer.result, purpose, retryAfter: answer.lifetime)
    }
    guard mapping.externalPort == request.port, mapping.externalAddress == ControlAddress(request.client) else {
      try await remove(request)
      throw UPnPError(
        .otherPortGranted(mapping.externalPort),
        "the router translates IPv6: it offers \(mapping.externalAddress) port \(mapping.externalPort) for "
          + "\(request.client) port \(request.port); that is of no use and has been removed again"
      )
    }
    guard answer.lifetime > 0 else {
      throw UPnPError(.notKept, "the router agreed to \(purpose), but for no time at all")
    }
    return book.withLock { $0.granted(request, lifetime: answer.lifetime, at: ControlShell.now) }
  }

  package func updatePinhole(_ id: UInt16, client: IPv6Address, lease: UInt32) async throws {
    guard let known = book.withLock({ $0.request(id, at: ControlShell.now) }), known.client == client else {
      throw UPnPError.refused(.noSuchPinhole, "renew the IPv6 opening \(id)")
    }
    _ = try await addPinhole(PinholeRequest(known.transport, client: client, port: known.port, lease: lease))
  }

  /// Nothing is known of openings from before a restart of this program: they end with their lease.
  ///
  /// Routers with miniupnpd cannot remove an IPv6 opening in PCP. They are asked for the shortest lease instead, and
  /// `checkPinhole` shows the opening until that has run out.
  package func deletePinhole(_ id: UInt16, client: IPv6Address) async throws {
    guard let known = book.withLock({ $0.request(id, at: ControlShell.now) }), known.client == client else { return }
    do {
      try await remove(known)
      book.withLock { $0.removed(id) }
    } catch let error as UPnPError where error.isRefusal {
      try await shorten(id, known)
    }
  }

  /// The shortest lease that routers commonly grant; asking again for one that is shorter by now would lengthen it.
  private static let shortestLease = Duration.seconds(120)

  private func shorten(_ id: UInt16, _ request: PinholeRequest) async throws {
    guard let remaining = book.withLock({ $0.remaining(id, at: ControlShell.now) }), remaining > Self.shortestLease
    else { return }
    let purpose = "close IPv6 \(request.transport.rawValue) \(request.port) soon"
    let answer = try await map(purpose, request, lifetime: 1)
    guard answer.result == .success else {
      throw UPnPError.pcp(answer.result, purpose, retryAfter: answer.lifetime)
    }
    book.withLock { $0.shortened(id, to: answer.lifetime, at: ControlShell.now) }
  }

  /// `unused` for every opening that is there: PCP does not count packets.
  package func checkPinhole(_ id: UInt16, client: IPv6Address) async throws -> PinholeState {
    let known = book.withLock { $0.request(id, at: ControlShell.now) }
    return known?.client == client ? .unused : .gone
  }

  /// Whether the router speaks PCP over IPv6 at all, asked shortly.
  func answers(within limit: Duration) async throws -> Bool {
    do {
      _ = try await ask("say whether it speaks PCP", from: nil, deadline: limit) { .announce(client: $0) }
      return true
    } catch is UPnPError {
      return false
    }
  }

  private func remove(_ request: PinholeRequest) async throws {
    let purpose = "close IPv6 \(request.transport.rawValue) \(request.port)"
    let answer = try await map(purpose, request, lifetime: 0)
    guard answer.result == .success else {
      throw UPnPError.pcp(answer.result, purpose, retryAfter: answer.lifetime)
    }
  }

  private func map(_ purpose: String, _ request: PinholeRequest, lifetime: UInt32) async throws -> PCPResponse {
    let mapping = PCPMapping(
      nonce: nonce(PortMappingKey(request.transport, request.port)),
      protocolNumber: request.transport.number,
      internalPort: request.port,
      externalPort: lifetime > 0 ? request.port : 0,
      externalAddress: .anyIPv6
    )
    return try await ask(purpose, from: ControlAddress(request.client), deadline: deadline) {
      .map(mapping, lifetime: lifetime, client: $0, options: [])
    }
  }

  private func ask(
    _ purpose: String,
    from source: ControlAddress?,
    deadline: Duration,
    _ request: @escaping @Sendable (ControlAddress) -> PCPRequest
  ) async throws -> PCPResponse {
    let router = router
    let held = try await shell.hold(purpose, within: deadline, from: source, with: { router }) {
      ControlExchange(.pcp(request($1)), to: $0, at: $2, deadline: $3, retransmission: source == nil ? .probing : nil)
    }
    guard case .answered(let answer) = held.outcome else { throw UPnPError.silent(.pcp, router, purpose) }
    guard case .pcp(let answer) = answer, answer.result != .unsupportedVersion else {
      throw UPnPError.pcp(.unsupportedVersion, purpose, retryAfter: 0)
    }
    book.withLock { $0.heard(epoch: answer.epoch, at: ControlShell.now) }
    return answer
  }
}

extension ControlAddress {
  package init(_ address: IPv6Address) { self.init(high: address.high, low: address.low) }
}

extension UPnPError {
  /// The router answered, with a no.
  fileprivate var isRefusal: Bool {
    if case .refused = code { true } else { false }
  }
}

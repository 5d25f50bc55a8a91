package import UPnP

/// A router that is spoken to in PCP or NAT-PMP.
///
/// Neither protocol can show what a router holds. What this tells of mappings is therefore what the router granted to
/// this machine, as long as the lease runs and the router's epoch says that it has kept its state; mappings of others
/// are never seen.
package struct PortControlGateway: TablelessGateway {
  /// What a mapping without end becomes: RFC 6886 section 3.3 recommends it, and there is nothing longer to ask for.
  static let recommendedLease: UInt32 = 7200

  package let identity: GatewayIdentity
  package let method: PortMappingMethod
  let router: ControlEndpoint
  /// The router answers questions for its address in NAT-PMP, which PCP lacks.
  let tellsAddressInNATPMP: Bool
  let shell: ControlShell
  let memory: RouterMemory
  let nonce: @Sendable (PortMappingKey) -> PCPNonce
  let deadline: Duration
  package let pinholes: (any PinholeGateway)?

  /// Reads or changes what is known of the router.
  @discardableResult
  func book<Result>(_ body: (inout MappingBook) -> Result) -> Result {
    let key = RouterMemory.Acquaintance(method: method, router: router, localAddress: identity.localAddress)
    return memory.with(key, body)
  }

  /// Asks the router whether it is there, which also tells whether it has lost its state. `uptime` is its epoch: the
  /// seconds since its table was last empty. A PCP router that does not speak NAT-PMP as well tells its address only
  /// with mappings; before the first, the address is nil although it is connected.
  package func status() async throws -> GatewayStatus {
    if method == .natpmp { return try await natPMPStatus() }
    return try await pcpStatus()
  }

  /// - Throws: as the protocol says; and `refused` with code `noSuchEntry` when the router tells its address only with
  ///   mappings, and there is none yet.
  package func externalAddress() async throws -> IPv4Address? {
    let status = try await status()
    guard status.externalAddress == nil, status.isConnected else { return status.externalAddress }
    throw UPnPError(
      .refused(.noSuchEntry),
      "the router tells its public address only together with a mapping, and there is none yet"
    )
  }

  /// Success means that the router granted this very port. A wish for a mapping without end is granted for two hours.
  package func add(_ request: PortMappingRequest) async throws {
    try check(request)
    let lease = request.lease == 0 ? Self.recommendedLease : request.lease
    do {
      switch method {
      case .natpmp: try await addInNATPMP(request, lease: lease)
      default: try await addInPCP(request, lease: lease)
      }
    } catch let error as UPnPError where error.showsMappingIsGone {
      book { $0.removed(request.key) }
      throw error
    }
  }

  /// From the book; asks nobody.
  package func entry(_ key: PortMappingKey) async throws -> PortMapping? {
    book { $0.mapping(key, at: ControlShell.now) }
  }

  /// What was granted to this machine; from the book.
  package func entries(limit: Int) async throws -> [PortMapping] {
    Array(book { $0.mappings(at: ControlShell.now) }.prefix(max(limit, 0)))
  }

  /// Removes a mapping of the book, or one that was recalled. Nothing is known of any other, so nothing is done.
  package func delete(_ key: PortMappingKey) async throws {
    guard let request = book({ $0.request(key) }) else { return }
    switch method {
    case .natpmp: try await removeInNATPMP(request)
    default: try await removeInPCP(request)
    }
    book { $0.removed(key) }
  }

  /// Removes what the book or the recalled records know; both protocols let nobody remove the mappings of others.
  @discardableResult
  package func withdraw(_ key: PortMappingKey, isOurs: (PortMapping) -> Bool) async throws -> PortMapping? {
    try await delete(key)
    return nil
  }

  /// Tells of a mapping that an earlier life of this program made according to its records, so that `delete` and
  /// `withdraw` can remove it.
  package func recall(_ request: PortMappingRequest) { book { $0.recall(request) } }

  package var place: String { "\(router)" }

  package var granted: GrantedMappings? { book { $0.granted(at: ControlShell.now) } }

  package func takeUp(_ known: GrantedMappings) { book { $0.takeUp(known, at: ControlShell.now) } }

  /// One exchange with the router.
  func ask(
    _ purpose: String,
    _ request: @escaping @Sendable (ControlAddress) throws -> ControlRequest
  ) async throws -> ControlAnswer {
    let router = router
    let held = try await shell.hold(purpose, within: deadline, with: { router }) {
      ControlExchange(try request($1), to: $0, at: $2, deadline: $3)
    }
    guard case .answered(let answer) = held.outcome else { throw UPnPError.silent(method, router, purpose) }
    return answer
  }

  private func check(_ request: PortMappingRequest) throws {
    guard request.client == identity.localAddress else {
      throw UPnPError(
        .invalidRequest,
        "\(method.title) forwards to the machine that asks, which is \(identity.localAddress), not to \(request.client)"
      )
    }
    guard let rival = book({ $0.rival(of: request, at: ControlShell.now) }) else { return }
    throw UPnPError(
      .invalidRequest,
      "\(method.title) forwards one public port to each port of a machine, and port \(request.internalPort) already has "
        + "\(rival); let the service listen on another port for \(request.key), or use UPnP"
    )
  }
}

extension UPnPError {
  /// The answer means that the router does not forward the port to us, whatever it did before.
  fileprivate var showsMappingIsGone: Bool {
    switch code {
    case .conflict, .otherPortGranted, .notKept: true
    default: false
    }
  }
}

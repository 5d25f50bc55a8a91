/// What experience taught about one router; remembered so that its refusals are met once only.
package struct RouterQuirks: Hashable, Sendable {
  /// The router refuses leases that end (error 725, or 402 and 501 from those that cannot say it).
  /// Its mappings must be removed explicitly, or they stay for ever.
  package var permanentLeasesOnly = false
  /// The router shows no remaining time even for leases that end.
  package var hidesRemainingLease = false

  package init() {}
}

/// How long a router keeps a mapping.
package enum GrantedLease: Hashable, Sendable {
  /// Seconds from now.
  case timed(UInt32)
  case permanent
}

/// A mapping that a router agreed to and then showed in its table.
package struct MappingGrant: Hashable, Sendable {
  package let entry: PortMapping
  package let lease: GrantedLease
  package let quirks: RouterQuirks
}

extension PortMappingGateway {
  /// Gets or renews a mapping, whatever this router's manners, and reads it back.
  ///
  /// A mapping of the same port that is not ours is left alone, even on routers that would let us overwrite it.
  ///
  /// - Parameter isOurs: tells our mappings, usually by their label.
  /// - Throws: `UPnPError`: `conflict` when somebody else holds the port, `otherPortGranted` and `notKept` when the
  ///   router's table does not have what it agreed to, else what the router or the way to it says.
  package func grant(
    _ request: PortMappingRequest,
    quirks: RouterQuirks = RouterQuirks(),
    isOurs: (PortMapping) -> Bool
  ) async throws -> MappingGrant {
    if let holder = try await lookUp(request.key) {
      guard isOurs(holder) else { throw UPnPError.conflict(request.key, holder: holder) }
      if !holder.forwards(as: request) { try await release(request.key) }
    }
    var (sent, learned) = try await addTolerantly(request, quirks)
    let entry = try await readBack(sent, isOurs: isOurs)
    learned.hidesRemainingLease = sent.lease > 0 && (entry.remainingLease == 0 || Self.isNonsense(entry, sent))
    return MappingGrant(entry: entry, lease: Self.lease(of: entry, sent: sent), quirks: learned)
  }

  /// The mapping of `key`, read singly or, on routers that cannot do that, from the list; nil when there is none.
  package func lookUp(_ key: PortMappingKey) async throws -> PortMapping? {
    do {
      return try await entry(key)
    } catch let error as UPnPError where error.mayBeMissingAction {
      return try await entries(limit: 256).first { $0.key == key }
    }
  }

  @discardableResult
  package func withdraw(_ key: PortMappingKey, isOurs: (PortMapping) -> Bool) async throws -> PortMapping? {
    guard let holder = try await lookUp(key) else { return nil }
    guard isOurs(holder) else { return holder }
    try await delete(key)
    guard let remaining = try await lookUp(key) else { return nil }
    guard isOurs(remaining) else { return remaining }
    throw UPnPError(
      .notKept,
      "the router agreed to remove \(key) but still shows it; remove it in the router's settings"
    )
  }

  /// Ours, but leading elsewhere, for example to an address this machine had before. Many routers refuse to change it;
  /// those that also refuse to remove it say 718 to the next call.
  private func release(_ key: PortMappingKey) async throws {
    do {
      try await delete(key)
    } catch let error as UPnPError where error.isRefusal {}
  }

  private func addTolerantly(
    _ request: PortMappingRequest,
    _ quirks: RouterQuirks
  ) async throws -> (sent: PortMappingRequest, RouterQuirks) {
    let wish = quirks.permanentLeasesOnly ? request.permanent() : request
    do {
      try await addOrExplain(wish)
      return (wish, quirks)
    } catch let error as UPnPError where error.mayWantPermanentLease && wish.lease > 0 {
      let permanent = wish.permanent()
      try await addOrExplain(permanent)
      var learned = quirks
      learned.permanentLeasesOnly = true
      return (permanent, learned)
    }
  }

  private func addOrExplain(_ request: PortMappingRequest) async throws {
    do {
      try await add(request)
    } catch let error as UPnPError where error.isConflict {
      throw UPnPError.conflict(request.key, holder: try? await lookUp(request.key))
    }
  }

  private func readBack(_ sent: PortMappingRequest, isOurs: (PortMapping) -> Bool) async throws -> PortMapping {
    if let entry = try await lookUp(sent.key) {
      guard entry.forwards(as: sent) else { throw UPnPError.conflict(sent.key, holder: entry) }
      return entry
    }
    let stray = try await entries(limit: 256).first {
      $0.key.transport == sent.key.transport && $0.internalPort == sent.internalPort
        && $0.client == sent.client.description && $0.label == sent.label && isOurs($0)
    }
    guard let stray else {
      throw UPnPError(.notKept, "the router agreed to forward \(sent.key), but its table does not show it")
    }
    try await delete(stray.key)
    throw UPnPError(
      .otherPortGranted(stray.key.externalPort),
      "the router forwards \(stray.key) instead of \(sent.key); that is of no use and has been removed again"
    )
  }

  /// How long the router will keep what it just granted.
  ///
  /// A router that shows no remaining time may keep it for ever or just not say: then our own wish counts. More than we
  /// asked for is not believed either, except where we asked for no end: some make a week of that.
  private static func lease(of entry: PortMapping, sent: PortMappingRequest) -> GrantedLease {
    if isNonsense(entry, sent) { return .timed(min(sent.lease, carefulLease)) }
    if entry.remainingLease == 0 { return sent.lease == 0 ? .permanent : .timed(sent.lease) }
    return .timed(sent.lease == 0 ? entry.remainingLease : min(entry.remainingLease, sent.lease))
  }

  /// In seconds: renewed often enough for any router, seldom enough to be no burden.
  private static var carefulLease: UInt32 { 120 }

  /// A lease of a minute or more that is about to end when it was just granted: the router's clock is off.
  private static func isNonsense(_ entry: PortMapping, _ sent: PortMappingRequest) -> Bool {
    sent.lease >= 60 && (1..<10).contains(entry.remainingLease)
  }
}

extension UPnPError {
  /// Refusals that some routers use for actions they lack.
  var mayBeMissingAction: Bool {
    code == .refused(.invalidAction) || code == .refused(.invalidArguments) || code == .refused(.actionFailed)
  }

  /// Refusals that mean "only permanent leases": 725, and 402 or 501 from routers that cannot say it.
  var mayWantPermanentLease: Bool {
    code == .refused(.onlyPermanentLeases) || code == .refused(.invalidArguments) || code == .refused(.actionFailed)
  }

  /// The port is held by another device, a rule made by hand, or the router itself.
  var isConflict: Bool {
    code == .refused(.conflict) || code == .refused(.conflictWithOtherMechanism)
  }

  /// The router answered, with a no.
  var isRefusal: Bool {
    if case .refused = code { true } else { false }
  }
}

import RhizomeDriver
import RhizomeModel
import UPnP

/// Looks at what is kept alive, and renewals. What is gone is told, never brought back here: whether to heal is the
/// reconciler's to decide.
extension HomeRouter {
  /// Reads one mapping, and asks for it again when that is due and it is as it should be.
  func attend(_ address: Address, renews: Bool) async {
    do {
      try await lock.run {
        // It may have been deleted while this waited for its turn.
        guard let wish = wishes[address] else { return book.release(address) }
        try await read(address, wish, renews: renews)
      }
    } catch let error as UPnPError {
      silent(error)
    } catch {}
  }

  private func read(_ address: Address, _ wish: MappingWish, renews: Bool) async throws {
    let request = try request(wish, try await router(within: Self.patience).identity)
    let entry = try await ask { try await $0.lookUp(request.key) }
    shown[request.key] = entry
    guard let entry, isKept(entry, request) else { return lose(address, wish, entry) }
    if saw(address, entry) || renews { try await renew(address, wish, request) }
  }

  /// Whether the router's entry is what was asked for.
  private func isKept(_ entry: PortMapping, _ request: PortMappingRequest) -> Bool {
    guard let localAddress else { return false }
    return entry.isEnabled && entry.forwards(as: request) && holders.mayTouch(entry, local: localAddress)
  }

  /// Notes that the router shows a mapping.
  ///
  /// - Returns: whether its renewal cannot wait.
  func saw(_ address: Address, _ entry: PortMapping) -> Bool {
    // miniupnpd that restarted without its lease file shows its old rules without an end.
    var hasNoEnd = entry.remainingLease == 0 && !quirks.hidesRemainingLease
    if hasNoEnd, book.leases[address]?.length != nil, renewedWithoutEnd.remove(address) != nil {
      record.router?.set(.hidesRemainingLease, true, at: parts.time.wall())
      hasNoEnd = false
    }
    let cannotWait = book.saw(address, remaining: entry.remainingLease, hasNoEnd: hasNoEnd, at: now)
    if cannotWait, hasNoEnd { renewedWithoutEnd.insert(address) }
    return cannotWait
  }

  /// The entry was read just now, so that nothing of others is overwritten; what the router makes of it shows at the
  /// next look.
  private func renew(_ address: Address, _ wish: MappingWish, _ request: PortMappingRequest) async throws {
    let isPermanent = quirks.permanentLeasesOnly
    do {
      try await ask { try await $0.add(isPermanent ? request.permanent() : request) }
      book.renewed(address, at: now, jitter: parts.time.jitter())
    } catch let error as UPnPError {
      guard case .refused = error.code else { throw error }
      try await renewTolerantly(address, wish, request)
    }
  }

  /// The router's manners may have changed, as after an update.
  private func renewTolerantly(_ address: Address, _ wish: MappingWish, _ request: PortMappingRequest) async throws {
    let (quirks, holders) = (quirks, holders)
    do {
      let grant = try await ask { gateway in
        try await gateway.grant(request, quirks: quirks) {
          holders.mayTouch($0, local: gateway.identity.localAddress)
        }
      }
      keep(address, wish, grant, asked: request.lease)
    } catch let error as UPnPError {
      switch error.code {
      case .conflict(let holder): lose(address, wish, holder)
      case .notKept, .otherPortGranted: lose(address, wish, nil)
      case .refused:
        if book.leases[address]?.refusals == 0 {
          parts.notify(DriverNotice(address, level: .warning, reason: "RenewalRefused", message: error.message))
        }
        book.refused(address, at: now)
      default: throw error
      }
    }
  }

  /// Takes up keeping a mapping that was granted.
  func keep(_ address: Address, _ wish: MappingWish, _ grant: MappingGrant, asked: UInt32) {
    record.router?.learn(grant.quirks, at: parts.time.wall())
    let lease = GrantedLease(grant.entry, asked: grant.quirks.permanentLeasesOnly ? 0 : asked)
    wishes[address] = wish
    shown[wish.key] = grant.entry
    renewedWithoutEnd.remove(address)
    book.keep(address, lease, at: now, jitter: parts.time.jitter())
  }

  /// Looks at all that is kept, in as few questions as the router allows.
  func lookAtAll(_ alarm: LeaseBook.Alarm) async {
    pinholes.doubt(at: now)
    do {
      try await lock.run {
        let entries = try await readEntries(wishes.values.map(\.key).sorted())
        for (address, wish) in wishes.sorted(by: { $0.key < $1.key }) {
          judge(address, wish, entries[wish.key], alarm)
        }
        book.lookedAtAll(at: now)
      }
      await suspectOrphans()
    } catch let error as UPnPError {
      silent(error)
    } catch {}
  }

  private func judge(_ address: Address, _ wish: MappingWish, _ entry: PortMapping?, _ alarm: LeaseBook.Alarm) {
    guard let identity = gateway?.identity, let request = try? request(wish, identity) else { return }
    if let entry, isKept(entry, request) {
      _ = saw(address, entry)
    } else {
      lose(address, wish, entry, why: alarm.rawValue, isContested: alarm == .lostOne)
    }
  }

  /// Tells that a mapping is gone, and keeps what was seen for the look that follows.
  private func lose(
    _ address: Address,
    _ wish: MappingWish,
    _ entry: PortMapping?,
    why: String = "it may have restarted",
    isContested: Bool = true
  ) {
    wishes[address] = nil
    book.lost(address, at: now)
    sightings[address] = Sighting(entry: entry, at: now)
    if isContested { contests[wish.key]?.lost(at: now) }
    let taken = entry.map { "it now has \(holders.summary($0, local: localAddress))" }
    parts.notify(
      DriverNotice(
        address,
        level: .warning,
        reason: taken == nil ? "MappingLost" : "MappingTaken",
        message: "the router of \(zone) no longer forwards \(wish.key); \(taken ?? why)"
      )
    )
  }
}

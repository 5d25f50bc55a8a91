import RhizomeDriver
import RhizomeModel
import UPnP

extension UPnPZone {
  /// Does what is due for the leases of this home, telling what it notices.
  ///
  /// - Returns: when to come again; nil when nothing is held.
  func tend(_ notify: @Sendable (DriverNotice) -> Void) async -> Duration? {
    for address in held.keys.sorted() where isDue(address) {
      do {
        try await lock.run { await tend(address, notify) }
      } catch { break }
    }
    return held.values.map { mapping in
      if case .wait(let time) = mapping.lease.directive(at: self.time.uptime()) { return time }
      return self.time.uptime()
    }.min()
  }

  private func isDue(_ address: Address) -> Bool {
    switch held[address]?.lease.directive(at: time.uptime()) {
    case .check, .renew: true
    case .wait, nil: false
    }
  }

  /// Looked at again inside the lock: it may have been deleted or renewed meanwhile.
  private func tend(_ address: Address, _ notify: @Sendable (DriverNotice) -> Void) async {
    guard let mapping = held[address], isDue(address) else { return }
    do {
      let found = try await keep(mapping)
      apply(found, to: address, mapping, notify)
    } catch let error as UPnPError {
      if case .conflict = error.code {
        lose(address, "MappingTaken", error.message, notify)
      } else {
        fail(address, error.message, notify)
      }
    } catch let error as DriverError {
      lose(address, "MappingLost", error.message, notify)
    } catch {
      held[address]?.lease.failed(at: time.uptime())
    }
  }

  /// What a look at a held mapping, and maybe its renewal, came to.
  private enum Kept: Sendable {
    case confirmed
    case renewed(MappingGrant)
    /// Gone; the entry that is there instead.
    case lost(PortMapping?)
  }

  /// Looks, and renews when that is due. Never brings back what is gone: whether to heal is the reconciler's to decide.
  private func keep(_ mapping: HeldMapping) async throws -> Kept {
    let (label, quirks, lease) = (label, quirks, mapping.wish.lease ?? settings.lease)
    let renewalIsDue = mapping.lease.directive(at: time.uptime()) == .renew
    return try await connection.ask { gateway in
      let request = try Self.request(mapping.wish, lease, label, gateway.identity)
      guard let entry = try await gateway.lookUp(request.key), label.isOurs(entry), entry.forwards(as: request),
        entry.isEnabled
      else { return .lost(try await gateway.lookUp(request.key)) }
      // miniupnpd that restarted without its lease file shows its old rules without an end.
      let outlivedRouter =
        entry.remainingLease == 0 && mapping.lease.expiresAt != nil && !quirks.hidesRemainingLease
      guard renewalIsDue || outlivedRouter else { return .confirmed }
      return .renewed(try await gateway.grant(request, quirks: quirks) { label.isOurs($0) })
    }
  }

  private func apply(
    _ kept: Kept,
    to address: Address,
    _ mapping: HeldMapping,
    _ notify: @Sendable (DriverNotice) -> Void
  ) {
    if mapping.lease.failures > 0 {
      notify(DriverNotice(address, reason: "RouterAnswers", message: "the router of \(zone) answers again"))
    }
    switch kept {
    case .confirmed: held[address]?.lease.confirmed(at: time.uptime())
    case .renewed(let grant):
      quirks = grant.quirks
      held[address]?.renewed(grant.lease, time)
    case .lost(let entry):
      let now = entry.map { "it now has \(Self.summary($0))" } ?? "it may have restarted"
      lose(address, "MappingLost", "the router of \(zone) no longer forwards \(mapping.wish.key); \(now)", notify)
    }
  }

  private func lose(
    _ address: Address,
    _ reason: String,
    _ message: String,
    _ notify: @Sendable (DriverNotice) -> Void
  ) {
    held[address] = nil
    notify(DriverNotice(address, level: .warning, reason: reason, message: message))
  }

  /// Told once; then tried again in silence until the router answers.
  private func fail(_ address: Address, _ message: String, _ notify: @Sendable (DriverNotice) -> Void) {
    if held[address]?.lease.failures == 0 {
      notify(DriverNotice(address, level: .warning, reason: "RouterSilent", message: message))
    }
    held[address]?.lease.failed(at: time.uptime())
  }
}

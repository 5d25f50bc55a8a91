import RhizomeModel
import UPnP

/// Openings in the router's IPv6 firewall: which there are, and what to do about them next. Pure.
///
/// There is no NAT in IPv6: an opening leads to the machine's own address and port. Nothing here ever fails a mapping;
/// what does not work shows in facts.
struct PinholeKeeper: Sendable {
  /// Something that is to be reachable.
  struct Wish: Sendable, Hashable {
    let transport: TransportProtocol
    let port: UInt16
  }

  /// An opening that the router granted.
  struct Opening: Sendable {
    let wish: Wish
    let id: UInt16
    let client: IPv6Address
    var lease: Lease
    /// The router may have forgotten it, and given its number to another: it is asked for anew, not by its number. A
    /// router that still has it extends it and answers with the same number (WANIPv6FirewallControl:1, AddPinhole).
    var isDoubted = false
  }

  enum Directive: Sendable, Equatable {
    /// Ask the router how its firewall is set.
    case askFirewall
    case open(Address, Wish, IPv6Address)
    case renew(Address, id: UInt16, client: IPv6Address)
    case close(Address, id: UInt16, client: IPv6Address)
    case wait(until: Duration?)
  }

  private static let firewallInterval = Duration.seconds(3600)
  private static let firstPause = Duration.seconds(60)
  /// After silence: when the prefix changes, the router is still looked for at its old address.
  private static let firstPauseAfterSilence = Duration.seconds(5)
  private static let longestPause = Duration.seconds(3600)

  private(set) var openings: [Address: Opening] = [:]
  private var refusals: [Address: (message: String, count: Int, retryAt: Duration)] = [:]
  private(set) var firewall: IPv6FirewallStatus?
  private var askFirewallAt: Duration?
  /// This machine's stable address; nil when it has none.
  private(set) var address: IPv6Address?
  private var isOffered = false

  /// What to do at `now` so that exactly `wishes` are open for `address`.
  mutating func next(
    _ wishes: [Address: Wish],
    address: IPv6Address?,
    isOffered: Bool,
    at now: Duration
  ) -> Directive {
    (self.address, self.isOffered) = (address, isOffered)
    guard isOffered else { return .wait(until: nil) }
    if let stale = openings.sorted(by: { $0.key < $1.key }).first(where: { name, opening in
      wishes[name] != opening.wish || opening.client != address
    }) {
      return .close(stale.key, id: stale.value.id, client: stale.value.client)
    }
    refusals = refusals.filter { wishes[$0.key] != nil }
    guard let address, !wishes.isEmpty else { return .wait(until: nil) }
    if askFirewallAt.map({ $0 <= now }) ?? true { return .askFirewall }
    guard needsOpenings else { return .wait(until: askFirewallAt) }
    return openOrRenew(wishes, address, at: now)
  }

  private func openOrRenew(_ wishes: [Address: Wish], _ address: IPv6Address, at now: Duration) -> Directive {
    var wake = askFirewallAt ?? now
    for (name, wish) in wishes.sorted(by: { $0.key < $1.key }) {
      let due = openings[name].map { $0.lease.renewAt ?? now } ?? refusals[name]?.retryAt ?? now
      guard due <= now else {
        wake = min(wake, due)
        continue
      }
      if let opening = openings[name], !opening.isDoubted {
        return .renew(name, id: opening.id, client: opening.client)
      }
      return .open(name, wish, address)
    }
    return .wait(until: wake)
  }

  /// A router that does not filter, or lets nobody open anything, need not be asked.
  private var needsOpenings: Bool { firewall.map { $0.isEnabled && $0.allowsPinholes } ?? true }
}

// MARK: - What happened

extension PinholeKeeper {
  /// How the firewall is set; nil when the router would not say.
  mutating func firewallIs(_ status: IPv6FirewallStatus?, at now: Duration) {
    firewall = status
    askFirewallAt = now + Self.firewallInterval
  }

  /// The router opened it. A number is one opening's only: another that had it is gone.
  mutating func opened(_ name: Address, _ opening: Opening) {
    openings = openings.filter { $0.value.id != opening.id }
    openings[name] = opening
    refusals[name] = nil
  }

  mutating func renewed(_ name: Address, at now: Duration, jitter: Double) {
    openings[name]?.lease.renewed(at: now, jitter: jitter)
  }

  mutating func refusedRenewal(_ name: Address, at now: Duration) { openings[name]?.lease.refused(at: now) }

  /// The router closed it, or has it no more.
  mutating func closed(_ name: Address) { openings[name] = nil }

  /// The router would not open it, or did not answer: again after a growing pause.
  mutating func failed(_ name: Address, _ message: String, isRefusal: Bool, at now: Duration) {
    let count = (refusals[name]?.count ?? 0) + 1
    let first = isRefusal ? Self.firstPause : Self.firstPauseAfterSilence
    let pause = min(first * (1 << min(count - 1, 10)), Self.longestPause)
    refusals[name] = (message, count, now + pause)
    if isRefusal { openings[name] = nil } else { openings[name]?.lease.refused(at: now) }
  }

  /// The router may have forgotten all of it: ask for each at once.
  mutating func doubt(at now: Duration) {
    askFirewallAt = nil
    refusals = [:]
    for name in openings.keys {
      openings[name]?.isDoubted = true
      openings[name]?.lease.hurry(at: now)
    }
  }
}

// MARK: - What is told

extension PinholeKeeper {
  /// In words, for the status of a mapping; nil when there is nothing to say.
  func fact(_ name: Address) -> String? {
    let refusal = refusals[name]?.message
    guard let opening = openings[name] else { return refusal.map { "not open: \($0)" } }
    let place = "open at [\(opening.client)]:\(opening.wish.port)"
    return refusal.map { "was \(place), and may be closed by now: \($0)" } ?? place
  }

  /// In words, for the status of the home; nil when there is nothing to say.
  var homeFact: String? {
    guard address != nil else { return nil }
    guard isOffered else {
      return "the router offers no way to open its IPv6 firewall; whether it filters, only a look from outside tells"
    }
    switch firewall {
    case .some(let status) where !status.isEnabled:
      return "the router does not filter IPv6, so nothing has to be opened"
    case .some(let status) where !status.allowsPinholes:
      return "the router filters IPv6 and lets nobody open it; allow pinholes in its settings"
    default: return "the router opens its IPv6 firewall for single ports"
    }
  }
}

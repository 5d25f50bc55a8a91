import RhizomeModel
import UPnP

/// All mappings that one router keeps for us, and when to talk to it about which. Pure: time and chance come in,
/// directives go out.
///
/// Three things keep the talk small and the truth near. Each renewal reads its entry first. A heartbeat asks for the
/// router's state, which tells of restarts; where nothing was read since the last one, it looks at one mapping, and
/// renews it when it is past a third of its life. Anything that hints at a restart has all of them looked at.
///
/// Times are durations since any fixed origin of a clock that also runs while the machine sleeps. A mapping found lost
/// leaves the book: whether to ask for it again is not decided here.
struct LeaseBook: Sendable {
  struct Timing: Sendable {
    var heartbeat: Duration = .seconds(10)
    /// The heartbeat of a router that keeps nothing for us: its address is still worth knowing.
    var idleHeartbeat: Duration = .seconds(60)
    /// After a first talk that failed; doubles with each further one.
    var firstRetry: Duration = .seconds(1)
    var longestRetry: Duration = .seconds(5)
    /// A nap that ends so much later than planned means that the machine slept.
    var slept: Duration = .seconds(20)
  }

  /// Why everything has to be looked at.
  enum Alarm: String, Sendable, Equatable {
    case restarted = "the router restarted"
    case lostOne = "it lost a mapping"
    case wasAway = "the router was away"
    case slept = "this machine slept"
    case announced = "the router announced itself"
    case networkChanged = "the home's network changed"
  }

  /// What to do next.
  enum Directive: Sendable, Equatable {
    /// Ask for the router's state.
    case pulse
    case lookAtAll(Alarm)
    /// Read it, and when it is ours still, ask for it again.
    case renew(Address)
    /// Read it.
    case look(Address)
    case wait(until: Duration)
  }

  private let timing: Timing
  private(set) var leases: [Address: Lease] = [:]
  /// Talks in a row that failed without saying anything about a mapping.
  private(set) var failures = 0
  private var alarm: Alarm?
  private var pulseAt: Duration
  private var readAt: Duration
  private var lastUptime: (uptime: Duration, at: Duration)?

  init(at now: Duration, timing: Timing = Timing()) {
    self.timing = timing
    (pulseAt, readAt) = (now, now)
  }

  /// The router did not answer the last time.
  var isAway: Bool { failures > 0 }

  /// What to do at `now`.
  func next(at now: Duration) -> Directive {
    if pulseAt <= now { return .pulse }
    if failures > 0 { return .wait(until: pulseAt) }
    if let alarm, !leases.isEmpty { return .lookAtAll(alarm) }
    let renewal = nextRenewal()
    if let renewal, renewal.at <= now { return .renew(renewal.address) }
    guard let address = nextLook(at: now) else { return .wait(until: min(pulseAt, renewal?.at ?? pulseAt)) }
    let lookAt = readAt + timing.heartbeat
    guard lookAt <= now else { return .wait(until: min(pulseAt, lookAt, renewal?.at ?? pulseAt)) }
    if leases[address].map({ isRenewable($0, at: now) }) ?? false { return .renew(address) }
    return .look(address)
  }

  private func nextRenewal() -> (address: Address, at: Duration)? {
    leases.compactMap { address, lease in lease.renewAt.map { (address, $0) } }.min { ($0.1, $0.0) < ($1.1, $1.0) }
  }

  /// Whether a look may as well be a renewal. Where heartbeats cannot look at all of them in a third of a life, renewals
  /// are brought forward further, so that those that were made together are soon spread over the whole time.
  private func isRenewable(_ lease: Lease, at now: Duration) -> Bool {
    guard lease.refusals == 0, let length = lease.length else { return false }
    let areMany = timing.heartbeat * leases.count > length / 3
    return lease.hasPassed(oneIn: areMany ? 8 : 3, at: now)
  }

  /// The mapping whose renewal a look can bring forward; where there is none, the one not seen for the longest time.
  private func nextLook(at now: Duration) -> Address? {
    let renewable = leases.filter { isRenewable($0.value, at: now) }
    if let first = renewable.min(by: { ($0.value.renewAt ?? now, $0.key) < ($1.value.renewAt ?? now, $1.key) }) {
      return first.key
    }
    return leases.min { ($0.value.seenAt, $0.key) < ($1.value.seenAt, $1.key) }?.key
  }
}

// MARK: - What happened

extension LeaseBook {
  /// A mapping that was granted, or found with this lease.
  mutating func keep(_ address: Address, _ granted: GrantedLease, at now: Duration, jitter: Double) {
    leases[address] = Lease(granted, at: now, jitter: jitter)
    talked(at: now)
  }

  /// The router agreed to a renewal, right after its entry was read.
  mutating func renewed(_ address: Address, at now: Duration, jitter: Double) {
    leases[address]?.renewed(at: now, jitter: jitter)
    talked(at: now)
  }

  /// The router refuses to renew it now, but still has it.
  mutating func refused(_ address: Address, at now: Duration) {
    leases[address]?.refused(at: now)
    talked(at: now)
  }

  /// The router shows the mapping as it should be.
  ///
  /// - Parameter hasNoEnd: its lease should end, but the router's table says otherwise, as after it lost its lease file:
  ///   unless renewed it would stay for ever.
  /// - Returns: whether it should be renewed right away.
  mutating func saw(_ address: Address, remaining: UInt32, hasNoEnd: Bool = false, at now: Duration) -> Bool {
    talked(at: now)
    let isShort = leases[address]?.seen(remaining: remaining, at: now) ?? false
    guard isShort || hasNoEnd, leases[address]?.length != nil else { return false }
    leases[address]?.hurry(at: now)
    return true
  }

  /// The router does not have it any more. Where one is lost, others may be, most likely because of a restart.
  mutating func lost(_ address: Address, at now: Duration) {
    guard leases.removeValue(forKey: address) != nil else { return }
    talked(at: now)
    disturb(.lostOne, at: now)
  }

  /// It is no longer ours to keep.
  mutating func release(_ address: Address) { leases[address] = nil }

  /// Everything was looked at; what was lost then has been told.
  mutating func lookedAtAll(at now: Duration) {
    alarm = nil
    talked(at: now)
  }

  /// Something hints at changes on the router: look at everything, at once.
  mutating func disturb(_ alarm: Alarm, at now: Duration) {
    self.alarm = self.alarm ?? alarm
    pulseAt = min(pulseAt, now)
  }

  /// A nap is over. Only naps are measured: talks may take long by themselves, as with a slow router and a long table.
  mutating func woke(plannedFor planned: Duration, at now: Duration) {
    if now > planned + timing.slept { disturb(.slept, at: now) }
  }

  /// Asks for the router's state at once, as after a new way to it was found.
  mutating func hurry(at now: Duration) { pulseAt = min(pulseAt, now) }

  /// The router answered the heartbeat.
  ///
  /// - Parameter uptime: how long it (or its connection) has been up, where it says so.
  mutating func pulsed(uptime: Duration?, at now: Duration) {
    let wasAway = failures > 0
    failures = 0
    pulseAt = now + (leases.isEmpty ? timing.idleHeartbeat : timing.heartbeat)
    if isRestart(uptime, at: now) { alarm = .restarted }
    if wasAway, uptime == nil || lastUptime == nil { alarm = alarm ?? .wasAway }
    lastUptime = uptime.map { ($0, now) }
  }

  /// There was nobody to talk to yet, which is no failure.
  mutating func postpone(at now: Duration) { pulseAt = now + timing.firstRetry }

  /// A talk failed without saying anything about a mapping.
  mutating func silent(at now: Duration) {
    pulseAt = now + min(timing.firstRetry * (1 << min(failures, 8)), timing.longestRetry)
    failures += 1
  }

  /// Went backwards, or grew by much less than the time that passed. Half of it is fine: routers' clocks are cheap.
  private func isRestart(_ uptime: Duration?, at now: Duration) -> Bool {
    guard let uptime, let last = lastUptime else { return false }
    return uptime < last.uptime || uptime + .seconds(10) < last.uptime + (now - last.at) / 2
  }

  private mutating func talked(at now: Duration) { readAt = now }
}

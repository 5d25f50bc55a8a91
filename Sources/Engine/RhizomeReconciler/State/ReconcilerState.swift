package import RhizomeModel

/// Decides what runs when: a value without I/O, to which time comes as an input, measured from any fixed moment.
package struct ReconcilerState: Sendable {
  package struct Settings: Sendable {
    package var backoff: Backoff
    /// For what an engine refused: it may change its mind, or a person changes it.
    package var stalledBackoff: Backoff
    /// How long after one look at all resources of a driver the next one begins.
    package var resyncInterval: Duration

    package init(
      backoff: Backoff = Backoff(),
      stalledBackoff: Backoff = Backoff(initial: .seconds(60), cap: .seconds(1_800)),
      resyncInterval: Duration = .seconds(60)
    ) {
      self.backoff = backoff
      self.stalledBackoff = stalledBackoff
      self.resyncInterval = resyncInterval
    }
  }

  package var settings: Settings
  private var random: SplitMix64
  private var queue = WorkQueue()
  private var charges: [Address: Charge] = [:]
  private var phases: [Address: Phase] = [:]
  /// Who names an address among what must come before it.
  private var dependents: [Address: Set<Address>] = [:]
  private var failures: [Address: Int] = [:]
  /// Counts the passes begun and ended, so that a look made meanwhile is known to be out of date.
  private var generations: [Address: Int] = [:]
  private var resyncs: [String: Resync] = [:]
  private var activeCount = 0

  /// How many looks in a row could not see everything, by driver.
  private var blindLooks: [String: Int] = [:]

  private enum Resync: Sendable { case due(Duration), running(again: Bool) }

  package init(settings: Settings = Settings(), seed: UInt64) {
    self.settings = settings
    random = SplitMix64(seed: seed)
  }
}

// MARK: - What is known

extension ReconcilerState {
  /// Nothing more will happen by itself, apart from looking again at times. What was not seen in several looks in a row
  /// may stay so for days.
  package var isSettled: Bool { activeCount == 0 && !phases.contains { isUnseen($1) && isLookedFor($0) } }
  package var runningCount: Int { queue.runningCount }
  package var addresses: [Address] { charges.keys.sorted() }

  package func phase(of address: Address) -> Phase? { phases[address] }
  package func charge(of address: Address) -> Charge? { charges[address] }
  package func generation(of address: Address) -> Int { generations[address] ?? 0 }
  /// Whether it failed, and waits until it may try again.
  package func isBackingOff(_ address: Address) -> Bool { failures[address] != nil && queue.isQueued(address) }
  package func isRunning(_ address: Address) -> Bool { queue.isRunning(address) }

  private func isUnseen(_ phase: Phase) -> Bool { if case .unseen = phase { true } else { false } }

  private func isLookedFor(_ address: Address) -> Bool {
    charges[address].map { blindLooks[$0.lane, default: 0] < ReconcilerState.lookPatience } ?? false
  }

  /// How many looks in a row may fail before nobody waits for the next one any more: some ten seconds.
  private static let lookPatience = 5

  /// The addresses of a driver, sorted.
  package func addresses(inLane lane: String) -> [Address] {
    charges.filter { $0.value.lane == lane }.keys.sorted()
  }

  /// What must come before `address` and has not.
  package func blockers(of address: Address) -> [Address] {
    guard let charge = charges[address] else { return [] }
    let notReady = charge.afterReady.filter { charges[$0] != nil && phases[$0] != .ready }
    let notGone = charge.afterGone.filter { charges[$0] != nil && phases[$0] != .gone }
    return (notReady + notGone).sorted()
  }

  /// The moment at which `next` has something to say without anything else having happened.
  package mutating func nextWake() -> Duration? {
    let looks = resyncs.values.compactMap { if case .due(let moment) = $0 { moment } else { nil } }
    return [queue.nextDue(), looks.min()].compactMap { $0 }.min()
  }
}

// MARK: - What happens

extension ReconcilerState {
  /// Sets how many operations each driver takes side by side, and looks at the resources of new drivers at once.
  package mutating func setLanes(_ limits: [String: Int], now: Duration) {
    for (lane, limit) in limits.sorted(by: { $0.key < $1.key }) {
      queue.setLimit(limit, ofLane: lane)
      if resyncs[lane] == nil { resyncs[lane] = .due(now) }
    }
  }

  /// Replaces all charges, as a new revision does: everything is pending until it was looked at.
  package mutating func setCharges(_ charges: [Address: Charge]) {
    for address in self.charges.keys where charges[address] == nil { drop(address) }
    self.charges = charges
    failures = [:]
    dependents = [:]
    for (address, charge) in charges {
      for first in charge.afterReady + charge.afterGone { dependents[first, default: []].insert(address) }
      set(.pending, for: address)
    }
  }

  /// Wants a pass over `address` after `delay`.
  package mutating func enqueue(_ address: Address, after delay: Duration = .zero, now: Duration) {
    guard let charge = charges[address] else { return }
    queue.add(address, lane: charge.lane, due: now + delay, now: now)
  }

  /// Wants a pass because a driver noticed something: at once, but for what keeps failing after a pause that grows with
  /// each failure. An attempt that fails may itself be what is noticed.
  package mutating func heed(_ address: Address, now: Duration) {
    let pause = Duration.seconds(min(failures[address] ?? 0, ReconcilerState.longestHeed))
    enqueue(address, after: pause, now: now)
  }

  /// Seconds.
  private static let longestHeed = 30

  /// Wants a look at all resources of `lane`, or of all drivers, now.
  package mutating func requestResync(lane: String? = nil, now: Duration) {
    for (name, resync) in resyncs where lane == nil || lane == name {
      switch resync {
      case .due(let moment): resyncs[name] = .due(min(moment, now))
      case .running: resyncs[name] = .running(again: true)
      }
    }
  }

  /// Ends the look at a driver's resources; `unknown` of them could not be seen.
  package mutating func finishResync(lane: String, unknown: Int, now: Duration) {
    guard case .running(let again) = resyncs[lane] else { return }
    blindLooks[lane] = unknown == 0 ? nil : blindLooks[lane, default: 0] + 1
    resyncs[lane] = .due(again ? now : now + waitBeforeResync(lane: lane))
  }

  /// What is to be done now.
  package mutating func next(now: Duration) -> [Directive] {
    var directives = startResyncs(now: now)
    while true {
      let taken = queue.takeReady(now: now)
      if taken.isEmpty { return directives }
      for address in taken { if let directive = start(address, now: now) { directives.append(directive) } }
    }
  }

  /// Ends a pass that `next` asked for.
  package mutating func finish(_ address: Address, _ outcome: PassOutcome, now: Duration) {
    generations[address, default: 0] += 1
    queue.finish(address, now: now)
    settle(address, outcome, now: now)
  }

  /// Takes over what was found out about `address` without a pass.
  package mutating func settle(_ address: Address, _ outcome: PassOutcome, now: Duration) {
    guard let charge = charges[address] else { return }
    switch outcome {
    case .converged(let recheck):
      conclude(address, .ready, now: now)
      if let recheck { enqueue(address, after: .milliseconds(max(1, recheck)), now: now) }
    case .gone: conclude(address, .gone, now: now)
    case .unknown(let reason):
      set(.unseen(reason), for: address)
      lookAgainSoon(lane: charge.lane, now: now)
    case .failed(let reason): retry(address, .failing(reason), settings.backoff, now: now)
    case .stalled(let reason, let retries):
      guard retries else { return set(.stalled(reason), for: address) }
      retry(address, .stalled(reason), settings.stalledBackoff, now: now)
    case .superseded:
      set(.pending, for: address)
      enqueue(address, now: now)
    }
  }
}

// MARK: - Steps

extension ReconcilerState {
  private mutating func startResyncs(now: Duration) -> [Directive] {
    var directives: [Directive] = []
    for (lane, resync) in resyncs.sorted(by: { $0.key < $1.key }) {
      guard case .due(let moment) = resync, moment <= now else { continue }
      resyncs[lane] = .running(again: false)
      directives.append(.resync(lane: lane))
    }
    return directives
  }

  private mutating func start(_ address: Address, now: Duration) -> Directive? {
    guard charges[address] != nil else {
      queue.finish(address, now: now)
      return nil
    }
    let blockers = blockers(of: address)
    guard !blockers.isEmpty else {
      generations[address, default: 0] += 1
      set(.running, for: address)
      return .run(address)
    }
    queue.finish(address, now: now)
    guard phases[address] != .waiting(blockers) else { return nil }
    set(.waiting(blockers), for: address)
    return .tellWaiting(address, for: blockers)
  }

  private mutating func waitBeforeResync(lane: String) -> Duration {
    guard let blind = blindLooks[lane] else { return settings.resyncInterval }
    return min(settings.resyncInterval, settings.backoff.delay(failures: blind, using: &random))
  }

  private mutating func lookAgainSoon(lane: String, now: Duration) {
    guard case .due(let moment) = resyncs[lane], blindLooks[lane] == nil else { return }
    resyncs[lane] = .due(min(moment, now + settings.backoff.delay(failures: 1, using: &random)))
  }

  private mutating func conclude(_ address: Address, _ phase: Phase, now: Duration) {
    failures[address] = nil
    let before = phases[address]
    set(phase, for: address)
    guard before != phase else { return }
    for dependent in (dependents[address] ?? []).sorted() {
      if case .waiting = phases[dependent] { enqueue(dependent, now: now) }
    }
  }

  private mutating func retry(_ address: Address, _ phase: Phase, _ backoff: Backoff, now: Duration) {
    let count = failures[address, default: 0] + 1
    failures[address] = count
    set(phase, for: address)
    enqueue(address, after: backoff.delay(failures: count, using: &random), now: now)
  }

  private mutating func set(_ phase: Phase, for address: Address) {
    if phases[address]?.isActive == true { activeCount -= 1 }
    if phase.isActive { activeCount += 1 }
    phases[address] = phase
  }

  private mutating func drop(_ address: Address) {
    queue.remove(address)
    if phases.removeValue(forKey: address)?.isActive == true { activeCount -= 1 }
    generations[address] = nil
  }
}

import RhizomeDriver
import RhizomeModel
import RhizomePlanner
import RhizomeStateStore

/// One action as it is performed: later revisions do not change what it was.
struct Step {
  let action: Action
  let operation: Operation
  /// Fields that differ and were left as they are.
  let kept: Set<FieldPath>
  let world: World
  let driver: any Driver
  /// Started right before the driver is called.
  var stopwatch: Stopwatch?

  /// Whether a difference is still there after the action.
  func leaves(_ entry: DriftEntry) -> Bool { entry.field.map(kept.contains) ?? false }

  /// What came of it, for the history.
  func record(error: String? = nil) -> ActionRecord? {
    guard let stopwatch else { return nil }
    return ActionRecord(
      revision: world.number,
      verb: action.verb,
      address: action.address,
      changes: action.changes,
      startedAt: stopwatch.startedAt,
      duration: stopwatch.milliseconds,
      error: error
    )
  }
}

/// Says how long something has taken so far.
struct Stopwatch {
  let startedAt: Timestamp
  private let clock: ReconcilerClock
  private let start: Duration

  init(_ clock: ReconcilerClock) {
    self.clock = clock
    startedAt = clock.wallTime()
    start = clock.elapsed()
  }

  var milliseconds: Int64 { Int64((clock.elapsed() - start) / .milliseconds(1)) }
}

/// What passes write, and what the reconciler remembers of it.
extension Reconciler {
  func driver(for address: Address) -> (any Driver)? {
    state.charge(of: address).flatMap { registry[$0.lane] }
  }

  func target(_ address: Address, in desired: DesiredState) -> ObservationTarget {
    ObservationTarget(address: address, desired: desired.resources[address], prior: prior.records[address])
  }

  /// Takes over what the books say about one resource.
  func remember(_ address: Address, _ own: PriorState) {
    if prior.records[address] != own.records[address] { prior.records[address] = own.records[address] }
    if prior.intents[address] != own.intents[address] { prior.intents[address] = own.intents[address] }
  }

  /// Nothing stands for it any more: it is neither declared nor in the books.
  func isGone(_ address: Address) -> Bool {
    world.desired.resources[address] == nil && prior.records[address] == nil && prior.intents[address] == nil
  }

  /// Writes, and remembers what was written.
  func commit(_ proposed: Ledger.Change) async throws {
    var change = notingResolvedDrift(proposed)
    let address = change.address
    // Whatever is in the books again was taken up again.
    if case .put = change.record, prior.letGo[address] != nil { change.letGo = .remove }
    try await ledger.commit(change)
    switch change.record {
    case .keep: break
    case .put(let record): prior.records[address] = record
    case .remove: (prior.records[address], ignoredDrift[address]) = (nil, nil)
    }
    switch change.intent {
    case .keep: break
    case .put(let intent): prior.intents[address] = intent
    case .remove: prior.intents[address] = nil
    }
    if case .put(let letGo) = change.letGo { prior.letGo[address] = letGo }
    if case .remove = change.letGo { prior.letGo[address] = nil }
    if case .put(let status) = change.status { statusBoard[address] = status }
    if case .remove = change.status { statusBoard[address] = nil }
    if case .put(let entries) = change.drift { drift[address] = entries }
    if case .remove = change.drift { drift[address] = nil }
    if change.drift != .keep { reportedDrift[address] = nil }
    if case .put(let resolved) = change.resolvedDrift { resolvedDrift[address] = resolved }
    if change.resolvedDrift != .keep { try await forgetOldResolvedDrift() }
    if let action = change.action { try await count(action) }
  }

  /// Whatever drifts and is healed for years, what is remembered of it stays small.
  func forgetOldResolvedDrift() async throws {
    let surplus = DriftMemory.surplus(resolvedDrift)
    guard !surplus.isEmpty else { return }
    for address in surplus { resolvedDrift[address] = nil }
    try await ledger.forgetResolvedDrift(of: surplus)
  }

  /// Adds what is no longer different to what is remembered of that.
  private func notingResolvedDrift(_ proposed: Ledger.Change) -> Ledger.Change {
    let after: [DriftEntry]
    switch proposed.drift {
    case .keep: return proposed
    case .put(let entries): after = entries
    case .remove: after = []
    }
    let known = resolvedDrift[proposed.address] ?? []
    let isHealed = proposed.action != nil
    let now = clock.wallTime()
    let before = drift[proposed.address] ?? reportedDrift[proposed.address] ?? []
    // What is ignored from now on has not gone away.
    let ignored = ignoredDrift[proposed.address] ?? []
    let resolved = DriftMemory.resolved(before, after + ignored, isHealed: isHealed, now: now)
    guard !resolved.isEmpty else { return proposed }
    var change = proposed
    change.resolvedDrift = .put((known + resolved).suffix(DriftMemory.resolvedCapacity))
    return change
  }

  /// Something that fails for months is tried for months.
  private func count(_ action: ActionRecord) async throws {
    untrimmedActions += 1
    writtenActions += 1
    actionTally?.add(action)
    guard untrimmedActions >= 500 else { return }
    untrimmedActions = 0
    try await ledger.actions.trim()
    actionTally = nil
  }

  /// All that a look changes in the books, apart from what an action will: nothing at all for a world at rest.
  func change(for address: Address, _ judgement: Judgement) -> Ledger.Change {
    var change = Ledger.Change(address)
    guard !isUntracked(address, judgement) else {
      if statusBoard[address] != nil { change.status = .remove }
      if drift[address] != nil { change.drift = .remove }
      ignoredDrift[address] = nil
      return change
    }
    if let record = correctedRecord(address, judgement) { change.record = .put(record) }
    if prior.intents[address] != nil, judgement.outcome.endsIntent || isStranger(address) { change.intent = .remove }
    if let status = newStatus(address, judgement.verdict) { change.status = .put(status) }
    change.drift = driftChange(address, judgement)
    return change
  }

  /// Somebody else's object is in its place, so nothing came of what we were about to do.
  private func isStranger(_ address: Address) -> Bool {
    if case .present(let seen)? = observed[address] { seen.isStranger } else { false }
  }

  /// Neither declared nor made by us, so there is nothing to say about it.
  private func isUntracked(_ address: Address, _ judgement: Judgement) -> Bool {
    isGone(address) && judgement.action == nil
  }

  /// The record that the inventory should have, where it has another or none.
  private func correctedRecord(_ address: Address, _ judgement: Judgement) -> InventoryRecord? {
    if judgement.decision.recordIsStale, let desired = world.desired.resources[address] {
      guard let before = prior.records[address] else { return nil }
      return record(desired, desired.attributes, before.engineID, driver: before.driver, in: world, since: before)
    }
    // Made by a pass that a crash cut short, and not declared here any more: it must not be lost sight of.
    guard judgement.verdict.keepsUndeclared, prior.records[address] == nil,
      case .present(let seen)? = observed[address],
      let driver = driver(for: address)
    else { return nil }
    let resource = Resource(address, attributes: seen.attributes)
    return record(resource, seen.attributes, seen.engineID, driver: driver.name, in: world)
  }

  private func record(
    _ resource: Resource,
    _ attributes: Value,
    _ engineID: String?,
    driver: String,
    in world: World,
    since before: InventoryRecord? = nil
  ) -> InventoryRecord {
    InventoryRecord(
      address: resource.address,
      attributes: attributes,
      engineID: engineID,
      driver: driver,
      source: world.desired.source,
      revision: before?.revision ?? world.number,
      policies: resource.policies,
      dependencies: resource.dependencies,
      home: resource.home
    )
  }

  /// What stands in the books after an action.
  func result(of step: Step, _ outcome: Outcome) -> Ledger.Change {
    let (action, address) = (step.action, step.action.address)
    var change = Ledger.Change(address)
    change.intent = .remove
    let left = (drift[address] ?? []).filter(step.leaves)
    if drift[address] != nil { change.drift = left.isEmpty ? .remove : .put(left) }
    let ignored = (ignoredDrift[address] ?? []).filter(step.leaves)
    ignoredDrift[address] = ignored.isEmpty ? nil : ignored
    guard let desired = step.world.desired.resources[address], action.verb != .delete else { return change }
    let isHalfWay = action.verb == .adopt && !action.changes.isEmpty
    var attributes = desired.attributes
    var engineID = outcome.engineID ?? prior.records[address]?.engineID
    if case .present(let seen)? = observed[address], action.verb != .create {
      engineID = engineID ?? seen.engineID
      // Adopting changes nothing else: what was there is what we now stand for, and differences follow as changes.
      if isHalfWay { attributes = seen.attributes }
    }
    let before = action.verb == .update ? prior.records[address] : nil
    change.record = .put(
      record(desired, attributes, engineID, driver: step.driver.name, in: step.world, since: before)
    )
    let verdict: Verdict =
      isHalfWay
      ? .working(.update, reason: "it was adopted, and differs from its declaration")
      : Judgement.verdict(onDrift: left, ignored: ignored)
    change.status = .put(status(address, verdict, adding: outcome.facts))
    return change
  }
}

// MARK: - Status and drift

extension Reconciler {
  func status(_ address: Address, _ verdict: Verdict, adding facts: [String: Value] = [:]) -> ResourceStatus {
    let previous = statusBoard[address]
    var known = previous?.facts ?? [:]
    switch observed[address] {
    case .present(let seen)?: known = hasLastingFacts(address) ? seen.facts : known.merging(seen.facts) { $1 }
    // What was told of it, was told of what is no longer there.
    case .absent?: known = [:]
    case .unknown?, nil: break
    }
    return verdict.status(
      address,
      revision: world.number,
      facts: known.merging(facts) { $1 },
      previous: previous,
      now: clock.wallTime()
    )
  }

  /// The status that has to be written; nil when what is written says the same. Facts alone are written only where they
  /// last: the number of objects in a bucket changes all the time.
  func newStatus(_ address: Address, _ verdict: Verdict) -> ResourceStatus? {
    let (status, before) = (status(address, verdict), statusBoard[address])
    let isSame = status.conditions == before?.conditions
    return isSame && (!hasLastingFacts(address) || status.facts == before?.facts) ? nil : status
  }

  private func hasLastingFacts(_ address: Address) -> Bool {
    driver(for: address)?.capabilities.hasLastingFacts ?? false
  }

  func driftChange(_ address: Address, _ judgement: Judgement) -> Ledger.Entry<[DriftEntry]> {
    let before = drift[address] ?? []
    let found = judgement.decision.drift
    noteIgnored(address, judgement.decision)
    driftLastSeen[address] = found.isEmpty ? nil : clock.wallTime()
    // While an intent is open, a difference may be our own half-done work: nothing new is said, nothing is taken back.
    if prior.intents[address] != nil, found.isEmpty { return .keep }
    let entries =
      if case .unknown = judgement.decision.outcome {
        DriftMemory.mergeUnknown(found, into: before, now: clock.wallTime())
      } else {
        DriftMemory.merge(found, into: before.isEmpty ? reportedDrift[address] ?? [] : before, now: clock.wallTime())
      }
    if entries == before { return .keep }
    return entries.isEmpty ? .remove : .put(entries)
  }

  /// While nobody can look, or a difference may be our own half-done work, what was seen before holds.
  private func noteIgnored(_ address: Address, _ decision: Decision) {
    if case .unknown = decision.outcome { return }
    guard prior.intents[address] == nil else { return }
    ignoredDrift[address] = decision.ignored.isEmpty ? nil : decision.ignored
  }

  /// Differences that nobody has been told of.
  func driftNews(_ change: Ledger.Change) -> [DriftEntry] {
    guard case .put(let entries) = change.drift else { return [] }
    return DriftMemory.news(entries, since: drift[change.address] ?? []).filter { $0.kind != .unknown }
  }

  /// Says in the status, and to whoever follows, what a resource waits for; where somebody has to decide about it, that,
  /// because the others may wait for the same. Not written: it follows from the rest.
  func tellWaiting(_ address: Address, for others: [Address]) {
    let judgement = judge(address)
    guard case .stalled = judgement.outcome else {
      statusBoard[address] = status(address, .waiting(others))
      return publishWaiting(address, others)
    }
    statusBoard[address] = status(address, judgement.verdict)
    publish(address, judgement.outcome)
  }
}

extension PassOutcome {
  /// Whether a pass that ends so knows that nothing is left half done.
  fileprivate var endsIntent: Bool {
    switch self {
    case .converged, .gone: true
    case .unknown, .failed, .stalled, .superseded: false
    }
  }
}

extension Ledger.Change {
  /// Drops a resource from all books.
  static func erase(_ address: Address) -> Ledger.Change {
    var change = Ledger.Change(address)
    (change.record, change.intent, change.status, change.drift) = (.remove, .remove, .remove, .remove)
    return change
  }
}

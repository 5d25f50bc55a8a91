import RhizomeDriver
import RhizomeModel
import RhizomePlanner

/// What was seen at one time, with what was under way then.
struct Look: Sendable {
  var observed = ObservedState()
  /// By driver: what exists beside our resources.
  var foreign: [String: [ForeignObject]] = [:]
  /// The passes begun and ended when the look began; a resource with a newer one was looked at in vain.
  var generations: [Address: Int] = [:]
}

extension Look {
  /// What of it still says something once the plan's revision holds. How ports and firewalls are looked at is declared with
  /// homes and machines: where one of those changes, what was seen before is no answer any more.
  func standing(after plan: Plan) -> Look {
    guard plan.actions.contains(where: { [.cluster, .zone, .node].contains($0.address.kind) }) else { return self }
    var copy = self
    copy.generations = generations.filter { $0.key.kind.component != .gateway }
    return copy
  }
}

extension Reconciler {
  /// Looks at all resources of a driver at once, and has passes made over those that need one.
  func resync(_ lane: String) async {
    let number = world.number
    let addresses = state.addresses(inLane: lane)
    var look = Look(generations: generations(of: addresses))
    if let driver = registry[lane] {
      let targets = addresses.map { target($0, in: world.desired) }
      let report = await calls.observe(targets, with: driver, isRoutine: true)
      look.observed.resources = report.observations
      if report.hasAnswers { look.foreign[lane] = report.foreign }
    }
    guard !Task.isCancelled else { return }
    if world.number == number {
      absorb(addresses, look)
      await rememberForeign(look.foreign)
    } else {
      state.requestResync(lane: lane, now: clock.elapsed())
    }
    let unknown = addresses.count { if case .unknown = look.observed[$0] { true } else { false } }
    state.finishResync(lane: lane, unknown: registry[lane] == nil ? 0 : unknown, now: clock.elapsed())
    ring()
  }

  /// Looks at everything that `desired` declares and that is in the books, all drivers at the same time.
  func lookAtEverything(_ desired: DesiredState) async -> Look {
    var targets: [String: [ObservationTarget]] = [:]
    for driver in registry.all { targets[driver.name] = [] }
    let known = Set(desired.resources.keys).union(prior.records.keys).union(prior.intents.keys)
    for address in known.sorted() {
      let lane = lane(of: address, in: desired)
      targets[lane, default: []].append(target(address, in: desired))
    }
    var look = Look(generations: generations(of: Array(known)))
    for (lane, report) in await observe(targets) {
      look.observed.resources.merge(report.observations) { $1 }
      look.observed.foreign += report.foreign
      if report.hasAnswers { look.foreign[lane] = report.foreign }
    }
    look.observed.foreign.sort()
    for address in known where !hasDriver(address, in: desired) {
      look.observed.resources[address] = .unknown(reason: World.noDriverReason)
    }
    return look
  }

  /// Looks again at what passes have changed or looked at since `look` began: it is older than what they know.
  ///
  /// A pass that runs now tells of its resource itself.
  func refreshed(_ look: Look, _ desired: DesiredState) async -> Look {
    var look = look
    for _ in 0..<3 {
      let stale = state.addresses.filter { !state.isRunning($0) && !isFresh($0, look) }
      if stale.isEmpty { break }
      look.generations.merge(generations(of: stale)) { $1 }
      let targets = Dictionary(grouping: stale) { lane(of: $0, in: desired) }.mapValues { addresses in
        addresses.map { target($0, in: desired) }
      }
      for (_, report) in await observe(targets) { look.observed.resources.merge(report.observations) { $1 } }
    }
    return look
  }

  func lane(of address: Address, in desired: DesiredState) -> String {
    registry.driverName(desired.resources[address], prior.records[address], in: desired)
      ?? registry.driverName(of: address, in: prior) ?? World.noDriver
  }

  /// False for what is declared and nobody here cares for: what another engine says of it counts for nothing.
  private func hasDriver(_ address: Address, in desired: DesiredState) -> Bool {
    desired.resources[address].map { registry.driverName($0, prior.records[address], in: desired) != nil } ?? true
  }

  private func observe(_ targets: [String: [ObservationTarget]]) async -> [(String, ObservationReport)] {
    await withTaskGroup(of: (String, ObservationReport).self) { group in
      for (lane, targets) in targets.sorted(by: { $0.key < $1.key }) {
        guard let driver = registry[lane] else { continue }
        group.addTask { [calls] in (lane, await calls.observe(targets, with: driver)) }
      }
      var reports: [(String, ObservationReport)] = []
      for await report in group { reports.append(report) }
      return reports.sorted { $0.0 < $1.0 }
    }
  }

  private func generations(of addresses: [Address]) -> [Address: Int] {
    Dictionary(addresses.map { ($0, state.generation(of: $0)) }, uniquingKeysWith: { $1 })
  }

  /// Settles what needs nothing, and asks for a pass where something has to be done or written.
  func absorb(_ addresses: [Address], _ look: Look) {
    let fresh = addresses.filter { isFresh($0, look) }
    for address in fresh { observed[address] = look.observed[address] }
    for address in fresh { absorb(address) }
    let now = clock.elapsed()
    for address in addresses where !state.isRunning(address) && state.phase(of: address) == .pending {
      state.enqueue(address, now: now)
    }
  }

  func isFresh(_ address: Address, _ look: Look) -> Bool {
    !state.isRunning(address) && state.generation(of: address) == look.generations[address]
  }

  private func absorb(_ address: Address) {
    let now = clock.elapsed()
    guard state.charge(of: address)?.lane != World.noDriver else { return state.settle(address, .superseded, now: now) }
    let judgement = judge(address)
    // What an earlier look said, and no pass came to hear yet, is no longer so.
    hints[address] = nil
    if judgement.action != nil {
      if !state.isBackingOff(address) { state.settle(address, .superseded, now: now) }
    } else if change(for: address, judgement) != Ledger.Change(address) || isGone(address) {
      hints[address] = observed[address]
      state.settle(address, .superseded, now: now)
    } else {
      state.settle(address, judgement.outcome, now: now)
    }
  }

  /// Remembers since when foreign objects are there.
  func rememberForeign(_ found: [String: [ForeignObject]]) async {
    for (lane, objects) in found.sorted(by: { $0.key < $1.key }) {
      let entries = ForeignMemory.merge(
        objects,
        into: foreign[lane] ?? [],
        clusterID: settings.clusterID,
        letGo: prior.letGo,
        now: clock.wallTime()
      )
      guard entries != foreign[lane] ?? [] else { continue }
      foreign[lane] = entries
      do { try await ledger.commitForeign(lane, entries) } catch { foreign[lane] = nil }
    }
  }
}

extension ObservationReport {
  /// Whether the engine said anything. A look that failed as a whole says nothing of foreign objects either: they are
  /// neither gone nor new.
  fileprivate var hasAnswers: Bool {
    let isKnown = observations.values.contains { if case .unknown = $0 { false } else { true } }
    return !isBlind && (observations.isEmpty || isKnown)
  }
}

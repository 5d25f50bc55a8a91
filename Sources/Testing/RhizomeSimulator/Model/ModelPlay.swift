import RhizomeModel
import RhizomePlanner
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport

/// What happens in one model-based simulation, act by act.
struct ModelPlay {
  let town: ModelTown
  private var repository: ModelRepository
  private var oracle = ModelOracle()
  private var mutes: Set<ModelMute> = []

  private var dice: Dice { town.dice }
  private var engines: [ModelEngine] { town.engines }

  init(town: ModelTown) {
    self.town = town
    repository = ModelRepository(town.dice)
  }

  mutating func run() async throws {
    for _ in 0..<dice.number(2...4) {
      try await change()
      for _ in 0..<dice.number(1...2) {
        changeByHand()
        for engine in engines { engine.setSilent(dice.chance(0.2)) }
        try await mute()
        try await checkReport("right after changes by hand")
        try await settle(made: oracle.made)
        try await checkReport("at rest")
        try await checkSilence()
      }
      for engine in engines { engine.setSilent(false) }
      try await settle(made: oracle.made)
      try await checkReport("when all engines answer again")
      try await checkPlan()
    }
  }
}

// MARK: - What happens

extension ModelPlay {
  /// An edit of the repository, applied.
  private mutating func change() async throws {
    for _ in 0..<dice.number(1...6) { repository.edit(dice) }
    let text = repository.yaml(dice)
    let desired = try town.desired([ModelTown.file: text])
    let draft = RevisionDraft(source: desired.source, origin: "model", author: "ann", files: [ModelTown.file: text])
    let made = oracle.made
    town.trace.note("applies \(repository.addresses.map(\.description))")
    try await settle(made: made) { [town] in
      while true {
        do {
          let options = PlanOptions(prune: true)
          let plan = try await town.reconciler().apply(desired: desired, draft: draft, options: options).plan
          return town.trace.note("applied: \(plan.actions.map { "\($0.verb) \($0.address)" })")
        } catch let error as ApplyError {
          if case .busy = error { continue }
          throw error
        } catch is CancellationError {
          throw CancellationError()
        } catch {
          try await town.sleep(.seconds(2))
        }
      }
    }
    try await checkReport("after an apply")
    try await checkPlan()
  }

  private func changeByHand() {
    for _ in 0..<dice.number(0...4) {
      guard let engine = dice.pick(engines) else { return }
      guard let object = dice.pick(engine.contents.objects.filter { $0.mark != nil }) else { continue }
      switch dice.number(0...9) {
      case 0, 1:
        town.trace.note("somebody deletes \(object.address)")
        engine.contents.remove(object.id)
      case 2:
        let address = Address(object.address.kind, "stranger\(dice.number(0...2))")
        if engine.contents.object(address) == nil { engine.contents.add(address, [:]) }
      default: changeField(of: object.address, object.id, in: engine)
      }
    }
  }

  /// Another value, none, or the same in another order.
  private func changeField(of address: Address, _ id: Int, in engine: ModelEngine) {
    let (always, maybe) = ModelItem.paths(address.kind)
    let wholes = ModelItem.wholes(address.kind)
    guard let path = dice.pick(always + maybe + wholes), let field = FieldPath(path) else { return }
    let current = engine.value(address, path)
    let value: Value =
      switch dice.number(0...4) {
      case 0: .null
      case _ where wholes.contains(path): ["index": "index.html"]
      case 1: current.map { $0.held(dice) } ?? .null
      default: ModelItem.value(path, dice, users: ["u0", "u1", "u2"]).held(dice)
      }
    town.trace.note("somebody sets \(address) \(path) to \(value)")
    engine.contents.change(id) { $0.attributes = $0.attributes.holding(value, at: field.steps[...]) }
  }

  /// Now and then somebody mutes something; time passes, and mutes end.
  private mutating func mute() async throws {
    try await forgetEnded()
    guard dice.chance(0.5), let address = dice.pick(Array(oracle.made.keys).sorted()) else { return }
    let (always, maybe) = ModelItem.paths(address.kind)
    let field = dice.chance(0.5) ? dice.pick(always + maybe) : nil
    let until = town.time.now.milliseconds + Int64(dice.number(1...40)) * 60_000
    mutes = mutes.filter { $0.address != address || $0.field != field }
    mutes.insert(ModelMute(address: address, field: field, until: until))
    try await town.mutes().put(
      DriftMute(
        address: address,
        field: field.flatMap { FieldPath($0) },
        until: Timestamp(milliseconds: until),
        because: "known",
        author: "ann",
        at: town.time.now
      )
    )
  }

  private mutating func forgetEnded() async throws {
    let now = town.time.now.milliseconds
    mutes = mutes.filter { now < $0.until }
  }

  /// Leaves the reconciler to itself for a while, with crashes, and looks at what it made of the engines.
  private mutating func settle(
    made: [Address: [String: ModelValue]],
    _ body: () async throws -> Void = {}
  ) async throws {
    let before = ModelOracle.contents(engines)
    let isStormy = dice.chance(0.5)
    town.setStormy(isStormy)
    try await body()
    try await town.sleep(dice.seconds(1...60))
    if isStormy, dice.chance(0.5) { town.kill() }
    try await town.sleep(dice.seconds(1...60))
    town.setStormy(false)
    try await town.sleep(.seconds(6 * 60))
    oracle.applied(repository)
    let complaints = oracle.complaints(
      repository,
      engines,
      before: before,
      made: made
    )
    for complaint in complaints { town.accuse(complaint) }
    town.compared()
  }
}

// MARK: - Comparing

extension ModelPlay {
  private mutating func checkReport(_ moment: String) async throws {
    let found = try await town.reconciler().driftReport(refresh: true)
    let now = town.time.now
    let listed = try await town.mutes().active(now: town.isMutingForEver ? Timestamp(milliseconds: 0) : now)
    let report = DriftReport(
      cluster: "plant",
      generatedAt: town.isMutingForEver ? Timestamp(milliseconds: 0) : now,
      entries: found,
      mutes: listed
    )
    let expected = ModelOracle.split(oracle.report(repository, engines), mutes, now: now.milliseconds)
    compare(Set(report.entries.map(ModelEntry.init)), expected.told, "\(moment), the report")
    compare(Set(report.muted.map { ModelEntry($0.entry) }), expected.muted, "\(moment), the list of what is muted")
    if report.entries.count != Set(report.entries.map(ModelEntry.init)).count {
      town.accuse("\(moment), the report tells something twice")
    }
  }

  private func compare(_ found: Set<ModelEntry>, _ expected: Set<ModelEntry>, _ what: String) {
    town.compared()
    town.trace.note("\(what): \(found.sorted())")
    for entry in found.subtracting(expected).sorted() { town.accuse("\(what) tells of \(entry), which is not so") }
    for entry in expected.subtracting(found).sorted() { town.accuse("\(what) does not tell of \(entry)") }
  }

  /// What cannot be looked at is never shown as in sync.
  private func checkSilence() async throws {
    let statuses = try await town.reconciler().statuses()
    for engine in engines where engine.isSilent {
      for status in statuses where engine.kinds.contains(status.address.kind) && status[.ready]?.state == .true {
        let told = status.conditions.map { "\($0.type) \($0.state) \($0.reason) since \($0.since)" }
        town.accuse("\(status.address) is shown as ready, and nobody could look: \(told.joined(separator: "; "))")
      }
    }
  }

  /// At rest there is nothing to do.
  private func checkPlan() async throws {
    let plan = try await town.reconciler().preview(
      desired: try town.desired([ModelTown.file: repository.yaml(dice)])
    )
    for action in plan.actions { town.accuse("at rest there is something to do: \(action.verb) \(action.address)") }
    for unknown in plan.unknown { town.accuse("at rest \(unknown.address) is unknown") }
    for refusal in plan.refusals { town.accuse("at rest the plan is refused: \(refusal.message)") }
    town.compared()
  }
}

extension ModelEntry {
  init(_ entry: DriftEntry) {
    self.init(
      address: entry.address,
      field: entry.field?.description ?? "",
      kind: entry.kind.rawValue,
      policy: entry.policy.rawValue
    )
  }
}

extension Value {
  /// The same with a value at a path, written out also where it is null: an engine that shows a field as empty.
  func holding(_ value: Value, at steps: ArraySlice<String>) -> Value {
    guard let first = steps.first else { return value }
    var members = map ?? [:]
    members[first] = (members[first] ?? .null).holding(value, at: steps.dropFirst())
    return .map(members)
  }
}

import RhizomeDriver
import RhizomeModel
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport
import Synchronization

/// One engine of the model: what is in it, and whether it answers. It outlives every crash.
final class ModelEngine: Sendable {
  let name: String
  let kinds: [Kind]
  let contents = MockEngine()
  private let silent = Mutex(false)

  init(_ name: String, _ kinds: [Kind]) {
    self.name = name
    self.kinds = kinds
  }

  /// Whether it does not answer when it is looked at.
  var isSilent: Bool { silent.withLock { $0 } }
  func setSilent(_ value: Bool) { silent.withLock { $0 = value } }

  /// What a field holds; nil for nothing, and for an object that is not there.
  func value(_ address: Address, _ path: String) -> ModelValue? {
    guard let object = contents.object(address), let path = FieldPath(path) else { return nil }
    return ModelValue(object.attributes[path])
  }

  /// Whether a map of an object has anything in it.
  func holds(_ address: Address, _ whole: String) -> Bool {
    func isAnything(_ value: Value) -> Bool { value.map.map { $0.values.contains(where: isAnything) } ?? !value.isNull }
    return isAnything(contents.object(address)?.attributes[whole] ?? .null)
  }
}

/// The engine as one life of the reconciler drives it. An update of the directory writes all fields that were ever
/// declared, as drivers do that put a whole object at once; one of the storage writes those that it names and no others.
final class ModelDriver: Driver {
  private let engine: ModelEngine
  private let life: Life
  private let clock: ReconcilerClock
  private let dice: Dice
  private let crashes: @Sendable () -> Bool
  private let sabotage: ModelSabotage?

  init(
    _ engine: ModelEngine,
    life: Life,
    clock: ReconcilerClock,
    dice: Dice,
    sabotage: ModelSabotage?,
    crashes: @escaping @Sendable () -> Bool
  ) {
    self.engine = engine
    self.life = life
    self.clock = clock
    self.dice = dice
    self.sabotage = sabotage
    self.crashes = crashes
  }

  var name: String { engine.name }
  var capabilities: Capabilities { Capabilities(kinds: engine.kinds, maxConcurrency: 3, marksObjects: true) }

  func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    try? await clock.sleep(clock.elapsed() + .milliseconds(dice.number(1...40)))
    guard life.isAlive else { return .unknown(targets, reason: "the process is dead") }
    if engine.isSilent { return silence(targets) }
    let seen = targets.map { ($0.address, ModelDriver.observation(engine.contents.object($0.address))) }
    let asked = Set(targets.map(\.address))
    let others = engine.contents.objects.filter { !asked.contains($0.address) }.map { object in
      ForeignObject(
        address: object.address,
        engineID: String(object.id),
        mark: object.mark,
        summary: "an object"
      )
    }
    return ObservationReport(observations: Dictionary(seen, uniquingKeysWith: { $1 }), foreign: others.sorted())
  }

  private func silence(_ targets: [ObservationTarget]) -> ObservationReport {
    guard sabotage == .silenceIsFine else { return .unknown(targets, reason: "the engine does not answer") }
    let fine = targets.map { target in
      (target.address, Observation.present(ObservedResource(attributes: target.prior?.attributes ?? [:])))
    }
    return ObservationReport(observations: Dictionary(fine, uniquingKeysWith: { $1 }))
  }

  private static func observation(_ object: MockEngine.Object?) -> Observation {
    guard let object else { return .absent }
    return .present(
      ObservedResource(
        attributes: object.attributes,
        engineID: String(object.id),
        mark: object.mark,
        facts: object.facts
      )
    )
  }

  func perform(_ operation: Operation) async throws(DriverError) -> Outcome {
    let dead = DriverError(.unavailable, "the process is dead")
    do { try await clock.sleep(clock.elapsed() + .milliseconds(dice.number(1...400))) } catch { throw dead }
    guard life.isAlive else { throw dead }
    guard !engine.isSilent else { throw DriverError(.unavailable, "the engine does not answer") }
    let id = apply(operation)
    if crashes() {
      life.end()
      throw dead
    }
    return Outcome(engineID: id.map(String.init))
  }

  /// What is in the engine; takes a while.
  func everything() async throws(DriverError) -> [MockEngine.Object] {
    try? await clock.sleep(clock.elapsed() + .milliseconds(dice.number(1...40)))
    guard life.isAlive else { throw DriverError(.unavailable, "the process is dead") }
    guard !engine.isSilent else { throw DriverError(.unavailable, "the engine does not answer") }
    return engine.contents.objects
  }

  private static func written(_ operation: Operation) -> [FieldPath] {
    let (always, maybe) = ModelItem.paths(operation.address.kind)
    return (always + maybe).compactMap { FieldPath($0) }.filter { path in
      [operation.desired?.attributes, operation.prior?.attributes].contains { $0?[path].isNull == false }
    }
  }

  private func apply(_ operation: Operation) -> Int? {
    let contents = engine.contents
    let present = contents.object(operation.address)
    let wanted = operation.desired?.attributes ?? [:]
    switch operation.verb {
    case .create where present == nil:
      return contents.add(operation.address, wanted, mark: operation.mark, facts: ["objects": 0]).id
    case .create, .update:
      let paths = name == "directory" ? ModelDriver.written(operation) : operation.changes.map(\.path)
      if let present {
        contents.change(present.id) { object in
          for path in paths { object.attributes = object.attributes.holding(wanted[path], at: path.steps[...]) }
        }
      }
    case .adopt: if let present { contents.change(present.id) { $0.mark = operation.mark } }
    case .delete: if let present { contents.remove(present.id) }
    }
    return present?.id
  }
}

/// The state store as one life sees it: it dies with it, and crashes around transactions.
final class ModelStore: StateStore {
  private let base: any StateStore
  private let life: Life
  private let crashes: @Sendable () -> Bool
  private static let dead = StateStoreError(.closed, "the process is dead")

  init(_ base: any StateStore, life: Life, crashes: @escaping @Sendable () -> Bool) {
    self.base = base
    self.life = life
    self.crashes = crashes
  }

  private func check() throws {
    guard life.isAlive else { throw ModelStore.dead }
  }

  func transact(_ transaction: StateTransaction) async throws -> TransactionResult {
    try check()
    if crashes() {
      life.end()
      throw ModelStore.dead
    }
    let result = try await base.transact(transaction)
    if crashes() {
      life.end()
      throw ModelStore.dead
    }
    return result
  }

  func get(_ key: StateKey) async throws -> StateEntry? {
    try check()
    return try await base.get(key)
  }

  func list(_ prefix: StatePrefix) async throws -> StateSnapshot {
    try check()
    return try await base.list(prefix)
  }

  func watch(_ prefix: StatePrefix, after revision: StoreRevision) -> StateWatch { base.watch(prefix, after: revision) }

  func grantLease(timeToLive: Duration) async throws -> StateLease {
    try check()
    return try await base.grantLease(timeToLive: timeToLive)
  }

  func keepAlive(_ lease: LeaseID) async throws { try await base.keepAlive(lease) }
  func revoke(_ lease: LeaseID) async throws { try await base.revoke(lease) }
  func compact(through revision: StoreRevision) async throws { try await base.compact(through: revision) }
}

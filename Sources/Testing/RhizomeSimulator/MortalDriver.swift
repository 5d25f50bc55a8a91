import RhizomeDriver
import RhizomeModel
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport

/// A driver as one life of the reconciler sees it: watched by the judge, and dead when that life is over.
final class MortalDriver: Driver {
  private let base: MockDriver
  private let life: Life
  private let faults: Faults
  private let judge: Judge
  private let ledger: Ledger
  private let sabotage: Sabotage?

  init(_ base: MockDriver, life: Life, faults: Faults, judge: Judge, ledger: Ledger, sabotage: Sabotage?) {
    self.base = base
    self.life = life
    self.faults = faults
    self.judge = judge
    self.ledger = ledger
    self.sabotage = sabotage
  }

  var name: String { base.name }
  var capabilities: Capabilities { base.capabilities }

  func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    guard life.isAlive else { return .unknown(targets, reason: "the process is dead") }
    let report = await base.observe(targets)
    judge.answered(name, targets.map(\.address), report)
    return sabotage == .unknownIsAbsent ? report.blindlyAbsent : report
  }

  func perform(_ operation: Operation) async throws(DriverError) -> Outcome {
    let dead = DriverError(.unavailable, "the process is dead")
    guard life.isAlive else { throw dead }
    if sabotage == .recordBeforePerform { await recordEarly(operation) }
    judge.performing(operation, on: base.engine)
    do {
      let outcome = try await base.perform(operation)
      judge.performed(operation, on: base.engine, of: name)
      try die(dead)
      return outcome
    } catch {
      judge.performed(operation, on: base.engine, of: name)
      throw error
    }
  }

  private func die(_ error: DriverError) throws(DriverError) {
    guard faults.crashesAfterPerform() else { return }
    life.end()
    throw error
  }

  private func recordEarly(_ operation: Operation) async {
    guard let desired = operation.desired else { return }
    var change = Ledger.Change(operation.address)
    change.record = .put(
      InventoryRecord(
        address: operation.address,
        attributes: desired.attributes,
        driver: name,
        source: "folder",
        revision: 0,
        policies: desired.policies,
        dependencies: desired.dependencies
      )
    )
    try? await ledger.commit(change)
  }
}

import RhizomeModel
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport

/// One town, one reconciler with many lives, bad weather, and then calm: the real planner, the real reconciler and a real
/// state store over engines in memory, in virtual time, all from one seed.
package struct Simulation: Sendable {
  package let seed: UInt64
  private let sabotage: Sabotage?
  private let keepsTrace: Bool

  /// - Parameters:
  ///   - sabotage: a mistake to build in.
  ///   - keepsTrace: keep every line of what happens.
  package init(seed: UInt64, sabotage: Sabotage? = nil, keepsTrace: Bool = false) {
    self.seed = seed
    self.sabotage = sabotage
    self.keepsTrace = keepsTrace
  }

  /// Runs to the end on the calling thread.
  package func run() -> SimulationReport {
    let town = Town(seed: seed, sabotage: sabotage, keepsTrace: keepsTrace)
    do {
      try runInVirtualTime(town.time.clock, seed: seed) { try await live(in: town) }
    } catch {
      town.judge.accuse("the simulation did not end: \(error)")
    }
    return SimulationReport(
      seed: seed,
      violations: town.judge.violations,
      traceDigest: town.trace.digest,
      trace: town.trace.lines,
      lives: town.lifeCount,
      operations: town.judge.operations
    )
  }

  private func live(in town: Town) async throws {
    var administrator = Administrator(town: town, catalogue: Catalogue(town.dice))
    let touched = Touched()
    let mischief = Mischief(town: town, touched: touched, addresses: administrator.catalogue.all.keys.sorted())
    mischief.comeEarly()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await town.runLives() }
      try await storm(&administrator, mischief)
      town.faults.calm()
      town.trace.note("the storm is over")
      try await town.sleep(.seconds(20 * 60))
      try await check(town, touched)
      try await checkRest(town)
      group.cancelAll()
      while let result = await group.nextResult() { _ = result }
    }
  }

  private func storm(_ administrator: inout Administrator, _ mischief: Mischief) async throws {
    await withTaskGroup { group in
      group.addTask { try? await mischief.run() }
      try? await administrator.run()
      group.cancelAll()
    }
  }

  private func check(_ town: Town, _ touched: Touched) async throws {
    guard let revision = try await RevisionHistory(town.store).latest() else { return }
    guard let reconciler = town.reconciler else { return town.judge.accuse("nobody lives in the end") }
    let statuses = await reconciler.statuses().map { ($0.address, $0) }
    let world = World(revision: revision, desired: try Town.declared(by: revision))
    let final = FinalCheck(
      town: town,
      touched: touched,
      revision: revision,
      desired: world.desired,
      prior: try await Inventory(town.store).load(),
      statuses: Dictionary(statuses, uniquingKeysWith: { $1 })
    )
    final.run()
    let plan = try await reconciler.preview(desired: world.desired)
    for action in plan.actions where action.verb != .blocked && !final.isBlocked(action.address) {
      town.judge.accuse("in the end there is still something to do: \(action.verb) \(action.address)")
    }
    for unknown in plan.unknown { town.judge.accuse("in the end \(unknown.address) is unknown: \(unknown.reason)") }
  }

  /// A world at rest is looked at, and nothing else.
  private func checkRest(_ town: Town) async throws {
    let before = town.judge.writes
    try await town.sleep(.seconds(15 * 60))
    let written = town.judge.writes - before
    if written > 0 { town.judge.accuse("a world at rest was written to \(written) times") }
  }
}

/// What came of a simulation.
package struct SimulationReport: Sendable {
  package let seed: UInt64
  /// Sentences on what must not happen and did; empty when all is well.
  package let violations: [String]
  /// Equal for equal runs.
  package let traceDigest: UInt64
  package let trace: [String]
  /// How many lives the reconciler had.
  package let lives: Int
  /// How often an engine was asked to change something.
  package let operations: Int
}

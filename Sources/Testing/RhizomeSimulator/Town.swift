import FoundationEssentials
import RhizomeDriver
import RhizomeModel
import RhizomePlanner
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport
import Synchronization

/// Everything outside the reconciler's process: engines, the disk, the calendar, and who is alive.
final class Town: Sendable {
  static let clusterID = "sim"
  static let stateFile = "state.json"

  let time = VirtualTime()
  let dice: Dice
  let trace: Trace
  let judge: Judge
  let faults: Faults
  /// The disk: it survives every crash.
  let store: MemoryStateStore
  let drivers: [MockDriver]
  private let sabotage: Sabotage?
  private let present = Mutex<(life: Life, reconciler: Reconciler)?>(nil)
  private let lives = Mutex(0)

  init(seed: UInt64, sabotage: Sabotage?, keepsTrace: Bool) {
    dice = Dice(seed: seed)
    trace = Trace(time, keepsAll: keepsTrace)
    judge = Judge(trace)
    let faults = Faults(dice)
    self.faults = faults
    self.sabotage = sabotage
    store = MemoryStateStore(clock: StateStoreClock(time.clock))
    let kinds: [(String, [Kind])] = [
      ("storage", [.accessKey, .bucket, .grant]), ("directory", [.user, .group]), ("services", [.service]),
      ("gateway", [.portMapping]),
    ]
    let (clock, dice) = (time.reconcilerClock, dice)
    drivers = kinds.map { name, kinds in
      MockDriver(name, kinds: kinds, maxConcurrency: dice.number(1...4), clock: clock) { faults.response(to: $0) }
    }
  }

  /// The reconciler that lives now.
  var reconciler: Reconciler? { present.withLock { $0?.reconciler } }
  var lifeCount: Int { lives.withLock { $0 } }

  func driver(of address: Address) -> MockDriver? {
    drivers.first { $0.capabilities.kinds.contains(address.kind) }
  }

  /// Kills the process.
  func kill() { present.withLock { $0?.life.end() } }

  func sleep(_ duration: Duration) async throws {
    try await time.clock.sleep(until: time.clock.now.advanced(by: duration))
  }

  /// One life after the other, until cancelled.
  func runLives() async throws {
    while !Task.isCancelled {
      try await runLife()
      try await sleep(dice.seconds(0.1...15))
    }
  }

  private func runLife() async throws {
    let life = Life()
    let reconciler = try makeReconciler(life)
    present.withLock { $0 = (life, reconciler) }
    lives.withLock { $0 += 1 }
    trace.note("begins to live")
    await withTaskGroup { group in
      group.addTask { await reconciler.run() }
      for await _ in life.death { break }
      life.end()
      group.cancelAll()
    }
    trace.note("is dead")
    present.withLock { $0 = nil }
  }

  private func makeReconciler(_ life: Life) throws -> Reconciler {
    let mortal = MortalStore(store, life: life, faults: faults, judge: judge)
    let ledger = try Ledger(mortal)
    let watched = drivers.map { driver in
      MortalDriver(driver, life: life, faults: faults, judge: judge, ledger: ledger, sabotage: sabotage)
    }
    let names = drivers.map { ($0.name, $0.capabilities.kinds) }
    let settings = ReconcilerSettings(
      clusterID: Town.clusterID,
      state: .init(stalledBackoff: Backoff(initial: .seconds(30), cap: .seconds(240))),
      seed: dice.seed()
    )
    return try Reconciler(
      settings: settings,
      store: mortal,
      registry: DriverRegistry(watched) { resource, _ in names.first { $0.1.contains(resource.address.kind) }?.0 },
      clock: time.reconcilerClock,
      planning: sabotage == .skipInventoryCheck ? .withoutInventoryCheck : .planner
    ) { try Town.declared(by: $0) }
  }

  /// What the files of a revision declare.
  static func declared(by revision: Revision) throws -> DesiredState {
    let resources = try JSONDecoder().decode([Resource].self, from: Data((revision.files[stateFile] ?? "").utf8))
    return DesiredState(clusterName: "plant", source: "folder", resources: resources)
  }

  static func files(_ desired: DesiredState) throws -> [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let resources = desired.addresses.compactMap { desired.resources[$0] }
    return [stateFile: String(decoding: try encoder.encode(resources), as: UTF8.self)]
  }
}

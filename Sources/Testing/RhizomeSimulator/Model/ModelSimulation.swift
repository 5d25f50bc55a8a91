import RhizomeManifest
import RhizomeModel
import RhizomePlanner
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport
import Synchronization

/// Random edits of a repository, random changes by hand, crashes, silences and mutes; and after each of them, what the
/// reconciler reports and does is compared with what an oracle computes from the declarations and the engines alone.
///
/// The manifests are real: they go through the manifest language, the planner, the reconciler and a state store, in
/// virtual time, all from one seed.
package struct ModelSimulation: Sendable {
  package let seed: UInt64
  private let sabotage: ModelSabotage?
  private let keepsTrace: Bool

  package init(seed: UInt64, sabotage: ModelSabotage? = nil, keepsTrace: Bool = false) {
    self.seed = seed
    self.sabotage = sabotage
    self.keepsTrace = keepsTrace
  }

  /// Runs to the end on the calling thread.
  package func run() -> SimulationReport {
    ModelTown.run(seed: seed, sabotage: sabotage, keepsTrace: keepsTrace) { town in
      var play = ModelPlay(town: town)
      try await play.run()
    }
  }
}

/// Everything of one model-based simulation.
final class ModelTown: Sendable {
  let time = VirtualTime()
  let dice: Dice
  let trace: Trace
  let engines = [
    ModelEngine("storage", [.accessKey, .bucket, .grant]), ModelEngine("directory", [.user, .group]),
  ]
  private let store: MemoryStateStore
  private let sabotage: ModelSabotage?
  private let state = Mutex(State())

  private struct State {
    var present: (life: Life, reconciler: Reconciler)?
    var lives = 0
    var comparisons = 0
    var violations: [String] = []
    var isStormy = false
  }

  /// Whether references are resolved, and defaults that follow from names filled in, as a daemon does.
  private let resolves: Bool

  /// Runs a play to its end on the calling thread.
  static func run(
    seed: UInt64,
    sabotage: ModelSabotage?,
    keepsTrace: Bool,
    resolves: Bool = false,
    _ play: @escaping @Sendable (ModelTown) async throws -> Void
  ) -> SimulationReport {
    let town = ModelTown(seed: seed, sabotage: sabotage, keepsTrace: keepsTrace, resolves: resolves)
    do {
      try runInVirtualTime(town.time.clock, seed: seed) { try await town.live(play) }
    } catch {
      town.accuse("the simulation did not end: \(error)")
    }
    return SimulationReport(
      seed: seed,
      violations: town.violations,
      traceDigest: town.trace.digest,
      trace: town.trace.lines,
      lives: town.lifeCount,
      operations: town.comparisons
    )
  }

  private init(seed: UInt64, sabotage: ModelSabotage?, keepsTrace: Bool, resolves: Bool) {
    self.resolves = resolves
    dice = Dice(seed: seed)
    trace = Trace(time, keepsAll: keepsTrace)
    store = MemoryStateStore(clock: StateStoreClock(time.clock))
    self.sabotage = sabotage
  }

  var violations: [String] { state.withLock { $0.violations } }
  var lifeCount: Int { state.withLock { $0.lives } }
  /// How often the reconciler was compared with the oracle.
  var comparisons: Int { state.withLock { $0.comparisons } }

  func accuse(_ text: String) {
    trace.note("WRONG: \(text)")
    state.withLock { $0.violations.append(text) }
  }

  var isMutingForEver: Bool { sabotage == .mutesForEver }

  func compared() { state.withLock { $0.comparisons += 1 } }

  func mutes() throws -> MuteList { try MuteList(store) }

  func sleep(_ duration: Duration) async throws {
    try await time.clock.sleep(until: time.clock.now.advanced(by: duration))
  }

  private func live(_ play: @escaping @Sendable (ModelTown) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.runLives() }
      try await play(self)
      group.cancelAll()
      while let result = await group.nextResult() { _ = result }
    }
  }
}

// MARK: - Lives

extension ModelTown {
  /// Lets crashes happen, or no longer.
  func setStormy(_ isStormy: Bool) { state.withLock { $0.isStormy = isStormy } }

  private func crashes(_ probability: Double) -> Bool {
    state.withLock { $0.isStormy } && dice.chance(probability)
  }

  /// Kills the process.
  func kill() { state.withLock { $0.present?.life.end() } }

  /// The reconciler that lives now, as soon as one does.
  func reconciler() async throws -> Reconciler {
    while true {
      if let present = state.withLock({ $0.present }), present.life.isAlive { return present.reconciler }
      try await sleep(.seconds(1))
    }
  }

  private func runLives() async throws {
    while !Task.isCancelled {
      try await runLife()
      try await sleep(dice.seconds(0.1...10))
    }
  }

  private func runLife() async throws {
    let life = Life()
    let reconciler = try makeReconciler(life)
    state.withLock { state in
      state.present = (life, reconciler)
      state.lives += 1
    }
    trace.note("begins to live")
    await withTaskGroup { group in
      group.addTask { await reconciler.run() }
      for await _ in life.death { break }
      life.end()
      group.cancelAll()
    }
    trace.note("is dead")
    state.withLock { $0.present = nil }
  }

  private func makeReconciler(_ life: Life) throws -> Reconciler {
    let drivers = engines.map { engine in
      ModelDriver(engine, life: life, clock: time.reconcilerClock, dice: dice, sabotage: sabotage) { [self] in
        crashes(0.08)
      }
    }
    let stalled = Backoff(initial: .seconds(30), cap: .seconds(120))
    return try Reconciler(
      settings: ReconcilerSettings(
        clusterID: ModelTown.clusterID,
        state: .init(stalledBackoff: stalled),
        seed: dice.seed()
      ),
      store: ModelStore(store, life: life) { [self] in crashes(0.02) },
      registry: DriverRegistry([.storage: drivers[0], .directory: drivers[1]]),
      clock: time.reconcilerClock,
      planning: sabotage?.planning ?? .planner
    ) { [self] in try desired($0.files) }
  }

  static let clusterID = "model"
  static let file = "all.yaml"

  /// What manifests declare.
  func desired(_ files: [String: String]) throws -> DesiredState {
    let manifests = files.map { ManifestFile(path: $0.key, bytes: Array((sabotage?.spoil($0.value) ?? $0.value).utf8)) }
    let result = Manifest.load(manifests, source: SourceName.folder)
    guard let desired = result.desired else {
      throw ModelError(description: result.diagnostics.map(\.message).joined(separator: "; "))
    }
    guard resolves else { return desired }
    return Resolver.resolve(desired, with: ModelTown.resolution).desired
  }

  /// Not a real key derivation: no key is generated.
  private static let resolution = ResolutionContext(
    derive: { _, count in Array(repeating: 0, count: count) },
    fingerprint: { "digest of \($0.utf8.count) bytes" },
    unseal: { $0 },
    s3URL: "http://127.0.0.1:3900",
    webURL: "http://127.0.0.1:3902",
    ldapURL: "ldap://127.0.0.1:389",
    serviceFolder: { "/\($0)" }
  )
}

struct ModelError: Error, CustomStringConvertible { let description: String }

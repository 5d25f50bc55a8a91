import RhizomeDriver
package import RhizomeModel
package import RhizomeStateStore

/// Makes the current revision true, and keeps it so.
///
/// It works by level, not by edge: whatever happens only says which resources to look at. Each pass then reads what is
/// declared, what was made and what is there, lets the planner decide, notes the intent, lets the driver act, and
/// records the result in one transaction. What runs when is decided by `ReconcilerState`; this actor does it.
package actor Reconciler {
  /// Turns the files of a revision into what they declare.
  package typealias LoadDesired = @Sendable (Revision) async throws -> DesiredState

  let settings: ReconcilerSettings
  let registry: DriverRegistry
  let ledger: Ledger
  let history: RevisionHistory
  let eventLog: EventLog
  let clock: ReconcilerClock
  let planning: Planning
  let calls: DriverCalls
  private let loadDesired: LoadDesired

  var state: ReconcilerState
  var world = World.empty
  /// What the books say, kept in step with every write; `isLoaded` once it was read.
  var prior = PriorState()
  var statusBoard: [Address: ResourceStatus] = [:]
  var drift: [Address: [DriftEntry]] = [:]
  /// Drift that a report told of before a pass wrote it: the moment when it was first seen is the report's.
  var reportedDrift: [Address: [DriftEntry]] = [:]
  var resolvedDrift: [Address: [ResolvedDrift]] = [:]
  /// When differences that are still there were last seen.
  var driftLastSeen: [Address: Timestamp] = [:]
  private(set) var isLoaded = false
  /// Whether `world` says what is declared: the current revision was read, or there is none.
  private(set) var isTakenUp = false
  /// The last look at each resource, for decisions about its neighbours.
  var observed: [Address: Observation] = [:]
  /// What the last look at each resource showed, and the policy is to ignore. Not written: each look tells anew.
  var ignoredDrift: [Address: [DriftEntry]] = [:]
  /// By driver: what exists beside our resources.
  var foreign: [String: [DriftEntry]] = [:]
  /// Looks that a pass may rely on because it will not act.
  var hints: [Address: Observation] = [:]
  var progressHub = ProgressHub()
  var eventHub = EventHub()
  var eventGate: EventGate
  var unwrittenEvents: [Event] = []
  var isApplying = false
  /// Since the log of actions was last cut to its capacity.
  var untrimmedActions = 0
  /// Since the start; tells whether any came while the log was read.
  var writtenActions = 0
  /// What the log of actions says in numbers, once somebody has asked; nil after it was cut.
  var actionTally: ActionTally?

  private var isStopping = false
  private var armed: Duration?
  private let doorbell: Doorbell
  let eventBell: Doorbell

  package init(
    settings: ReconcilerSettings,
    store: any StateStore,
    registry: DriverRegistry,
    clock: ReconcilerClock,
    planning: Planning = .planner,
    loadDesired: @escaping LoadDesired
  ) throws {
    self.settings = settings
    self.registry = registry
    self.clock = clock
    self.planning = planning
    self.loadDesired = loadDesired
    ledger = try Ledger(store)
    history = try RevisionHistory(store)
    eventLog = try EventLog(store)
    calls = DriverCalls(clock: clock, observeLimit: settings.observeLimit, performLimit: settings.performLimit)
    state = ReconcilerState(settings: settings.state, seed: settings.seed)
    eventGate = settings.events
    doorbell = Doorbell()
    eventBell = Doorbell()
  }
}

// MARK: - Running

extension Reconciler {
  /// Works until cancelled or stopped. May be called once.
  package func run() async {
    await withDiscardingTaskGroup { background in
      for driver in registry.all { listen(to: driver, in: &background) }
      background.addTask { await self.writeEventsAsTheyCome() }
      background.addTask { await self.resume() }
      await withDiscardingTaskGroup { passes in
        for await _ in doorbell.rings {
          if isStopping { break }
          step(&passes, &background)
        }
      }
      background.cancelAll()
    }
    await writeEvents()
    progressHub.finish()
    eventHub.finish()
  }

  /// Starts nothing new, and lets what runs come to its end.
  package func stop() {
    isStopping = true
    ring()
  }

  /// Has the loop look at the state again.
  func ring() { doorbell.ring() }

  private func step(_ passes: inout DiscardingTaskGroup, _ background: inout DiscardingTaskGroup) {
    for directive in state.next(now: clock.elapsed()) {
      switch directive {
      case .run(let address): passes.addTask { await self.pass(address) }
      case .tellWaiting(let address, let others): tellWaiting(address, for: others)
      case .resync(let lane): background.addTask { await self.resync(lane) }
      }
    }
    arm(&background)
    reportIfSettled()
  }

  /// Makes sure that somebody rings when the next thing is due.
  private func arm(_ background: inout DiscardingTaskGroup) {
    guard let next = state.nextWake(), armed.map({ next < $0 }) ?? true else { return }
    armed = next
    background.addTask { [clock] in
      guard (try? await clock.sleep(next)) != nil else { return }
      await self.timerFired(next)
    }
  }

  private func timerFired(_ moment: Duration) {
    if armed == moment { armed = nil }
    ring()
  }

  private func listen(to driver: any Driver, in background: inout DiscardingTaskGroup) {
    guard let driver = driver as? any NotifyingDriver else { return }
    background.addTask {
      for await notice in driver.notices { await self.receive(notice) }
    }
  }

  /// A notice is an event for people, and a reason to look; never more than that.
  private func receive(_ notice: DriverNotice) {
    if !notice.isQuiet { say(notice.level, notice.address, notice.reason, notice.message) }
    state.heed(notice.address, now: clock.elapsed())
    ring()
  }
}

// MARK: - Starting

extension Reconciler {
  /// Reads the books and the current revision, however long that takes to succeed.
  private func resume() async {
    let backoff = settings.state.backoff
    var random = SplitMix64(seed: settings.seed)
    var failures = 0
    while !Task.isCancelled {
      do {
        return try await takeUp()
      } catch is CancellationError {
        return
      } catch {
        failures += 1
        say(.warning, nil, "CannotResume", "\(error)")
        try? await clock.sleep(clock.elapsed() + backoff.delay(failures: failures, using: &random))
      }
    }
  }

  /// Reads the books, once.
  func load() async throws {
    guard !isLoaded else { return }
    let contents = try await ledger.load()
    guard !isLoaded else { return }
    (prior, statusBoard, drift, foreign) = (contents.prior, contents.statuses, contents.drift, contents.foreign)
    resolvedDrift = contents.resolvedDrift
    isLoaded = true
    try await forgetOldResolvedDrift()
  }

  /// Reads the books and takes up the current revision, unless that was done. Whoever tells what is declared or what
  /// differs waits for it: before, nothing seems to be declared, and so nothing to differ.
  ///
  /// - Throws: `ApplyError.notTakenUp`, `CancellationError`.
  func takeUp() async throws {
    guard !isTakenUp else { return }
    do {
      try await load()
      guard let revision = try await history.latest() else { return isTakenUp = true }
      let desired = try await loadDesired(revision)
      guard !isTakenUp else { return }
      enter(World(revision: revision, desired: desired))
      say(.normal, nil, "Resumed", "Revision \(revision.number) is the current one.")
      ring()
    } catch let error as CancellationError {
      throw error
    } catch {
      throw ApplyError.notTakenUp("\(error)")
    }
  }

  /// Makes `world` the one to be made true; everything in it has to be looked at.
  func enter(_ world: World) {
    self.world = world
    prior.share(with: world.desired)
    isTakenUp = true
    if let interval = world.desired.cluster?.attributes["policy"]["resync"].integer, interval > 0 {
      state.settings.resyncInterval = .milliseconds(interval)
    }
    hints = [:]
    let limits = registry.all.map { ($0.name, max(1, $0.capabilities.maxConcurrency)) } + [(World.noDriver, 1)]
    state.setLanes(Dictionary(limits, uniquingKeysWith: { $1 }), now: clock.elapsed())
    state.setCharges(world.charges(prior, registry))
    // What is neither declared nor made any more is nobody's: no look would ever clear it.
    drift = drift.filter { state.charge(of: $0.key) != nil }
    progressHub.begin(revision: world.number, at: clock.wallTime())
  }
}

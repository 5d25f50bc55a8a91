import RhizomeDriver
import RhizomeModel
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport
import Synchronization

/// A reconciler in virtual time, over two engines and a store in memory.
final class Rig: Sendable {
  let time = VirtualTime()
  let store: BreakableStore
  let storage: MockDriver
  let directory: MockDriver
  let services: MockDriver
  /// What every revision number declares, as its files would.
  private let declared = Mutex<[Int: DesiredState]>([:])
  private let whileLoading = Mutex<@Sendable () async throws -> Void>({})

  init(maxConcurrency: Int = 4) {
    store = BreakableStore(MemoryStateStore(clock: StateStoreClock(time.clock)))
    let clock = time.reconcilerClock
    let box = ScriptBox()
    storage = MockDriver(
      "storage",
      kinds: [.accessKey, .bucket, .grant],
      maxConcurrency: maxConcurrency,
      clock: clock
    ) { box.respond($0) }
    directory = MockDriver("directory", kinds: [.user, .group], maxConcurrency: maxConcurrency, clock: clock) {
      box.respond($0)
    }
    services = MockDriver("services", kinds: [.service], maxConcurrency: maxConcurrency, clock: clock) {
      box.respond($0)
    }
    self.box = box
  }

  private let box: ScriptBox

  /// Says how the drivers answer from now on.
  func answer(_ respond: @escaping @Sendable (MockDriver.Call) -> MockDriver.Response) { box.set(respond) }

  func makeReconciler() throws -> Reconciler {
    try Reconciler(
      settings: ReconcilerSettings(clusterID: Rig.clusterID, seed: 1),
      store: store,
      registry: DriverRegistry([.storage: storage, .directory: directory, .services: services]),
      clock: time.reconcilerClock
    ) { [self] revision in
      try await whileLoading.withLock { $0 }()
      return declared.withLock { $0[revision.number] } ?? Rig.state([])
    }
  }

  /// What goes before a revision is read again at a start: waiting, or throwing.
  func beforeLoading(_ body: @escaping @Sendable () async throws -> Void) { whileLoading.withLock { $0 = body } }

  /// Applies and remembers what was applied, as the files of a revision do.
  @discardableResult
  func apply(
    _ resources: [Resource],
    to reconciler: Reconciler,
    options: PlanOptions = PlanOptions(),
    expectedPlan: Plan? = nil
  ) async throws -> ApplyReceipt {
    try await apply(Rig.state(resources), to: reconciler, options: options, expectedPlan: expectedPlan)
  }

  @discardableResult
  func apply(
    _ desired: DesiredState,
    to reconciler: Reconciler,
    options: PlanOptions = PlanOptions(),
    expectedPlan: Plan? = nil
  ) async throws -> ApplyReceipt {
    let text = desired.resources.values.map { "\($0.address) \($0.attributes)" }.sorted().joined(separator: "\n")
    let draft = RevisionDraft(source: "test", origin: "a test", author: "tester", files: ["all.yaml": text])
    let receipt = try await reconciler.apply(
      desired: desired,
      draft: draft,
      options: options,
      expectedPlan: expectedPlan
    )
    declared.withLock { $0[receipt.revision] = desired }
    return receipt
  }

  /// What a revision that was made by deleting declares.
  func remember(_ revision: Int, _ resources: [Resource]) { remember(revision, Rig.state(resources)) }

  func remember(_ revision: Int, _ desired: DesiredState) { declared.withLock { $0[revision] = desired } }

  func sleep(_ duration: Duration) async throws {
    try await time.clock.sleep(until: time.clock.now.advanced(by: duration))
  }

  static let clusterID = "c1"

  static func state(_ resources: [Resource]) -> DesiredState {
    let cluster = Resource(Address(.cluster, "plant"), attributes: ["domain": "plant.example"])
    return DesiredState(clusterName: "plant", source: "test", resources: [cluster] + resources)
  }
}

/// How drivers answer, to be replaced at any time.
private final class ScriptBox: Sendable {
  private let current = Mutex<@Sendable (MockDriver.Call) -> MockDriver.Response>({ _ in .init() })
  func set(_ respond: @escaping @Sendable (MockDriver.Call) -> MockDriver.Response) {
    current.withLock { $0 = respond }
  }
  func respond(_ call: MockDriver.Call) -> MockDriver.Response { current.withLock { $0 }(call) }
}

/// Runs `body` beside a running reconciler, in virtual time.
func withReconciler<Result: Sendable>(
  _ rig: Rig = Rig(),
  seed: UInt64 = 1,
  _ body: @escaping @Sendable (Rig, Reconciler) async throws -> Result
) throws -> Result {
  try runInVirtualTime(rig.time.clock, seed: seed) { try await live(rig, body) }
}

/// One life of a reconciler: it ends by cancellation, as a crash does, when `body` ends.
func live<Result: Sendable>(
  _ rig: Rig,
  _ body: @escaping @Sendable (Rig, Reconciler) async throws -> Result
) async throws -> Result {
  let reconciler = try rig.makeReconciler()
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { await reconciler.run() }
    defer { group.cancelAll() }
    return try await body(rig, reconciler)
  }
}

extension Reconciler {
  /// The last event on the way to a revision.
  func outcome(of revision: Int) async throws -> ProgressEvent? {
    var last: ProgressEvent?
    for await event in try await progress(revision: revision) { last = event }
    return last
  }
}

enum Sample {
  static let key = Resource(Address(.accessKey, "publisher"), attributes: ["displayName": "Publisher"])
  static func bucket(size: Int64 = 10, policies: Policies = Policies()) -> Resource {
    Resource(Address(.bucket, "site"), attributes: ["quotas": ["size": .integer(size)]], policies: policies)
  }
  static let grant = Resource(
    Address(.grant, "site.publisher"),
    attributes: ["bucket": "site", "accessKey": "publisher", "read": true],
    dependencies: [Address(.bucket, "site"), Address(.accessKey, "publisher")]
  )
  static let alice = Resource(Address(.user, "alice"), attributes: ["displayName": "Alice"])
  static let admins = Resource(
    Address(.group, "staff"),
    attributes: ["members": ["alice"]],
    dependencies: [Address(.user, "alice")]
  )
  static var all: [Resource] { [key, bucket(), grant, alice, admins] }
}

// MARK: - What somebody does by hand

extension Rig {
  /// Gives a bucket another quota behind the reconciler's back.
  func setSize(of bucket: Address, to size: Int64) {
    guard let object = storage.engine.object(bucket) else { return }
    storage.engine.change(object.id) { $0.attributes = ["quotas": ["size": .integer(size)]] }
  }

  func size(of bucket: Address) -> Int64? { storage.engine.object(bucket)?.attributes["quotas"]["size"].integer }
}

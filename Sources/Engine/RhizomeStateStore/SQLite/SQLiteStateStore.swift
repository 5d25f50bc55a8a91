internal import GRDB
internal import PrivateFiles

/// The state store of one machine: one SQLite file in WAL mode.
///
/// All writes pass one queue. Whatever has queued up while the disk was syncing is applied in the next database
/// transaction, so that many writers share one sync, and is acknowledged after it.
package actor SQLiteStateStore: StateStore {
  private struct Pending {
    let id: Int
    let command: StateCommand
    let continuation: CheckedContinuation<StateReply, any Error>
  }

  private static let commandsAtOnce = 256
  private static let retryInterval = Duration.seconds(1)

  let database: StateDatabase
  private let clock: StateStoreClock
  private let limits: StateHistoryLimits
  private let revisionSignal: Signal
  private let leaseSignal = Signal()
  private var leases = LeaseBook()
  private var queue: [Pending] = []
  private var nextID = 0
  private var isWriting = false

  /// Opens the store, making it (file mode 0600, directory 0700) if there is none.
  /// - Parameters:
  ///   - path: the database file; its neighbours `-wal`, `-shm` and `.lock` belong to it.
  ///   - historyLength: how many revisions stay watchable, as long as their values fit into `historyBytes`.
  /// - Throws: `StateStoreError` naming the file and the remedy.
  package init(
    path: String,
    clock: StateStoreClock = .system,
    historyLength: Int = 10_000,
    historyBytes: Int = 64 << 20
  ) throws {
    database = try StateDatabase(path: path)
    self.clock = clock
    limits = StateHistoryLimits(revisions: Int64(historyLength), bytes: Int64(historyBytes))
    let (revision, found) = try database.pool.read { database in
      (try StateTables.read(.revision, database), try StateTables.leases(database))
    }
    revisionSignal = Signal(revision)
    for lease in found { leases.add(lease.id, timeToLive: lease.timeToLive, now: clock.now()) }
  }

  /// Ends leases as their time runs out, until cancelled. Without it a lease ends at the next call to the store.
  /// - Throws: `CancellationError`, or `closed`. When the disk refuses it tries again after a while.
  package func run() async throws {
    while true {
      do {
        try await endExpiredLeases()
        try await waitForNextDeadline()
      } catch let error as StateStoreError where error.code != .closed {
        try await clock.sleep(clock.now() + SQLiteStateStore.retryInterval)
      }
    }
  }

  /// Returns when the next lease is due, or when a new lease may be due before it.
  private func waitForNextDeadline() async throws {
    let seen = leaseSignal.value
    let deadline = leases.nextDeadline
    try await withThrowingTaskGroup(of: Void.self) { [leaseSignal, clock] group in
      group.addTask { try await leaseSignal.wait(beyond: seen) }
      if let deadline { group.addTask { try await clock.sleep(deadline) } }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Finishes what was submitted and closes the file. Watches end with `closed`, and so do later calls.
  package func close() async throws {
    revisionSignal.close()
    leaseSignal.close()
    try database.close()
  }

  // MARK: Reading

  package func get(_ key: StateKey) async throws -> StateEntry? {
    try await endExpiredLeases()
    return try await read { try StateTables.entry(key, $0) }
  }

  package func list(_ prefix: StatePrefix) async throws -> StateSnapshot {
    try await endExpiredLeases()
    return try await read { database in
      StateSnapshot(
        revision: StoreRevision(try StateTables.read(.revision, database)),
        entries: try StateTables.entries(prefix, database)
      )
    }
  }

  package nonisolated func watch(_ prefix: StatePrefix, after revision: StoreRevision) -> StateWatch {
    StateWatch(after: revision) { [self] position in
      try await revisionSignal.wait(beyond: position.number)
      return try await read { try StateHistory.changes(prefix, after: position, $0) }
    }
  }

  private nonisolated func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
    do {
      return try await database.pool.read(body)
    } catch {
      throw database.explain(error)
    }
  }

  // MARK: Writing

  package func transact(_ transaction: StateTransaction) async throws -> TransactionResult {
    try transaction.validate()
    try await endExpiredLeases()
    guard case .transacted(let result) = try await submit(.transact(transaction)) else { throw Signal.closed }
    return result
  }

  package func grantLease(timeToLive: Duration) async throws -> StateLease {
    guard (StateStoreLimits.shortestLease...StateStoreLimits.longestLease).contains(timeToLive) else {
      throw StateStoreError.invalidLease(timeToLive)
    }
    guard case .granted(let lease) = try await submit(.grant(timeToLive: timeToLive)) else { throw Signal.closed }
    return lease
  }

  package func keepAlive(_ lease: LeaseID) async throws {
    guard leases.renew(lease, now: clock.now()) else { throw StateStoreError.leaseNotFound(lease) }
  }

  package func revoke(_ lease: LeaseID) async throws {
    guard leases.contains(lease) else { throw StateStoreError.leaseNotFound(lease) }
    _ = try await submit(.end([lease]))
  }

  package func compact(through revision: StoreRevision) async throws {
    _ = try await submit(.compact(through: revision))
  }

  /// Ends the leases whose time is over. When that could not be written they stay due.
  private func endExpiredLeases() async throws {
    let expired = leases.takeExpired(now: clock.now())
    guard !expired.isEmpty else { return }
    do {
      _ = try await submit(.end(expired.map(\.id)))
    } catch {
      for lease in expired { leases.addExpired(lease.id, timeToLive: lease.timeToLive, now: clock.now()) }
      throw error
    }
  }

  /// Queues a command and waits for its reply. Cancelling withdraws it unless it is being written already.
  private func submit(_ command: StateCommand) async throws -> StateReply {
    try Task.checkCancellation()
    nextID += 1
    let id = nextID
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        queue.append(Pending(id: id, command: command, continuation: continuation))
        startWriting()
      }
    } onCancel: {
      Task { await withdraw(id) }
    }
  }

  private func withdraw(_ id: Int) {
    guard let index = queue.firstIndex(where: { $0.id == id }) else { return }
    queue.remove(at: index).continuation.resume(throwing: CancellationError())
  }

  private func startWriting() {
    guard !isWriting else { return }
    isWriting = true
    // Not a child of whoever submitted first: its cancellation must not touch what others submitted.
    Task { await writeQueue() }
  }

  private func writeQueue() async {
    while !queue.isEmpty {
      let batch = Array(queue.prefix(SQLiteStateStore.commandsAtOnce))
      queue.removeFirst(batch.count)
      do {
        let outcome = try await write(batch.map(\.command))
        for (pending, reply) in zip(batch, outcome.replies) { acknowledge(pending, reply) }
        revisionSignal.advance(to: outcome.revision.number)
      } catch {
        for pending in batch { pending.continuation.resume(throwing: database.explain(error)) }
      }
    }
    isWriting = false
  }

  private func write(_ commands: [StateCommand]) async throws -> StateWriter.Outcome {
    try await database.pool.write { [limits] database in
      try StateWriter.apply(commands, limits: limits, database)
    }
  }

  /// Keeps the lease book in step with the table before the answer is out.
  private func acknowledge(_ pending: Pending, _ reply: Result<StateReply, StateStoreError>) {
    if case .success(.granted(let lease)) = reply {
      leases.add(lease.id, timeToLive: lease.timeToLive, now: clock.now())
      leaseSignal.raise()
    }
    if case .end(let ended) = pending.command { ended.forEach { leases.remove($0) } }
    pending.continuation.resume(with: reply.mapError { $0 as any Error })
  }
}

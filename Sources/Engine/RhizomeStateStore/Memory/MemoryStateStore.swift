internal import Synchronization

/// A state store that forgets everything with its process: for simulations and tests.
///
/// It never suspends except in watches, so that equal calls give equal results in equal order.
package final class MemoryStateStore: StateStore {
  private let contents = Mutex(StateContents())
  private let clock: StateStoreClock
  private let revisionSignal = Signal()
  private let leaseSignal = Signal()

  package init(clock: StateStoreClock = .system) { self.clock = clock }

  /// Ends leases as their time runs out, until cancelled. Without it a lease ends at the next call to the store.
  package func run() async throws {
    while true {
      let seen = leaseSignal.value
      let deadline = mutate { $0.nextDeadline }
      try await withThrowingTaskGroup(of: Void.self) { [leaseSignal, clock] group in
        group.addTask { try await leaseSignal.wait(beyond: seen) }
        if let deadline { group.addTask { try await clock.sleep(deadline) } }
        defer { group.cancelAll() }
        try await group.next()
      }
    }
  }

  package func get(_ key: StateKey) async throws -> StateEntry? { mutate { $0.entry(key) } }

  package func list(_ prefix: StatePrefix) async throws -> StateSnapshot { mutate { $0.snapshot(prefix) } }

  package func transact(_ transaction: StateTransaction) async throws -> TransactionResult {
    try Task.checkCancellation()
    return try mutate { contents throws(StateStoreError) in try contents.transact(transaction) }
  }

  package func watch(_ prefix: StatePrefix, after revision: StoreRevision) -> StateWatch {
    StateWatch(after: revision) { [self] position in
      try await revisionSignal.wait(beyond: position.number)
      return try mutate { contents throws(StateStoreError) in try contents.changes(prefix, after: position) }
    }
  }

  package func grantLease(timeToLive: Duration) async throws -> StateLease {
    guard (StateStoreLimits.shortestLease...StateStoreLimits.longestLease).contains(timeToLive) else {
      throw StateStoreError.invalidLease(timeToLive)
    }
    let lease = mutate { $0.grantLease(timeToLive: timeToLive, now: clock.now()) }
    leaseSignal.raise()
    return lease
  }

  package func keepAlive(_ lease: LeaseID) async throws {
    try mutate { contents throws(StateStoreError) in try contents.keepAlive(lease, now: clock.now()) }
  }

  package func revoke(_ lease: LeaseID) async throws {
    try mutate { contents throws(StateStoreError) in try contents.revoke(lease) }
  }

  package func compact(through revision: StoreRevision) async throws { mutate { $0.compact(through: revision) } }

  /// Ends what is due, applies `body`, and wakes the watches.
  private func mutate<T: Sendable, E: Error>(_ body: (inout StateContents) throws(E) -> T) throws(E) -> T {
    let (result, revision) = contents.withLock { contents in
      contents.endExpiredLeases(now: clock.now())
      let result = Result { () throws(E) in try body(&contents) }
      return (result, contents.revision)
    }
    revisionSignal.advance(to: revision.number)
    return try result.get()
  }
}

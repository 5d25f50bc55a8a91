import RhizomeModel
import RhizomeStateStore
import Synchronization

/// One life of the reconciler's process. After its death nothing that it still does has any effect.
final class Life: Sendable {
  private let alive = Mutex(true)
  /// Yields once, at its death.
  let death: AsyncStream<Void>
  private let dying: AsyncStream<Void>.Continuation

  init() { (death, dying) = AsyncStream.makeStream() }

  var isAlive: Bool { alive.withLock { $0 } }

  func end() {
    alive.withLock { $0 = false }
    dying.yield()
    dying.finish()
  }
}

/// The state store as one life sees it: it dies with it, crashes around its transactions, and goes down at times.
final class MortalStore: StateStore {
  private let base: any StateStore
  private let life: Life
  private let faults: Faults
  private let judge: Judge

  init(_ base: any StateStore, life: Life, faults: Faults, judge: Judge) {
    self.base = base
    self.life = life
    self.faults = faults
    self.judge = judge
  }

  private static let dead = StateStoreError(.closed, "the process is dead")

  private func check() throws {
    guard life.isAlive else { throw MortalStore.dead }
    guard !faults.isStoreDown else { throw StateStoreError(.unavailable, "the disk is full") }
  }

  func transact(_ transaction: StateTransaction) async throws -> TransactionResult {
    try check()
    let crashes = faults.crashesAtTransaction()
    if crashes, faults.coin() {
      life.end()
      throw MortalStore.dead
    }
    let before = try await base.list(.all).revision
    let result = try await base.transact(transaction)
    if result.isCommitted, result.revision != before { judge.committed(transaction) }
    if crashes {
      life.end()
      throw MortalStore.dead
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

  func keepAlive(_ lease: LeaseID) async throws {
    try check()
    try await base.keepAlive(lease)
  }

  func revoke(_ lease: LeaseID) async throws {
    try check()
    try await base.revoke(lease)
  }

  func compact(through revision: StoreRevision) async throws {
    try check()
    try await base.compact(through: revision)
  }
}

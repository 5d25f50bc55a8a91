package import RhizomeStateStore
internal import Synchronization

/// A state store that can be made to fail, and that counts what changes it.
package final class BreakableStore: StateStore {
  /// What happens to the next transactions.
  package enum Mode: Sendable, Hashable {
    case working
    /// They fail, and nothing was written.
    case refusing
  }

  private let base: any StateStore
  private let mode = Mutex(Mode.working)
  private let committed = Mutex<[StateTransaction]>([])

  package init(_ base: any StateStore) { self.base = base }

  package func set(_ mode: Mode) { self.mode.withLock { $0 = mode } }

  /// All transactions that were applied.
  package var transactions: [StateTransaction] { committed.withLock { $0 } }

  package func transact(_ transaction: StateTransaction) async throws -> TransactionResult {
    guard mode.withLock({ $0 }) == .working else {
      throw StateStoreError(.unavailable, "told to fail")
    }
    let result = try await base.transact(transaction)
    if result.isCommitted { committed.withLock { $0.append(transaction) } }
    return result
  }

  package func get(_ key: StateKey) async throws -> StateEntry? { try await base.get(key) }
  package func list(_ prefix: StatePrefix) async throws -> StateSnapshot { try await base.list(prefix) }
  package func watch(_ prefix: StatePrefix, after revision: StoreRevision) -> StateWatch {
    base.watch(prefix, after: revision)
  }
  package func grantLease(timeToLive: Duration) async throws -> StateLease {
    try await base.grantLease(timeToLive: timeToLive)
  }
  package func keepAlive(_ lease: LeaseID) async throws { try await base.keepAlive(lease) }
  package func revoke(_ lease: LeaseID) async throws { try await base.revoke(lease) }
  package func compact(through revision: StoreRevision) async throws { try await base.compact(through: revision) }
}

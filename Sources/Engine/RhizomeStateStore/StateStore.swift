/// The shared, revisioned, watchable key-value store on which Rhizome keeps its records.
///
/// The contract is small on purpose, so that both one file on one machine and etcd v3 (its Range, Txn, Watch, Lease
/// and Compact calls) can keep it; `StateStoreConformance` holds every implementation to it.
///
/// Every call throws `StateStoreError`, or `CancellationError` when the calling task was cancelled. A cancelled
/// `transact` may or may not have been applied; anybody who must know reads again.
package protocol StateStore: Sendable {
  /// The entry stored under `key`, or nil. Sees every transaction acknowledged before the call.
  func get(_ key: StateKey) async throws -> StateEntry?

  /// Everything below `prefix`, in key order, as it stood at one single revision.
  func list(_ prefix: StatePrefix) async throws -> StateSnapshot

  /// Applies all operations if all conditions hold, otherwise none. Acknowledged means durable.
  func transact(_ transaction: StateTransaction) async throws -> TransactionResult

  /// All changes below `prefix` made after `revision`, in order and without gaps; see `StateWatch`.
  func watch(_ prefix: StatePrefix, after revision: StoreRevision) -> StateWatch

  /// Makes a lease that lives for `timeToLive` unless kept alive. A store may round up to whole seconds.
  /// After a restart of the store every lease is given its full time once more.
  func grantLease(timeToLive: Duration) async throws -> StateLease

  /// Gives the lease its full time again.
  /// - Throws: `leaseNotFound` when it expired or was revoked: whatever it protected is no longer held.
  func keepAlive(_ lease: LeaseID) async throws

  /// Ends the lease now and deletes its keys in one transaction.
  func revoke(_ lease: LeaseID) async throws

  /// Forgets the history up to and including `revision`; present entries stay. Watching from before it then fails.
  func compact(through revision: StoreRevision) async throws
}

extension StateStore {
  /// Applies `operations` when all `conditions` hold.
  @discardableResult
  package func transact(if conditions: [StateCondition] = [], then operations: [StateOperation]) async throws
    -> TransactionResult
  {
    try await transact(StateTransaction(conditions: conditions, operations: operations))
  }

  /// Stores `value` under `key` whatever is there.
  @discardableResult
  package func put(_ key: StateKey, _ value: [UInt8], lease: LeaseID? = nil) async throws -> StoreRevision {
    try await transact(then: [.put(key, value, lease: lease)]).revision
  }

  /// Removes `key` if it is there.
  @discardableResult
  package func delete(_ key: StateKey) async throws -> StoreRevision {
    try await transact(then: [.delete(key)]).revision
  }

  /// Reads, computes and writes one key until no other writer came in between.
  ///
  /// - Parameter compute: receives the present value and returns the next one, or nil to remove the key. It may run
  ///   several times and so must have no effects of its own.
  /// - Throws: `contended` after many defeats in a row, and whatever `compute` throws.
  @discardableResult
  package func update(
    _ key: StateKey,
    lease: LeaseID? = nil,
    _ compute: ([UInt8]?) throws -> [UInt8]?
  ) async throws -> StoreRevision {
    var current = try await get(key)
    for _ in 0..<StateStoreLimits.updateAttempts {
      let next = try compute(current?.value)
      let condition: StateCondition =
        current.map { .modified(key, at: $0.modificationRevision) } ?? .absent(key)
      let operation: StateOperation = next.map { .put(key, $0, lease: lease) } ?? .delete(key)
      switch try await transact(if: [condition], then: [operation]) {
      case .committed(let revision): return revision
      case .conflict(_, let found):
        current = found[key]
        // Whoever lost lets others finish; on a busy machine one writer could otherwise lose again and again.
        await Task.yield()
      }
    }
    throw StateStoreError(.contended, "\(key) was changed by others on every attempt to update it; try again")
  }
}

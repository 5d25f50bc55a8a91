/// The whole content of a store in memory, with its history and leases. Pure: time is an input.
struct StateContents: Sendable {
  private(set) var revision = StoreRevision.zero
  private(set) var compacted = StoreRevision.zero
  private var entries: [StateKey: StateEntry] = [:]
  private var history: [StateChangeBatch] = []
  private var leases = LeaseBook()
  private var lastLease: Int64 = 0

  var nextDeadline: Duration? { leases.nextDeadline }

  func entry(_ key: StateKey) -> StateEntry? { entries[key] }

  func snapshot(_ prefix: StatePrefix) -> StateSnapshot {
    let found = entries.values.filter { prefix.contains($0.key) }
    return StateSnapshot(revision: revision, entries: found.sorted { $0.key < $1.key })
  }

  mutating func transact(_ transaction: StateTransaction) throws(StateStoreError) -> TransactionResult {
    try transaction.validate()
    guard transaction.conditions.allSatisfy({ $0.holds(for: entries[$0.key]) }) else {
      let keys = Set(transaction.conditions.map(\.key))
      return .conflict(revision, current: entries.filter { keys.contains($0.key) })
    }
    for case .put(_, _, let lease?) in transaction.operations where !leases.contains(lease) {
      throw StateStoreError.leaseNotFound(lease)
    }
    record(transaction.operations.flatMap { changes(by: $0, at: revision.next) })
    return .committed(revision)
  }

  /// The changes below `prefix` after `revision`, all of them.
  func changes(_ prefix: StatePrefix, after revision: StoreRevision) throws(StateStoreError)
    -> (batches: [StateChangeBatch], through: StoreRevision)
  {
    guard revision >= compacted else { throw StateStoreError.compacted(after: revision, through: compacted) }
    let batches = history.compactMap { batch -> StateChangeBatch? in
      guard batch.revision > revision else { return nil }
      let changes = batch.changes.filter { prefix.contains($0.key) }
      return changes.isEmpty ? nil : StateChangeBatch(revision: batch.revision, changes: changes)
    }
    return (batches, self.revision)
  }

  mutating func compact(through revision: StoreRevision) {
    compacted = max(compacted, min(revision, self.revision))
    history.removeAll { $0.revision <= compacted }
  }

  mutating func grantLease(timeToLive: Duration, now: Duration) -> StateLease {
    lastLease += 1
    leases.add(LeaseID(lastLease), timeToLive: timeToLive, now: now)
    return StateLease(id: LeaseID(lastLease), timeToLive: timeToLive)
  }

  mutating func keepAlive(_ lease: LeaseID, now: Duration) throws(StateStoreError) {
    guard leases.renew(lease, now: now) else { throw StateStoreError.leaseNotFound(lease) }
  }

  mutating func revoke(_ lease: LeaseID) throws(StateStoreError) {
    guard leases.contains(lease) else { throw StateStoreError.leaseNotFound(lease) }
    end(lease)
  }

  /// Ends the leases whose time is over.
  mutating func endExpiredLeases(now: Duration) {
    for lease in leases.takeExpired(now: now) { end(lease.id) }
  }

  private mutating func end(_ lease: LeaseID) {
    leases.remove(lease)
    record(entries.values.filter { $0.lease == lease }.map { .deleted($0.key) })
  }

  private func changes(by operation: StateOperation, at next: StoreRevision) -> [StateChange] {
    switch operation {
    case .put(let key, let value, let lease):
      [.put(StateEntry(key, value, lease, after: entries[key], at: next))]
    case .delete(let key): entries[key] == nil ? [] : [.deleted(key)]
    case .deleteAll(let prefix): entries.keys.filter(prefix.contains).map { .deleted($0) }
    }
  }

  private mutating func record(_ changes: [StateChange]) {
    guard !changes.isEmpty else { return }
    revision = revision.next
    for change in changes {
      switch change {
      case .put(let entry): entries[entry.key] = entry
      case .deleted(let key): entries[key] = nil
      }
    }
    history.append(StateChangeBatch(revision: revision, changes: changes.sorted { $0.key < $1.key }))
  }
}

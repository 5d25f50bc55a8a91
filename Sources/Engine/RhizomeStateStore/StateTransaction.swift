/// Something that must hold for a transaction to be applied.
package enum StateCondition: Hashable, Sendable {
  case absent(StateKey)
  case present(StateKey)
  /// The key exists and was last written at this revision.
  case modified(StateKey, at: StoreRevision)

  package var key: StateKey {
    switch self {
    case .absent(let key), .present(let key), .modified(let key, _): key
    }
  }

  /// Whether the condition holds for what is stored under its key.
  package func holds(for entry: StateEntry?) -> Bool {
    switch self {
    case .absent: entry == nil
    case .present: entry != nil
    case .modified(_, let revision): entry?.modificationRevision == revision
    }
  }
}

/// One change of a transaction.
package enum StateOperation: Hashable, Sendable {
  case put(StateKey, [UInt8], lease: LeaseID? = nil)
  /// Removes the key; one that is not there is no error.
  case delete(StateKey)
  /// Removes everything below.
  case deleteAll(StatePrefix)
}

/// Operations that are applied together or not at all.
package struct StateTransaction: Hashable, Sendable {
  package var conditions: [StateCondition]
  package var operations: [StateOperation]

  package init(conditions: [StateCondition] = [], operations: [StateOperation]) {
    self.conditions = conditions
    self.operations = operations
  }

  /// Refuses what some implementation could not apply.
  /// - Throws: `invalidTransaction` beyond the limits, or when two operations touch the same key, since then their
  ///   order would matter and etcd refuses it.
  package func validate() throws(StateStoreError) {
    guard conditions.count <= StateStoreLimits.transactionItems,
      operations.count <= StateStoreLimits.transactionItems
    else {
      throw StateStoreError(
        .invalidTransaction,
        "a transaction takes at most \(StateStoreLimits.transactionItems) conditions and as many operations, not "
          + "\(conditions.count) and \(operations.count); split it"
      )
    }
    guard byteCount <= StateStoreLimits.transactionBytes else {
      throw StateStoreError(
        .invalidTransaction,
        "a transaction takes at most \(StateStoreLimits.transactionBytes) bytes, not \(byteCount); split the value"
      )
    }
    try refuseOverlaps()
  }

  /// Bytes of all keys and values.
  private var byteCount: Int {
    operations.reduce(conditions.reduce(0) { $0 + $1.key.text.utf8.count }) { sum, operation in
      switch operation {
      case .put(let key, let value, _): sum + key.text.utf8.count + value.count
      case .delete(let key): sum + key.text.utf8.count
      case .deleteAll(let prefix): sum + prefix.text.utf8.count
      }
    }
  }

  private func refuseOverlaps() throws(StateStoreError) {
    var keys: Set<StateKey> = []
    var prefixes: [StatePrefix] = []
    for operation in operations {
      switch operation {
      case .put(let key, _, _), .delete(let key):
        guard keys.insert(key).inserted else { throw StateTransaction.overlap(key.text) }
      case .deleteAll(let prefix):
        guard !prefixes.contains(where: { $0.text.hasPrefix(prefix.text) || prefix.text.hasPrefix($0.text) }) else {
          throw StateTransaction.overlap(prefix.text)
        }
        prefixes.append(prefix)
      }
    }
    for prefix in prefixes {
      if let key = keys.first(where: prefix.contains) { throw StateTransaction.overlap(key.text) }
    }
  }

  private static func overlap(_ name: String) -> StateStoreError {
    StateStoreError(.invalidTransaction, "two operations of one transaction touch \(name); keep the last one only")
  }
}

/// What became of a transaction.
package enum TransactionResult: Hashable, Sendable {
  /// Applied. A transaction that changed nothing keeps the revision the store had.
  case committed(StoreRevision)
  /// Not applied; `current` holds the present entries of the keys that the conditions name.
  case conflict(StoreRevision, current: [StateKey: StateEntry])

  package var isCommitted: Bool {
    if case .committed = self { true } else { false }
  }

  /// The store's revision after the transaction.
  package var revision: StoreRevision {
    switch self {
    case .committed(let revision), .conflict(let revision, _): revision
    }
  }
}

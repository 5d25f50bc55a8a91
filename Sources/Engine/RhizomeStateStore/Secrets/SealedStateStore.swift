internal import OpenSSL

/// Encrypts the values below some prefixes on their way into another store, and decrypts them on their way out.
///
/// A value is bound to its key's name: a sealed value copied under another key does not open. Names, sizes and times
/// stay visible.
package struct SealedStateStore: StateStore {
  private static let witness = "sealing/witness"
  private static let witnessPrefix = "sealing/"
  private static let witnessText = Array("this store is sealed with the right key".utf8)

  private let base: any StateStore
  private let prefixes: [StatePrefix]
  private let key: [UInt8]

  /// Wraps `base`, and makes sure that its sealed values were sealed with this key.
  /// - Parameter prefixes: where values are sealed. Must stay the same over the life of the store.
  /// - Throws: `wrongKey` when the store was sealed with another key.
  package init(_ base: any StateStore, key: MasterKey, prefixes: [StatePrefix]) async throws {
    self.base = base
    self.prefixes = prefixes + [try StatePrefix(SealedStateStore.witnessPrefix)]
    self.key = key.derive("state-store-sealing")
    try await checkWitness()
  }

  package func get(_ key: StateKey) async throws -> StateEntry? { try await base.get(key).map(opened) }

  package func list(_ prefix: StatePrefix) async throws -> StateSnapshot {
    let snapshot = try await base.list(prefix)
    let entries = snapshot.entries.filter { !SealedStateStore.isOwn($0.key) }
    return StateSnapshot(revision: snapshot.revision, entries: try entries.map(opened))
  }

  package func transact(_ transaction: StateTransaction) async throws -> TransactionResult {
    let operations = transaction.operations.map(sealed)
    switch try await base.transact(StateTransaction(conditions: transaction.conditions, operations: operations)) {
    case .committed(let revision): return .committed(revision)
    case .conflict(let revision, let current): return .conflict(revision, current: try current.mapValues(opened))
    }
  }

  package func watch(_ prefix: StatePrefix, after revision: StoreRevision) -> StateWatch {
    base.watch(prefix, after: revision).compactMap { batch in
      let changes = try batch.changes.filter { !SealedStateStore.isOwn($0.key) }.map { change -> StateChange in
        if case .put(let entry) = change { .put(try opened(entry)) } else { change }
      }
      return changes.isEmpty ? nil : StateChangeBatch(revision: batch.revision, changes: changes)
    }
  }

  package func grantLease(timeToLive: Duration) async throws -> StateLease {
    try await base.grantLease(timeToLive: timeToLive)
  }

  package func keepAlive(_ lease: LeaseID) async throws { try await base.keepAlive(lease) }
  package func revoke(_ lease: LeaseID) async throws { try await base.revoke(lease) }
  package func compact(through revision: StoreRevision) async throws { try await base.compact(through: revision) }
}

extension SealedStateStore {
  /// The first opener leaves a sealed witness, which every later one must be able to open.
  private func checkWitness() async throws {
    let name = try StateKey(SealedStateStore.witness)
    let result = try await transact(if: [.absent(name)], then: [.put(name, SealedStateStore.witnessText)])
    if case .conflict(_, let current) = result, current[name]?.value != SealedStateStore.witnessText {
      throw SealedStateStore.wrongKey(name)
    }
  }

  private func isSealed(_ key: StateKey) -> Bool { prefixes.contains { $0.contains(key) } }

  /// The witness is nobody's business but this type's.
  private static func isOwn(_ key: StateKey) -> Bool { key.text.hasPrefix(witnessPrefix) }

  private func sealed(_ operation: StateOperation) -> StateOperation {
    guard case .put(let name, let value, let lease) = operation, isSealed(name) else { return operation }
    return .put(name, AuthenticatedEncryption.seal(value, key: key, context: Array(name.text.utf8)), lease: lease)
  }

  @Sendable private func opened(_ entry: StateEntry) throws -> StateEntry {
    guard isSealed(entry.key) else { return entry }
    do {
      let context = Array(entry.key.text.utf8)
      return entry.with(value: try AuthenticatedEncryption.open(entry.value, key: key, context: context))
    } catch {
      throw SealedStateStore.wrongKey(entry.key)
    }
  }

  private static func wrongKey(_ key: StateKey) -> StateStoreError {
    StateStoreError(
      .wrongKey,
      "the value of \(key) does not open with this master key: it was sealed with another key, or changed since; "
        + "put the key file back that belongs to this store, or restore key file and store from the same backup"
    )
  }
}

package import RhizomeModel

/// What Rhizome made or adopted, and what it is about to make.
///
/// The order of calls keeps crashes harmless: `begin` before the driver acts, then `record` or `forget` with its
/// result, each of which ends the intent in the same transaction. An intent that is found after a restart says: look
/// at this resource before anything else, it may have been made without a record.
package struct Inventory: Sendable {
  private let store: any StateStore
  private let prior: StatePrefix
  private let records: RecordTable<InventoryRecord>
  private let intents: RecordTable<Intent>
  private let letGo: RecordTable<LetGo>

  package init(_ store: any StateStore) throws {
    self.store = store
    prior = try StatePrefix(RecordPlaces.prior)
    records = RecordTable(store, prefix: try StatePrefix(RecordPlaces.inventory))
    intents = RecordTable(store, prefix: try StatePrefix(RecordPlaces.intents))
    letGo = RecordTable(store, prefix: try StatePrefix(RecordPlaces.letGo))
  }

  /// Everything, as it stood at one moment.
  package func load() async throws -> PriorState {
    let entries = try await store.list(prior).entries
    return PriorState(
      records: try entries.filter { records.prefix.contains($0.key) }.map(records.decode),
      intents: try entries.filter { intents.prefix.contains($0.key) }.map(intents.decode),
      letGo: try entries.filter { letGo.prefix.contains($0.key) }.map(letGo.decode)
    )
  }

  package func get(_ address: Address) async throws -> InventoryRecord? {
    try await records.get(address.description)
  }

  /// Notes what is about to be done. Durable when it returns.
  package func begin(_ intent: Intent) async throws { try await intents.put(intent.address.description, intent) }

  /// Notes what was done, and ends the intent.
  package func record(_ record: InventoryRecord) async throws {
    let name = record.address.description
    try await store.transact(then: [try records.putting(name, record), try intents.removing(name)])
  }

  /// Drops the record of a resource that is gone or no longer ours, and ends the intent.
  package func forget(_ address: Address) async throws {
    let name = address.description
    try await store.transact(then: [try records.removing(name), try intents.removing(name)])
  }

  /// Ends an intent of which nothing came.
  package func abandon(_ address: Address) async throws { try await intents.remove(address.description) }

  /// Everything that changes after `revision`.
  package func watch(after revision: StoreRevision) -> StateWatch { store.watch(prior, after: revision) }
}

package import RhizomeModel
package import RhizomeStateStore

/// The reconciler's books in the state store: what a pass reads, and what it writes in one transaction.
package struct Ledger: Sendable {
  /// What is to become of one entry.
  package enum Entry<Value: Sendable & Hashable>: Sendable, Hashable {
    case keep
    case put(Value)
    case remove
  }

  /// All that one step changes about one resource; applied together or not at all.
  package struct Change: Sendable, Hashable {
    package let address: Address
    package var record: Entry<InventoryRecord> = .keep
    package var intent: Entry<Intent> = .keep
    package var status: Entry<ResourceStatus> = .keep
    package var drift: Entry<[DriftEntry]> = .keep
    /// Differences that are no longer there, with all earlier ones.
    package var resolvedDrift: Entry<[ResolvedDrift]> = .keep
    /// What is left where it is because its declaration said so.
    package var letGo: Entry<LetGo> = .keep
    /// What came of an action, for the history.
    package var action: ActionRecord?

    package init(_ address: Address) { self.address = address }
  }

  /// Everything in the books.
  package struct Contents: Sendable {
    package var prior = PriorState()
    package var statuses: [Address: ResourceStatus] = [:]
    package var drift: [Address: [DriftEntry]] = [:]
    package var resolvedDrift: [Address: [ResolvedDrift]] = [:]
    /// By driver: what exists beside our resources.
    package var foreign: [String: [DriftEntry]] = [:]
  }

  private let store: any StateStore
  private let inventory: Inventory
  private let records: RecordTable<InventoryRecord>
  private let intents: RecordTable<Intent>
  private let letGo: RecordTable<LetGo>
  private let statuses: RecordTable<ResourceStatus>
  private let drift: RecordTable<[DriftEntry]>
  private let resolvedDrift: RecordTable<[ResolvedDrift]>
  private let foreign: RecordTable<[DriftEntry]>
  package let actions: ActionLog

  package init(_ store: any StateStore) throws {
    self.store = store
    inventory = try Inventory(store)
    records = RecordTable(store, prefix: try StatePrefix(RecordPlaces.inventory))
    intents = RecordTable(store, prefix: try StatePrefix(RecordPlaces.intents))
    letGo = RecordTable(store, prefix: try StatePrefix(RecordPlaces.letGo))
    statuses = RecordTable(store, prefix: try StatePrefix(RecordPlaces.status))
    drift = RecordTable(store, prefix: try StatePrefix(RecordPlaces.drift))
    resolvedDrift = RecordTable(store, prefix: try StatePrefix(RecordPlaces.resolvedDrift))
    foreign = RecordTable(store, prefix: try StatePrefix(RecordPlaces.foreign))
    actions = try ActionLog(store)
  }

  /// Reads all of the books.
  package func load() async throws -> Contents {
    let statuses = try await statuses.all().records.map { ($0.record.address, $0.record) }
    let drift = try await drift.all().records.compactMap { name, record in Address(name).map { ($0, record) } }
    let resolved = try await resolvedDrift.all().records.compactMap { name, record in
      Address(name).map { ($0, record) }
    }
    let foreign = try await foreign.all().records.map { ($0.name, $0.record) }
    return Contents(
      prior: try await inventory.load(),
      statuses: Dictionary(statuses, uniquingKeysWith: { $1 }),
      drift: Dictionary(drift, uniquingKeysWith: { $1 }),
      resolvedDrift: Dictionary(resolved, uniquingKeysWith: { $1 }),
      foreign: Dictionary(foreign, uniquingKeysWith: { $1 })
    )
  }

  /// Inventory and intents.
  package func prior() async throws -> PriorState { try await inventory.load() }

  /// The record and the intent of one resource, as a prior state of its own.
  package func prior(of address: Address) async throws -> PriorState {
    let name = address.description
    return PriorState(
      records: try await records.get(name).map { [$0] } ?? [],
      intents: try await intents.get(name).map { [$0] } ?? []
    )
  }

  /// Applies a change in one transaction; one that changes nothing costs nothing.
  package func commit(_ change: Change) async throws {
    let name = change.address.description
    let operations = [
      try operation(change.record, name, records), try operation(change.intent, name, intents),
      try operation(change.letGo, name, letGo),
      try operation(change.status, name, statuses), try operation(change.drift, name, drift),
      try operation(change.resolvedDrift, name, resolvedDrift), try change.action.map(actions.putting),
    ].compactMap { $0 }
    if !operations.isEmpty { try await store.transact(then: operations) }
  }

  /// Drops what is remembered of differences of these resources that are no longer there.
  package func forgetResolvedDrift(of addresses: [Address]) async throws {
    for start in stride(from: 0, to: addresses.count, by: Ledger.removalsAtOnce) {
      let batch = addresses[start..<min(start + Ledger.removalsAtOnce, addresses.count)]
      try await store.transact(then: batch.map { try resolvedDrift.removing($0.description) })
    }
  }

  private static let removalsAtOnce = 50

  /// Stores what exists beside our resources, as one driver saw it.
  package func commitForeign(_ driver: String, _ entries: [DriftEntry]) async throws {
    if entries.isEmpty { try await foreign.remove(driver) } else { try await foreign.put(driver, entries) }
  }

  private func operation<Value: Codable & Sendable & Hashable>(
    _ entry: Entry<Value>,
    _ name: String,
    _ table: RecordTable<Value>
  ) throws -> StateOperation? {
    switch entry {
    case .keep: nil
    case .put(let value): try table.putting(name, value)
    case .remove: try table.removing(name)
    }
  }
}

package import RhizomeModel

/// The last known status of every resource.
package struct StatusBoard: Sendable {
  private let table: RecordTable<ResourceStatus>

  package init(_ store: any StateStore) throws {
    table = RecordTable(store, prefix: try StatePrefix(RecordPlaces.status))
  }

  package func get(_ address: Address) async throws -> ResourceStatus? { try await table.get(address.description) }

  /// All of them in the order of their addresses, and the store's revision for `watch`.
  package func all() async throws -> (revision: StoreRevision, statuses: [ResourceStatus]) {
    let (revision, records) = try await table.all()
    return (revision, records.map(\.record).sorted { $0.address < $1.address })
  }

  /// Stores a status unless it is the one that is there: a world at rest is not written to.
  /// - Returns: whether it was news.
  @discardableResult
  package func post(_ status: ResourceStatus) async throws -> Bool {
    try await table.put(status.address.description, status)
  }

  package func remove(_ address: Address) async throws { try await table.remove(address.description) }

  package func watch(after revision: StoreRevision) -> StateWatch { table.store.watch(table.prefix, after: revision) }

  /// Reads the status in a change that `watch` gave; nil when it was removed.
  package func status(in change: StateChange) throws -> ResourceStatus? {
    guard case .put(let entry) = change else { return nil }
    return try table.decode(entry)
  }
}

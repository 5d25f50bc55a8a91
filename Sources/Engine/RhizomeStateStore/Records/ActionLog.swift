package import RhizomeModel

/// What was done for each revision, the last actions of all.
package struct ActionLog: Sendable {
  private let table: RecordTable<ActionRecord>
  private let capacity: Int

  /// - Parameter capacity: how many actions are kept, whatever revision they belong to.
  package init(_ store: any StateStore, capacity: Int = 5_000) throws {
    table = RecordTable(store, prefix: try StatePrefix(RecordPlaces.actions))
    self.capacity = capacity
  }

  /// The operation that stores a record, for a transaction together with what the action changed.
  package func putting(_ record: ActionRecord) throws -> StateOperation { try table.putting(name(of: record), record) }

  /// All kept actions, by revision and time.
  package func records() async throws -> [ActionRecord] { try await table.all().records.map(\.record) }

  /// The actions of one revision, oldest first.
  package func records(of revision: Int) async throws -> [ActionRecord] {
    let prefix = try StatePrefix("\(RecordPlaces.actions)\(RecordPlaces.sortable(revision))/")
    return try await RecordTable<ActionRecord>(table.store, prefix: prefix).all().records.map(\.record)
  }

  /// Drops the oldest beyond the capacity.
  package func trim() async throws {
    let surplus = try await table.store.list(table.prefix).entries.map(\.key).dropLast(capacity)
    for start in stride(from: surplus.startIndex, to: surplus.endIndex, by: ActionLog.removalsAtOnce) {
      let batch = surplus[start..<min(start + ActionLog.removalsAtOnce, surplus.endIndex)]
      try await table.store.transact(then: batch.map { .delete($0) })
    }
  }

  private static let removalsAtOnce = 50

  /// Sorts by revision and time; a resource is in one action at a time.
  private func name(of record: ActionRecord) -> String {
    let moment = RecordPlaces.sortable(Int(record.startedAt.milliseconds))
    return "\(RecordPlaces.sortable(record.revision))/\(moment)/\(record.address)"
  }
}

internal import GRDB

/// Reads pieces of history for watchers, bounded in size.
enum StateHistory {
  private static let piecesAtOnce = 256
  private static let bytesAtOnce = 4 << 20

  /// The changes below `prefix` after `revision`, and the revision up to which the answer is complete.
  /// - Throws: `compacted` when the beginning is no longer kept.
  static func changes(_ prefix: StatePrefix, after revision: StoreRevision, _ database: Database) throws
    -> (batches: [StateChangeBatch], through: StoreRevision)
  {
    let compacted = StoreRevision(try StateTables.read(.compacted, database))
    guard revision >= compacted else { throw StateStoreError.compacted(after: revision, through: compacted) }
    let present = StoreRevision(try StateTables.read(.revision, database))
    let sql = "SELECT * FROM change WHERE modificationRevision > ? ORDER BY modificationRevision, key"
    let rows = try Row.fetchCursor(database.cachedStatement(sql: sql), arguments: [revision.number])
    var collector = Collector(prefix: prefix)
    while let row = try rows.next() {
      guard try collector.add(row) else { return (collector.batches, collector.through) }
    }
    return (collector.finish(), present)
  }

  /// Gathers rows into whole transactions until there are enough.
  private struct Collector {
    let prefix: StatePrefix
    private(set) var batches: [StateChangeBatch] = []
    /// The last transaction that was read to its end.
    private(set) var through = StoreRevision.zero
    private var current = StoreRevision.zero
    private var changes: [StateChange] = []
    private var byteCount = 0
    private var rowCount = 0

    init(prefix: StatePrefix) { self.prefix = prefix }

    /// - Returns: false when there is enough; the row then belongs to the next piece.
    mutating func add(_ row: Row) throws -> Bool {
      let revision = StoreRevision(row["modificationRevision"])
      if revision != current {
        closeBatch()
        guard rowCount < StateHistory.piecesAtOnce, byteCount < StateHistory.bytesAtOnce else { return false }
        current = revision
      }
      rowCount += 1
      let key = try StateKey(row["key"])
      guard prefix.contains(key) else { return true }
      let change: StateChange = row.hasNull(atIndex: 2) ? .deleted(key) : .put(try StateTables.entry(row))
      if case .put(let entry) = change { byteCount += entry.value.count }
      changes.append(change)
      return true
    }

    mutating func finish() -> [StateChangeBatch] {
      closeBatch()
      return batches
    }

    private mutating func closeBatch() {
      through = current
      if !changes.isEmpty { batches.append(StateChangeBatch(revision: current, changes: changes)) }
      changes = []
    }
  }
}

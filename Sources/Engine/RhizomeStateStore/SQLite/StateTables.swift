#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import GRDB

/// The statements of the store: reading and writing its tables inside a transaction that the caller holds.
enum StateTables {
  enum Counter: String {
    case revision, compacted, lease, historyBytes
  }

  static func read(_ counter: Counter, _ database: Database) throws -> Int64 {
    let statement = try database.cachedStatement(sql: "SELECT value FROM counter WHERE name = ?")
    return try Int64.fetchOne(statement, arguments: [counter.rawValue]) ?? 0
  }

  static func write(_ counter: Counter, _ value: Int64, _ database: Database) throws {
    try execute("UPDATE counter SET value = ? WHERE name = ?", [value, counter.rawValue], database)
  }

  static func entry(_ key: StateKey, _ database: Database) throws -> StateEntry? {
    let statement = try database.cachedStatement(sql: "SELECT * FROM entry WHERE key = ?")
    return try Row.fetchOne(statement, arguments: [key.text]).map { try entry($0) }
  }

  static func entries(_ prefix: StatePrefix, _ database: Database) throws -> [StateEntry] {
    let rows: [Row]
    if let upperBound = prefix.upperBound {
      let sql = "SELECT * FROM entry WHERE key > ? AND key < ? ORDER BY key"
      rows = try Row.fetchAll(database.cachedStatement(sql: sql), arguments: [prefix.text, upperBound])
    } else {
      rows = try Row.fetchAll(database.cachedStatement(sql: "SELECT * FROM entry ORDER BY key"))
    }
    return try rows.map { try entry($0) }
  }

  static func keys(below prefix: StatePrefix, _ database: Database) throws -> [StateKey] {
    let sql = "SELECT key FROM entry WHERE key > ? AND key < ? ORDER BY key"
    // Every key is ASCII, so that the character after the last ASCII one bounds them all.
    let arguments: StatementArguments = [prefix.text, prefix.upperBound ?? "\u{80}"]
    return try String.fetchAll(database.cachedStatement(sql: sql), arguments: arguments).map { try StateKey($0) }
  }

  static func keys(of lease: LeaseID, _ database: Database) throws -> [StateKey] {
    let statement = try database.cachedStatement(sql: "SELECT key FROM entry WHERE lease = ? ORDER BY key")
    return try String.fetchAll(statement, arguments: [lease.number]).map { try StateKey($0) }
  }

  static func leases(_ database: Database) throws -> [StateLease] {
    try Row.fetchAll(database, sql: "SELECT id, timeToLiveMilliseconds FROM lease").map { row in
      StateLease(id: LeaseID(row["id"]), timeToLive: .milliseconds(row["timeToLiveMilliseconds"] as Int64))
    }
  }

  static func store(_ entry: StateEntry, _ database: Database) throws {
    let arguments: StatementArguments = [
      entry.key.text, Data(entry.value), entry.creationRevision.number, entry.modificationRevision.number,
      entry.version, entry.lease?.number,
    ]
    let columns = "(key, value, creationRevision, modificationRevision, version, lease) VALUES (?, ?, ?, ?, ?, ?)"
    try execute("INSERT OR REPLACE INTO entry \(columns)", arguments, database)
    try execute("INSERT INTO change \(columns)", arguments, database)
  }

  static func remove(_ key: StateKey, at revision: StoreRevision, _ database: Database) throws {
    try execute("DELETE FROM entry WHERE key = ?", [key.text], database)
    try execute("INSERT INTO change (modificationRevision, key) VALUES (?, ?)", [revision.number, key.text], database)
  }

  static func compact(through revision: StoreRevision, _ database: Database) throws {
    try execute("DELETE FROM change WHERE modificationRevision <= ?", [revision.number], database)
    try write(.compacted, revision.number, database)
    try write(.historyBytes, historyBytes(database), database)
  }

  /// The bytes of all values in the history, added up.
  static func historyBytes(_ database: Database) throws -> Int64 {
    try Int64.fetchOne(database, sql: "SELECT coalesce(sum(length(value)), 0) FROM change") ?? 0
  }

  static func execute(_ sql: String, _ arguments: StatementArguments, _ database: Database) throws {
    try database.cachedStatement(sql: sql).execute(arguments: arguments)
  }

  static func entry(_ row: Row) throws -> StateEntry {
    StateEntry(
      key: try StateKey(row["key"]),
      value: [UInt8](row["value"] as Data),
      creationRevision: StoreRevision(row["creationRevision"]),
      modificationRevision: StoreRevision(row["modificationRevision"]),
      version: row["version"],
      lease: (row["lease"] as Int64?).map(LeaseID.init)
    )
  }
}

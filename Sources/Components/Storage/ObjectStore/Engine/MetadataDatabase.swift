internal import GRDB

/// Everything about buckets, keys and objects except the contents of large objects: one SQLite database.
struct MetadataDatabase: Sendable {
  private let pool: DatabasePool
  private let committer: GroupCommitter

  /// Opens or creates the database, checks it and brings its tables up to date.
  /// - Throws: `StoreError` with `damaged` when SQLite finds the file damaged or from a newer version of ours, and with
  ///   `unavailable` when it cannot be read or written.
  init(path: String) throws {
    do {
      try self.init(opening: path)
    } catch let error as DatabaseError {
      throw Self.explain(error, path)
    }
  }

  private init(opening path: String) throws {
    try FileSystem.createPrivateFile(path)
    pool = try DatabasePool(path: path, configuration: Self.configuration)
    // GRDB puts the writer to NORMAL when it turns on WAL, after all hooks of the configuration. In NORMAL a power
    // cut can take back acknowledged commits, so FULL is set here, and read back.
    try pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
    committer = GroupCommitter(pool)
    try check(path)
    try Schema.migrator.migrate(pool)
  }

  private static var configuration: GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.label = "object-store"
    configuration.maximumReaderCount = 4
    return configuration
  }

  /// Reads one consistent snapshot.
  func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    try await pool.read(body)
  }

  /// Like `read`, for the start, which blocks anyway.
  func readBlocking<Value>(_ body: (Database) throws -> Value) throws -> Value { try pool.read(body) }

  /// Writes in a transaction that is durable when this returns.
  func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    try await committer.write(body)
  }

  /// The writer's settings that durability rests on.
  func durability() throws -> (journal: String, synchronous: Int) {
    try pool.writeWithoutTransaction { db in
      (
        try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? "",
        try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? -1
      )
    }
  }

  /// Ends all use. Everything is in the one file then.
  func close() throws {
    // GRDB closes its readers last, which may not write, so that SQLite would not move what is in the -wal into the file.
    // Where another program reads, that stays in the -wal, and the next start finds it there.
    _ = try? pool.barrierWriteWithoutTransaction { try $0.checkpoint(.truncate) }
    pool.invalidateReadOnlyConnections()
    try pool.close()
  }

  private func check(_ path: String) throws {
    let settings = try durability()
    guard settings.journal == "wal", settings.synchronous == 2 else {
      throw StoreError(.unavailable, "SQLite did not accept WAL with full synchronisation: \(settings)")
    }
    let verdict = try pool.read { db in try String.fetchAll(db, sql: "PRAGMA quick_check(5)") }
    guard verdict == ["ok"] else { throw Self.damaged(path, verdict.joined(separator: "; ")) }
    guard try !pool.read({ db in try Schema.migrator.hasBeenSuperseded(db) }) else {
      throw StoreError(.damaged, "\(path) was written by a newer version of this program; start that one.")
    }
  }

  private static func explain(_ error: DatabaseError, _ path: String) -> StoreError {
    let reason = error.message ?? "\(error.resultCode)"
    switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: return damaged(path, reason)
    default:
      return StoreError(
        .unavailable,
        "Could not read or write \(path): \(reason). Is its disk mounted, writable, sound and not full?"
      )
    }
  }

  private static func damaged(_ path: String, _ finding: String) -> StoreError {
    StoreError(
      .damaged,
      "The object store's database \(path) is damaged (\(finding)); stop the daemon and put back a copy of the data folder."
    )
  }
}

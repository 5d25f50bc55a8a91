internal import GRDB
internal import PrivateFiles

/// Opens the store's database file safely: private, by one process only, sound, of a known version, and durable.
struct StateDatabase: Sendable {
  let pool: DatabasePool
  let path: String
  private let lock: FileLock

  /// - Throws: `notPrivate`, `inUse`, `damaged`, `fromFuture` or `unavailable`, naming the path and the remedy.
  init(path: String) throws {
    self.path = path
    lock = try StateDatabase.claim(path)
    do {
      pool = try StateDatabase.openPool(path)
      try pool.read { try StateDatabase.examine($0, path) }
      try StateMigrations.migrator.migrate(pool)
      try StateDatabase.makeDurable(pool)
    } catch {
      throw StateDatabase.explain(error, path)
    }
  }

  /// Ends all use and lets the next one open it. Everything is in the one file then.
  func close() throws {
    // GRDB closes its readers last, which may not write, so that SQLite would not move what is in the -wal into the file.
    // Where another program reads, that stays in the -wal, and the next start finds it there.
    _ = try? pool.barrierWriteWithoutTransaction { try $0.checkpoint(.truncate) }
    pool.invalidateReadOnlyConnections()
    try pool.close()
    lock.release()
  }

  /// Turns what GRDB throws into an error that names the file and what to do.
  func explain(_ error: any Error) -> any Error { StateDatabase.explain(error, path) }
}

extension StateDatabase {
  private static func claim(_ path: String) throws -> FileLock {
    do {
      try PrivateFiles.makeDirectory(PrivateFiles.parent(of: path))
      // SQLite gives its side files (-wal, -shm) the mode of the database, so this mode covers them all.
      try PrivateFiles.ensureFile(path)
      if let lock = try FileLock(path + ".lock") { return lock }
    } catch {
      throw StateStoreError(error.code == .notPrivate ? .notPrivate : .unavailable, error.message)
    }
    throw inUse(path)
  }

  static func inUse(_ path: String) -> StateStoreError {
    StateStoreError(.inUse, "another process uses the state store \(path); stop it, or choose another directory")
  }

  private static func openPool(_ path: String) throws -> DatabasePool {
    var configuration = Configuration()
    configuration.label = "state-store"
    configuration.maximumReaderCount = 2
    configuration.busyMode = .timeout(5)
    return try DatabasePool(path: path, configuration: configuration)
  }

  /// Refuses content this program must not touch.
  private static func examine(_ database: Database, _ path: String) throws {
    let findings = try String.fetchAll(database, sql: "PRAGMA quick_check(3)")
    guard findings == ["ok"] else { throw damaged(path, findings.joined(separator: "; ")) }
    let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master WHERE type = 'table'") ?? 0
    let migrator = StateMigrations.migrator
    if try tables > 0 && migrator.appliedIdentifiers(database).isEmpty {
      throw damaged(path, "it is a database of some other program")
    }
    if try migrator.hasBeenSuperseded(database) {
      throw StateStoreError(
        .fromFuture,
        "\(path) was written by a newer version of this program; use that version, or restore an older backup"
      )
    }
  }

  /// GRDB sets the writer to synchronous = NORMAL when it turns WAL on, in which mode the last transactions are lost
  /// when the power fails; FULL has to be set after opening.
  private static func makeDurable(_ pool: DatabasePool) throws {
    let level = try pool.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA synchronous = FULL")
      return try Int.fetchOne(database, sql: "PRAGMA synchronous")
    }
    precondition(level == 2, "SQLite did not accept synchronous = FULL")
  }

  static func explain(_ error: any Error, _ path: String) -> any Error {
    guard let error = error as? DatabaseError else { return error }
    let reason = error.message ?? "\(error.resultCode)"
    switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: return damaged(path, reason)
    case .SQLITE_FULL:
      return StateStoreError(.unavailable, "the disk with \(path) is full; free some space and try again")
    case .SQLITE_MISUSE: return Signal.closed
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return StateStoreError(.inUse, "\(path) is locked by another program; end that program and try again")
    default:
      return StateStoreError(
        .unavailable,
        "could not read or write \(path): \(reason); check that its disk is mounted, writable and sound"
      )
    }
  }

  private static func damaged(_ path: String, _ finding: String) -> StateStoreError {
    StateStoreError(
      .damaged,
      "the state store \(path) is damaged (\(finding)); stop the daemon and put back a copy of the data folder"
    )
  }
}

import Foundation
import GRDB
import PrivateFiles
import Testing

@testable import RhizomeStateStore

@Suite("Backup, restore and old schemas")
struct BackupTests {
  @Test func backupIsConsistentPrivateAndRestorable() async throws {
    try await withTemporaryDirectory { directory in
      let (path, backup) = (directory + "/state.sqlite", directory + "/backups/one")
      let store = try SQLiteStateStore(path: path)
      let (left, right) = (try StateKey("left"), try StateKey("right"))
      let writer = Task {
        var number = 0
        while !Task.isCancelled {
          number += 1
          try await store.transact(then: [.put(left, Array("\(number)".utf8)), .put(right, Array("\(number)".utf8))])
        }
      }
      while try await store.get(left) == nil { await Task.yield() }
      try await store.backup(to: backup)
      writer.cancel()
      _ = await writer.result
      let later = try await store.list(.all)
      #expect(try mode(of: backup) == 0o600)
      try await store.close()
      try SQLiteStateStore.restore(from: backup, to: path)
      let restored = try SQLiteStateStore(path: path)
      let snapshot = try await restored.list(.all)
      #expect(snapshot.entries.count == 2)
      #expect(Set(snapshot.entries.map(\.value)).count == 1, "half a transaction is in the backup")
      #expect(snapshot.revision <= later.revision)
      #expect(snapshot.entries.first?.modificationRevision == snapshot.revision)
      try await restored.close()
      let replaced = try SQLiteStateStore(path: path + ".replaced")
      #expect(try await replaced.list(.all) == later, "the store that was replaced is kept")
      try await replaced.close()
    }
  }

  @Test func backupNeverReplacesAFile() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStateStore(path: directory + "/state.sqlite")
      try PrivateFiles.write([1], to: directory + "/precious")
      let error = await #expect(throws: StateStoreError.self) { try await store.backup(to: directory + "/precious") }
      #expect(error?.message.contains("exists already") == true)
      #expect(try PrivateFiles.read(directory + "/precious", limit: 10) == [1])
      try await store.close()
    }
  }

  @Test func restoreRefusesAStoreInUseAndWhatIsNoBackup() async throws {
    try await withTemporaryDirectory { directory in
      let (path, backup) = (directory + "/state.sqlite", directory + "/backup")
      let store = try SQLiteStateStore(path: path)
      try await store.put(StateKey("k"), [1])
      try await store.backup(to: backup)
      let inUse = #expect(throws: StateStoreError.self) { try SQLiteStateStore.restore(from: backup, to: path) }
      #expect(inUse?.code == .inUse)
      try await store.close()
      try PrivateFiles.write(Array(repeating: 65, count: 10_000), to: directory + "/garbage")
      #expect(throws: StateStoreError.self) { try SQLiteStateStore.restore(from: directory + "/garbage", to: path) }
      #expect(throws: StateStoreError.self) { try SQLiteStateStore.restore(from: directory + "/missing", to: path) }
      let untouched = try SQLiteStateStore(path: path)
      #expect(try await untouched.get(StateKey("k"))?.value == [1])
      try await untouched.close()
    }
  }

  /// A database as the first version wrote it, frozen here: every later version must open it and keep its content.
  @Test func firstSchemaIsStillRead() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.sqlite"
      try PrivateFiles.makeDirectory(directory)
      try PrivateFiles.ensureFile(path)
      let old = try DatabaseQueue(path: path)
      try await old.writeWithoutTransaction { try $0.execute(sql: BackupTests.firstSchema) }
      try old.close()
      let store = try SQLiteStateStore(path: path)
      let snapshot = try await store.list(.all)
      #expect(snapshot.revision == StoreRevision(7))
      #expect(snapshot.entries.map(\.key.text) == ["held", "kept"])
      #expect(snapshot.entries.map(\.version) == [1, 3])
      let bytes = try await store.database.pool.read { try StateTables.read(.historyBytes, $0) }
      #expect(bytes == 2)
      try await store.keepAlive(LeaseID(1))
      try await store.revoke(LeaseID(1))
      #expect(try await store.list(.all).entries.map(\.key.text) == ["kept"])
      var batches = store.watch(.all, after: StoreRevision(6)).makeAsyncIterator()
      #expect(try await batches.next()?.revision == StoreRevision(7))
      #expect(try await batches.next()?.changes == [.deleted(StateKey("held"))])
      try await store.close()
    }
  }

  private static let firstSchema = """
    CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
    INSERT INTO grdb_migrations VALUES ('1 entries, changes and leases');
    CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO counter VALUES ('revision', 7), ('compacted', 5), ('lease', 1);
    CREATE TABLE lease (id INTEGER PRIMARY KEY, timeToLiveMilliseconds INTEGER NOT NULL);
    INSERT INTO lease VALUES (1, 60000);
    CREATE TABLE entry (
      key TEXT PRIMARY KEY, value BLOB NOT NULL, creationRevision INTEGER NOT NULL,
      modificationRevision INTEGER NOT NULL, version INTEGER NOT NULL, lease INTEGER REFERENCES lease(id)
    ) WITHOUT ROWID;
    CREATE INDEX entryByLease ON entry(lease) WHERE lease IS NOT NULL;
    INSERT INTO entry VALUES ('kept', x'01', 2, 6, 3, NULL), ('held', x'02', 7, 7, 1, 1);
    CREATE TABLE change (
      modificationRevision INTEGER NOT NULL, key TEXT NOT NULL, value BLOB, creationRevision INTEGER,
      version INTEGER, lease INTEGER, PRIMARY KEY (modificationRevision, key)
    ) WITHOUT ROWID;
    INSERT INTO change VALUES (6, 'kept', x'01', 2, 3, NULL), (7, 'held', x'02', 7, 1, 1);
    """
}

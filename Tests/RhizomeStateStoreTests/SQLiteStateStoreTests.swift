import Foundation
import GRDB
import PrivateFiles
import RhizomeTestSupport
import StateStoreConformance
import Testing

@testable import RhizomeStateStore

@Suite("State store on SQLite")
struct SQLiteStateStoreTests {
  /// GRDB lowers the writer to synchronous = NORMAL when it turns WAL on; the store must have raised it again.
  @Test func writerIsReallyDurable() async throws {
    try await withTemporaryDirectory { directory in
      let database = try StateDatabase(path: directory + "/state.sqlite")
      let (synchronous, journal) = try await database.pool.writeWithoutTransaction { database in
        (
          try Int.fetchOne(database, sql: "PRAGMA synchronous"),
          try String.fetchOne(database, sql: "PRAGMA journal_mode")
        )
      }
      #expect(synchronous == 2, "2 is FULL: one sync before each acknowledgement")
      #expect(journal == "wal")
      try database.close()
    }
  }

  @Test func allFilesArePrivate() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStateStore(path: directory + "/state.sqlite")
      try await store.put(StateKey("k"), [1])
      #expect(try mode(of: directory) == 0o700)
      let files = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
      #expect(files == ["state.sqlite", "state.sqlite-shm", "state.sqlite-wal", "state.sqlite.lock"])
      for file in files {
        #expect(try mode(of: directory + "/" + file) == 0o600, "\(file) is open to others")
      }
      try await store.close()
    }
  }

  @Test func contentOutlivesReopening() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.sqlite"
      let first = try SQLiteStateStore(path: path)
      let revision = try await first.put(StateKey("k"), [1, 2, 3])
      try await first.close()
      let second = try SQLiteStateStore(path: path)
      #expect(try await second.get(StateKey("k"))?.value == [1, 2, 3])
      #expect(try await second.put(StateKey("k"), [4]) == revision.next)
      try await second.close()
    }
  }

  /// A restart must not end leases whose holders live, nor keep those of dead holders for ever.
  @Test func leasesGetTheirTimeAgainAfterReopening() async throws {
    try await withTemporaryDirectory { directory in
      let (path, clock) = (directory + "/state.sqlite", VirtualClock())
      let first = try SQLiteStateStore(path: path, clock: StateStoreClock(clock))
      let lease = try await first.grantLease(timeToLive: .seconds(10))
      try await first.put(StateKey("held"), [1], lease: lease.id)
      clock.advance(by: .seconds(9))
      try await first.close()
      let second = try SQLiteStateStore(path: path, clock: StateStoreClock(clock))
      clock.advance(by: .seconds(9))
      try await second.keepAlive(lease.id)
      clock.advance(by: .seconds(11))
      #expect(try await second.get(StateKey("held")) == nil)
      try await second.close()
    }
  }

  @Test func secondOpenerIsTurnedAway() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStateStore(path: directory + "/state.sqlite")
      let error = #expect(throws: StateStoreError.self) { _ = try SQLiteStateStore(path: directory + "/state.sqlite") }
      #expect(error?.code == .inUse)
      #expect(error?.message.contains(directory) == true)
      try await store.close()
    }
  }

  @Test func readableDatabaseIsRefused() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.sqlite"
      try await SQLiteStateStore(path: path).close()
      chmod(path, 0o644)
      let error = #expect(throws: StateStoreError.self) { _ = try SQLiteStateStore(path: path) }
      #expect(error?.code == .notPrivate)
      #expect(error?.message.contains("chmod 600") == true)
    }
  }

  @Test func damageIsFoundAtStart() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.sqlite"
      let store = try SQLiteStateStore(path: path)
      for number in 0..<200 { try await store.put(StateKey("k/\(number)"), Array(repeating: 7, count: 500)) }
      try await store.close()
      var bytes = try Data(contentsOf: URL(filePath: path))
      for offset in stride(from: 5 * 4096, to: bytes.count, by: 4096) {
        bytes.replaceSubrange(offset..<(offset + 64), with: Array(repeating: 0xAB, count: 64))
      }
      try bytes.write(to: URL(filePath: path), options: [])
      let error = #expect(throws: StateStoreError.self) { _ = try SQLiteStateStore(path: path) }
      #expect(error?.code == .damaged)
      #expect(error?.message.contains("copy of the data folder") == true)
    }
  }

  @Test func somethingElseIsNoStore() async throws {
    try await withTemporaryDirectory { directory in
      try PrivateFiles.makeDirectory(directory)
      let text = directory + "/text"
      try PrivateFiles.write(Array(String(repeating: "no database ", count: 100).utf8), to: text)
      #expect(throws: StateStoreError.self) { _ = try SQLiteStateStore(path: text) }
      let other = directory + "/other"
      let queue = try DatabaseQueue(path: other)
      try await queue.write { try $0.execute(sql: "CREATE TABLE theirs (x)") }
      try queue.close()
      chmod(other, 0o600)
      let error = #expect(throws: StateStoreError.self) { _ = try SQLiteStateStore(path: other) }
      #expect(error?.code == .damaged)
      #expect(error?.message.contains("some other program") == true)
    }
  }

  @Test func databaseFromTheFutureIsRefused() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.sqlite"
      try await SQLiteStateStore(path: path).close()
      let queue = try DatabaseQueue(path: path)
      try await queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 from the future')") }
      try queue.close()
      let error = #expect(throws: StateStoreError.self) { _ = try SQLiteStateStore(path: path) }
      #expect(error?.code == .fromFuture)
    }
  }

  @Test func historyIsBounded() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStateStore(path: directory + "/state.sqlite", historyLength: 20)
      var last = StoreRevision.zero
      for number in 0..<100 { last = try await store.put(StateKey("k/\(number)"), [1]) }
      await #expect(throws: StateStoreError.self) {
        for try await _ in store.watch(.all, after: .zero) { break }
      }
      var seen = 0
      for try await batch in store.watch(.all, after: StoreRevision(last.number - 20)) {
        seen += 1
        if batch.revision == last { break }
      }
      #expect(seen == 20)
      #expect(try await store.list(.all).entries.count == 100)
      try await store.close()
    }
  }

  @Test func historyIsBoundedInBytesToo() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStateStore(path: directory + "/state.sqlite", historyBytes: 1 << 20)
      for number in 0..<60 { try await store.put(StateKey("k"), Array(repeating: UInt8(number), count: 50_000)) }
      let kept = try await store.database.pool.read { try StateTables.historyBytes($0) }
      #expect(kept <= 1 << 20)
      #expect(kept >= 16 * 50_000)
      let counted = try await store.database.pool.read { try StateTables.read(.historyBytes, $0) }
      #expect(counted == kept)
      await #expect(throws: StateStoreError.self) {
        for try await _ in store.watch(.all, after: StoreRevision(1)) { break }
      }
      #expect(try await store.get(StateKey("k"))?.version == 60)
      try await store.close()
    }
  }

  /// History is handed to watchers in pieces; their seams must not lose or double anything.
  @Test func longHistoryIsReadWithoutAGap() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStateStore(path: directory + "/state.sqlite")
      for number in 0..<40 {
        try await store.transact(then: (0..<20).map { .put(try StateKey("k/\($0)"), Array("\(number)".utf8)) })
      }
      var revisions: [Int64] = []
      for try await batch in store.watch(.all, after: .zero) {
        #expect(batch.changes.count == 20)
        revisions.append(batch.revision.number)
        if revisions.count == 40 { break }
      }
      #expect(revisions == Array(1...40))
      try await store.close()
    }
  }

  @Test func cancelledWritersLeaveTheOthersAlone() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStateStore(path: directory + "/state.sqlite")
      let tasks = (0..<100).map { number in
        Task { try await store.put(StateKey("k/\(number)"), [1]) }
      }
      for number in stride(from: 0, to: 100, by: 2) { tasks[number].cancel() }
      for number in stride(from: 1, to: 100, by: 2) {
        let revision = try await tasks[number].value
        #expect(try await store.get(StateKey("k/\(number)"))?.modificationRevision == revision)
      }
      try await store.close()
    }
  }

  @Test func closedStoreSaysSo() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStateStore(path: directory + "/state.sqlite")
      let watcher = Task { for try await _ in store.watch(.all, after: .zero) {} }
      try await store.close()
      let error = await #expect(throws: StateStoreError.self) { try await store.put(StateKey("k"), [1]) }
      #expect(error?.code == .closed)
      await #expect(throws: StateStoreError.self) { try await watcher.value }
    }
  }
}

import Foundation
import OpenSSL
import PrivateFiles
import RhizomeModel
import RhizomeTestSupport
import StateStoreConformance
import Testing

@testable import RhizomeStateStore

@Suite("Secrets at rest")
struct SecretsTests {
  @Test func keyFileIsMadeOnceAndPrivate() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/keys/master.key"
      let made = try KeyFile.loadOrCreate(path)
      #expect(try mode(of: path) == 0o600)
      #expect(try mode(of: directory + "/keys") == 0o700)
      #expect(try PrivateFiles.read(path, limit: 100).count == 32)
      #expect(try KeyFile.loadOrCreate(path).derive("x") == made.derive("x"))
      #expect(try KeyFile.load(path).derive("x") == made.derive("x"))
    }
  }

  @Test func openKeyFileIsRefused() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/master.key"
      _ = try KeyFile.loadOrCreate(path)
      for mode in [0o640, 0o604, 0o660] as [mode_t] {
        chmod(path, mode)
        let error = #expect(throws: StateStoreError.self) { try KeyFile.loadOrCreate(path) }
        #expect(error?.code == .notPrivate)
        #expect(error?.message.contains("chmod 600 '\(path)'") == true)
      }
    }
  }

  @Test func anotherKeyIsNoticedWhereNothingElseIsLeft() async throws {
    try await withTemporaryDirectory { directory in
      try PrivateFiles.makeDirectory(directory)
      let (check, key) = (KeyCheck(directory + "/key-check"), MasterKey.random())
      #expect(try check.fits(key) == nil)
      try check.create(key)
      #expect(try mode(of: check.path) == 0o600)
      #expect(try check.fits(key) == true)
      #expect(try check.fits(.random()) == false)
      // The first one stays.
      try check.create(.random())
      #expect(try check.fits(key) == true)
      for content in ["", "nonsense", String(repeating: "0", count: 5_000)] {
        try PrivateFiles.write(Array(content.utf8), to: check.path)
        #expect(try check.fits(key) == false)
      }
      chmod(check.path, 0o666)
      let error = #expect(throws: StateStoreError.self) { try check.fits(key) }
      #expect(error?.code == .notPrivate)
    }
  }

  @Test(arguments: [0, 31, 33, 5_000])
  func keyOfAnotherSizeIsRefusedAndKept(size: Int) async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/master.key"
      try PrivateFiles.makeDirectory(directory)
      try PrivateFiles.write(Array(repeating: 1, count: size), to: path)
      let error = #expect(throws: StateStoreError.self) { try KeyFile.loadOrCreate(path) }
      #expect(error?.code == .wrongKey)
      #expect(try PrivateFiles.read(path, limit: 10_000).count == size)
    }
  }

  @Test func missingKeyIsSaid() {
    let error = #expect(throws: StateStoreError.self) { try KeyFile.load("/nonexistent/master.key") }
    #expect(error?.code == .unavailable)
  }

  @Test func concurrentCreatorsAgreeOnOneKey() async throws {
    try await withTemporaryDirectory { directory in
      let derived = try await withThrowingTaskGroup(of: [UInt8].self) { group in
        for _ in 0..<8 { group.addTask { try KeyFile.loadOrCreate(directory + "/master.key").derive("x") } }
        return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
      }
      #expect(derived.count == 1)
    }
  }

  /// The vector was computed with Python's hmac module; a change of it would change every key of every cluster.
  @Test func derivationIsStable() throws {
    let key = try #require(MasterKey(Array(0..<32)))
    #expect(key.deriveHex("access-key-secret", "AccessKey/site") == SecretsTests.vector)
    #expect(key.derive("ab", "c") != key.derive("a", "bc"))
    #expect(key.deriveHex("id", byteCount: 12).count == 24)
    #expect(key.fingerprint(of: [1, 2]) == key.fingerprint(of: [1, 2]))
    #expect(key.fingerprint(of: [1, 2]) != MasterKey.random().fingerprint(of: [1, 2]))
    #expect(MasterKey(Array(0..<31)) == nil)
    #expect("\(key) \(String(reflecting: key))".contains("(master key)"))
    var dumped = ""
    dump(key, to: &dumped)
    #expect(!dumped.contains("31"))
  }

  private static let vector = "76947e46c811a1dfc861287e576d30a5eb13e28ec06e15ca4d73b8e1451ff2e8"

  @Test("Sealed, everything", arguments: StateStoreCheck.all)
  func sealedStoreKeepsTheContract(_ check: StateStoreCheck) async throws {
    let clock = VirtualClock()
    let memory = MemoryStateStore(clock: StateStoreClock(clock))
    let expiry = Task { try await memory.run() }
    defer { expiry.cancel() }
    let sealed = try await SealedStateStore(memory, key: .random(), prefixes: [.all])
    try await check.run(StateStoreFixture(store: sealed) { clock.advance(by: $0) })
  }

  @Test func onlySealedPrefixesAreSealed() async throws {
    let memory = MemoryStateStore()
    let store = try await SealedStateStore(memory, key: .random(), prefixes: [StatePrefix("secret/")])
    let (secret, plain) = (try StateKey("secret/password"), try StateKey("plain"))
    try await store.transact(then: [.put(secret, Array("hunter2".utf8)), .put(plain, Array("open".utf8))])
    #expect(try await memory.get(plain)?.value == Array("open".utf8))
    let stored = try #require(try await memory.get(secret)?.value)
    #expect(!String(decoding: stored, as: UTF8.self).contains("hunter2"))
    #expect(try await store.get(secret)?.value == Array("hunter2".utf8))
  }

  @Test func otherKeyIsTurnedAway() async throws {
    let memory = MemoryStateStore()
    _ = try await SealedStateStore(memory, key: .random(), prefixes: [])
    let error = await #expect(throws: StateStoreError.self) {
      _ = try await SealedStateStore(memory, key: .random(), prefixes: [])
    }
    #expect(error?.code == .wrongKey)
  }

  @Test func movedOrChangedValuesDoNotOpen() async throws {
    let memory = MemoryStateStore()
    let store = try await SealedStateStore(memory, key: .random(), prefixes: [.all])
    let (first, second) = (try StateKey("first"), try StateKey("second"))
    try await store.put(first, [1, 2, 3])
    var sealed = try #require(try await memory.get(first)?.value)
    try await memory.put(second, sealed)
    await #expect(throws: StateStoreError.self) { try await store.get(second) }
    sealed[15] ^= 1
    try await memory.put(first, sealed)
    await #expect(throws: StateStoreError.self) { try await store.get(first) }
  }

  @Test func nothingSecretReachesTheDisk() async throws {
    try await withTemporaryDirectory { directory in
      let base = try SQLiteStateStore(path: directory + "/state.sqlite")
      let store = try await SealedStateStore(base, key: .random(), prefixes: RecordPlaces.sealed())
      try await store.put(StateKey("secret/db"), Array("correct horse battery".utf8))
      let history = try RevisionHistory(store)
      let at = Timestamp(milliseconds: 0)
      let files = ["a.yaml": "password: staple"]
      _ = try await history.append(at: at, source: "s", origin: "o", author: "a", files: files)
      #expect(try await history.latest()?.files == files)
      for file in try FileManager.default.contentsOfDirectory(atPath: directory) {
        let bytes = try Data(contentsOf: URL(filePath: directory + "/" + file))
        #expect(bytes.range(of: Data("correct horse".utf8)) == nil, "\(file) shows a secret")
        #expect(bytes.range(of: Data("staple".utf8)) == nil, "\(file) shows a manifest")
      }
      try await base.close()
    }
  }
}

import Foundation
import GRDB
import Logging
import OpenSSL
import S3Protocol
import Testing

@testable import ObjectStore

@Suite("Engine")
struct EngineTests {
  private func refusal(_ body: () async throws -> Void) async -> StoreError.Code? {
    do { try await body() } catch { return (error as? StoreError)?.code }
    return nil
  }

  @Test("commits are really synced: WAL, and FULL on the writer")
  func durability() async throws {
    try await StoreFixture.with { fixture in
      let store = try await fixture.open()
      let settings = try store.durability()
      #expect(settings.journal == "wal")
      #expect(settings.synchronous == 2)
      try await store.close()
    }
  }

  @Test("a directory has one owner at a time")
  func lock() async throws {
    try await StoreFixture.with { fixture in
      let store = try await fixture.open()
      #expect(await refusal { _ = try await fixture.open() } == .unavailable)
      try await store.close()
      try await fixture.open().close()
    }
  }

  @Test("everything is private to its user")
  func privacy() async throws {
    try await StoreFixture.with { fixture in
      let store = try await fixture.open()
      try await store.importKey(id: "GKa", secret: "s", AccessKeySettings(), mark: nil)
      let files = try FileManager.default.contentsOfDirectory(atPath: fixture.dataDirectory)
      #expect(Set(files).isSuperset(of: ["metadata.sqlite", "metadata.sqlite-wal", "blobs", "temporary", "lock"]))
      for file in files + ["."] {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(fixture.dataDirectory)/\(file)")
        let mode = try #require(attributes[.posixPermissions] as? Int)
        #expect(mode & 0o077 == 0, "\(file) has mode \(String(mode, radix: 8))")
      }
      try await store.close()
    }
  }

  @Test("secrets are encrypted at rest")
  func secrets() async throws {
    try await StoreFixture.with { fixture in
      let store = try await fixture.open()
      let secret = "a-secret-that-nobody-may-read-0123456789"
      try await store.importKey(id: "GKa", secret: secret, AccessKeySettings(name: "named"), mark: nil)
      #expect(try await store.secret(ofKey: "GKa") == secret)
      #expect(try await store.secret(ofKey: "GKb") == nil)
      try await store.close()
      for file in try FileManager.default.contentsOfDirectory(atPath: fixture.dataDirectory)
      where file.hasPrefix("meta") {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(fixture.dataDirectory)/\(file)"))
        #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(file)")
      }
    }
  }

  @Test("a store that was bound to its key, or has secrets, is not opened with another one, and stays open to its own")
  func anotherKey() async throws {
    for hasKeys in [false, true] {
      try await StoreFixture.with { fixture in
        // Nobody knows yet whether this is the right key: it binds nothing.
        try await fixture.open(key: 8).close()
        let store = try await fixture.open()
        try await store.bindToKey()
        if hasKeys { try await store.importKey(id: "GKa", secret: "secret", AccessKeySettings(), mark: nil) }
        try await store.close()
        #expect(await refusal { _ = try await fixture.open(key: 8) } == .wrongKey)
        try await fixture.open().close()
      }
    }
  }

  @Test("a store of an earlier version has no witness: one of its secrets must open")
  func storeWithoutWitness() async throws {
    try await StoreFixture.with { fixture in
      let store = try await fixture.open()
      try await store.importKey(id: "GKa", secret: "secret", AccessKeySettings(), mark: nil)
      try await store.close()
      #expect(await refusal { _ = try await fixture.open(key: 8) } == .wrongKey)
      let again = try await fixture.open()
      // Secrets that came from a store with another key do not lock the right one out, and are told when they are asked for.
      try await again.metadata.write {
        try $0.execute(
          sql: """
            INSERT INTO access_key (id, sealed_secret, name, may_create_buckets) VALUES ('GK0', x'00', '', 0)
            """
        )
      }
      try await again.close()
      let reopened = try await fixture.open()
      #expect(await refusal { _ = try await reopened.secret(ofKey: "GK0") } == .damaged)
      #expect(try await reopened.secret(ofKey: "GKa") == "secret")
      try await reopened.close()
      #expect(await refusal { _ = try await fixture.open(key: 8) } == .wrongKey)
    }
  }

  @Test("the marks of buckets and keys are told, those without one are not")
  func marks() async throws {
    try await StoreFixture.with { fixture in
      let store = try await fixture.open()
      _ = try await store.createBucket(BucketSettings(), mark: "b")
      _ = try await store.createBucket(BucketSettings(), mark: nil)
      try await store.importKey(id: "GKa", secret: "secret", AccessKeySettings(), mark: "k")
      try await store.importKey(id: "GKb", secret: "secret", AccessKeySettings(), mark: nil)
      #expect(try await store.marks() == ["b", "k"])
      try await store.close()
    }
  }

  @Test("a damaged database is refused with its path, and not served", arguments: [0..<1, 2..<6])
  func damagedDatabase(pages: Range<Int>) async throws {
    try await StoreFixture.with { fixture in
      let store = try await fixture.open()
      for index in 0..<200 { _ = try await store.createBucket(BucketSettings(aliases: ["b-\(index)"]), mark: nil) }
      try await store.close()
      let path = "\(fixture.dataDirectory)/metadata.sqlite"
      let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      for page in pages {
        try file.seek(toOffset: UInt64(page * 4096))
        try file.write(contentsOf: Data(repeating: 0xA5, count: 2048))
      }
      try file.close()
      let error = await #expect(throws: StoreError.self) { _ = try await fixture.open() }
      #expect(error?.code == .damaged && error?.message.contains(path) == true, "\(String(describing: error))")
    }
  }

  @Test("the start clears up what a crash left, and reports what is missing", .enabled(if: Tool.hasBoto, "needs boto3"))
  func sweep() async throws {
    try await StoreFixture.with { fixture in
      try await fixture.serving(inlineByteCount: 0) { running in
        try await running.importKey()
        try await running.makeBucket("bucket")
        let put =
          "import boto3; s3 = boto3.client('s3'); [s3.put_object(Bucket='bucket', Key=k, Body=b'x' * 100) for k in 'ab']"
        let result = try await Tool.run([Tool.python, "-c", put], running)
        #expect(result.status == 0, "\(result.output)")
      }
      let blobs = try fixture.blobs()
      #expect(blobs.count == 2)
      let orphan = "\(fixture.dataDirectory)/blobs/00/00\(String(repeating: "1", count: 62))"
      try Data("left over".utf8).write(to: URL(fileURLWithPath: orphan))
      try Data("cut off".utf8).write(to: URL(fileURLWithPath: "\(fixture.dataDirectory)/temporary/abc"))
      let damaged = try #require(blobs.first)
      try FileManager.default.removeItem(atPath: damaged)

      let store = try await fixture.open()
      #expect(store.startupReport.removedTemporaryFiles == 1)
      #expect(store.startupReport.setAsideFiles == 1 && store.startupReport.removedOrphanFiles == 0)
      #expect(store.startupReport.damagedFiles == [URL(fileURLWithPath: damaged).lastPathComponent])
      #expect(try fixture.blobs() == Array(blobs.dropFirst()))
      try await store.close()
      fixture.clock.shift(by: 31 * 86_400)
      let later = try await fixture.open()
      #expect(later.startupReport.removedOrphanFiles == 1)
      try await later.close()
    }
  }

  @Test(
    "contents outlive a start without their database, and come back with it",
    .enabled(if: Tool.hasBoto, "needs boto3")
  )
  func databaseLostAndFound() async throws {
    try await StoreFixture.with { fixture in
      try await fixture.serving(inlineByteCount: 0) { running in
        try await running.importKey()
        try await running.makeBucket("bucket")
        let put = "import boto3; boto3.client('s3').put_object(Bucket='bucket', Key='a', Body=b'x' * 100)"
        let result = try await Tool.run([Tool.python, "-c", put], running)
        #expect(result.status == 0, "\(result.output)")
      }
      let (blobs, files) = (try fixture.blobs(), FileManager.default)
      let database = "\(fixture.dataDirectory)/metadata.sqlite"
      for suffix in ["", "-wal", "-shm"] where files.fileExists(atPath: database + suffix) {
        try files.moveItem(atPath: database + suffix, toPath: "\(fixture.directory)/kept\(suffix)")
      }
      let lost = try await fixture.open()
      #expect(lost.startupReport.setAsideFiles == 1)
      try await lost.close()
      #expect(try fixture.blobs().isEmpty)
      for suffix in ["", "-wal", "-shm"] {
        try? files.removeItem(atPath: database + suffix)
        guard files.fileExists(atPath: "\(fixture.directory)/kept\(suffix)") else { continue }
        try files.moveItem(atPath: "\(fixture.directory)/kept\(suffix)", toPath: database + suffix)
      }
      let found = try await fixture.open()
      #expect(found.startupReport.takenBackFiles == 1 && found.startupReport.damagedFiles.isEmpty)
      try await found.close()
      #expect(try fixture.blobs() == blobs)
    }
  }
}

extension StoreFixture {
  /// The paths of all files that hold contents, sorted.
  func blobs() throws -> [String] {
    let root = "\(dataDirectory)/blobs"
    return try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.contains("/") }.map { "\(root)/\($0)" }
      .sorted()
  }

  func temporaryFiles() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(dataDirectory)/temporary")
  }
}

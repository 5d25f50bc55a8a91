import ObjectStore
import S3Protocol
import Testing

@Suite("Administration")
struct AdministrationTests {
  private func refusal(_ body: () async throws -> Void) async -> StoreError.Code? {
    do { try await body() } catch { return (error as? StoreError)?.code }
    return nil
  }

  private func withStore(_ body: (ObjectStore) async throws -> Void) async throws {
    try await StoreFixture.with { fixture in
      let store = try await fixture.open()
      try await body(store)
      try await store.close()
    }
  }

  @Test("a bucket is created once for a mark, and keeps what is set")
  func buckets() async throws {
    try await withStore { store in
      let settings = BucketSettings(
        aliases: ["www.example.org", "site"],
        website: .init(index: "index.html", error: "404.html"),
        quotas: .init(maximumByteCount: 10, maximumObjectCount: 2)
      )
      let first = try await store.createBucket(settings, mark: "mark")
      let again = try await store.createBucket(settings, mark: "mark")
      #expect(first == again)
      #expect(first.settings == settings)
      #expect(first.settings.aliases == ["site", "www.example.org"])
      #expect(try await store.buckets() == [first])
      #expect(try await store.bucket(alias: "site") == first)
      let changed = try await store.updateBucket(id: first.id, BucketSettings(aliases: ["other"]), mark: nil)
      #expect(changed.settings == BucketSettings(aliases: ["other"]) && changed.mark == nil)
      #expect(try await store.bucket(alias: "site") == nil)
      try await store.deleteBucket(id: first.id)
      try await store.deleteBucket(id: first.id)
      #expect(try await store.buckets().isEmpty)
    }
  }

  @Test("aliases are unique and follow the rules; a failed change changes nothing")
  func aliases() async throws {
    try await withStore { store in
      let first = try await store.createBucket(BucketSettings(aliases: ["first"]), mark: nil)
      let second = try await store.createBucket(BucketSettings(aliases: ["second"]), mark: nil)
      let both = BucketSettings(aliases: ["first", "second"])
      #expect(await refusal { _ = try await store.updateBucket(id: second.id, both, mark: nil) } == .conflict)
      #expect(await refusal { _ = try await store.createBucket(both, mark: nil) } == .conflict)
      #expect(await refusal { _ = try await store.createBucket(.init(aliases: ["A_b"]), mark: nil) } == .invalid)
      #expect(await refusal { _ = try await store.updateBucket(id: "none", .init(), mark: nil) } == .notFound)
      let negative = BucketSettings(quotas: .init(maximumByteCount: -1))
      #expect(await refusal { _ = try await store.createBucket(negative, mark: nil) } == .invalid)
      #expect(try await Set(store.buckets()) == [first, second])
    }
  }

  @Test("a mark is put beside what is there, and nothing else changes")
  func marking() async throws {
    try await withStore { store in
      let bucket = try await store.createBucket(BucketSettings(aliases: ["bucket"]), mark: nil)
      let settings = AccessKeySettings(name: "n", expiry: Timestamp(seconds: 5), mayCreateBuckets: true)
      for id in ["GKa", "GKb"] { try await store.importKey(id: id, secret: "s", settings, mark: nil) }
      try await store.setGrant(bucketID: bucket.id, keyID: "GKa", [.read, .owner], mark: nil)
      for _ in 0..<2 {
        try await store.markBucket(id: bucket.id, "m")
        try await store.markKey(id: "GKa", "m")
        try await store.markGrant(bucketID: bucket.id, keyID: "GKa", "m")
      }
      #expect(try await store.bucket(alias: "bucket")?.settings == bucket.settings)
      #expect(try await store.bucket(alias: "bucket")?.mark == "m")
      let key = try #require(try await store.accessKey(id: "GKa"))
      #expect(key.settings == settings && key.mark == "m")
      #expect(try await store.secret(ofKey: "GKa") == "s")
      let grant = try #require(try await store.grants().first)
      #expect(grant.permissions == [.read, .owner] && grant.mark == "m")
      #expect(await refusal { try await store.markKey(id: "GKb", "m") } == .conflict)
      #expect(await refusal { try await store.markKey(id: "GKc", "n") } == .notFound)
      #expect(await refusal { try await store.markBucket(id: "none", "n") } == .notFound)
      #expect(await refusal { try await store.markGrant(bucketID: bucket.id, keyID: "GKb", "n") } == .notFound)
    }
  }

  @Test("keys and grants: set, replaced, listed, removed, all of them repeatable")
  func keysAndGrants() async throws {
    try await withStore { store in
      let bucket = try await store.createBucket(BucketSettings(aliases: ["bucket"]), mark: nil)
      let settings = AccessKeySettings(name: "n", expiry: Timestamp(seconds: 5), mayCreateBuckets: true)
      for _ in 0..<2 { try await store.importKey(id: "GKa", secret: "s", settings, mark: "key") }
      let key = try #require(try await store.accessKey(id: "GKa"))
      #expect(key.settings == settings && key.mark == "key")
      for _ in 0..<2 { try await store.setGrant(bucketID: bucket.id, keyID: "GKa", [.read, .owner], mark: "grant") }
      let grant = try #require(try await store.grants().first)
      #expect(grant.permissions == [.read, .owner] && grant.mark == "grant")
      try await store.setGrant(bucketID: bucket.id, keyID: "GKa", .write, mark: nil)
      #expect(try await store.grant(bucketID: bucket.id, keyID: "GKa")?.permissions == .write)
      #expect(await refusal { try await store.setGrant(bucketID: "x", keyID: "GKa", .read, mark: nil) } == .notFound)
      #expect(
        await refusal { try await store.setGrant(bucketID: bucket.id, keyID: "x", .read, mark: nil) } == .notFound
      )
      for _ in 0..<2 { try await store.removeGrant(bucketID: bucket.id, keyID: "GKa") }
      for _ in 0..<2 { try await store.deleteKey(id: "GKa") }
      #expect(try await store.accessKeys().isEmpty)
      #expect(await refusal { try await store.importKey(id: "a/b", secret: "s", .init(), mark: nil) } == .invalid)
    }
  }

  @Test("a key that replaces another takes over its grants")
  func rotation() async throws {
    try await withStore { store in
      let bucket = try await store.createBucket(BucketSettings(aliases: ["bucket"]), mark: nil)
      try await store.importKey(id: "GKold", secret: "s", AccessKeySettings(), mark: "key")
      try await store.setGrant(bucketID: bucket.id, keyID: "GKold", .read, mark: "grant")
      for _ in 0..<2 {
        try await store.importKey(id: "GKnew", secret: "t", AccessKeySettings(), mark: "key", replacing: "GKold")
      }
      #expect(try await store.accessKeys().map(\.id) == ["GKnew"])
      let grant = try #require(try await store.grant(bucketID: bucket.id, keyID: "GKnew"))
      #expect(try await store.grants() == [grant])
      #expect(await refusal { try await store.importKey(id: "GKx", secret: "t", .init(), mark: "key") } == .conflict)
    }
  }

  @Test("many changes at once share their commits, and fail alone")
  func concurrency() async throws {
    try await withStore { store in
      let outcomes = await withTaskGroup(of: Bool.self) { group in
        for index in 0..<100 {
          group.addTask {
            // Every other one asks for the same alias: one of those wins.
            let alias = index.isMultiple(of: 2) ? "same" : "own-\(index)"
            return (try? await store.createBucket(BucketSettings(aliases: [alias]), mark: nil)) != nil
          }
        }
        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(outcomes == 51)
      let count = try await store.buckets().count
      #expect(count == 51)
    }
  }
}

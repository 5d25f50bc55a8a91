import EmbeddedStorageDriver
import Foundation
import Logging
import ObjectStore
import RhizomeDriver
import RhizomeModel
@testable import RhizomePlanner
import S3Protocol
import Testing

/// A driver over a store in a directory of its own, and the resources of a small manifest.
private struct Fixture {
  let store: ObjectStore
  let driver: EmbeddedStorageDriver

  static func with(_ body: (Fixture) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("driver-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let configuration = ObjectStore.Configuration(
      directory: directory,
      encryptionKey: [UInt8](repeating: 1, count: 32),
      clock: { S3Protocol.Timestamp(seconds: 1_800_000_000) }
    )
    let store = try await ObjectStore.open(configuration, logger: Logger(label: "test"))
    try await body(Fixture(store: store, driver: EmbeddedStorageDriver(store: store, fingerprint: { "fp:\($0)" })))
    try await store.close()
  }

  static let bucket = Resource(
    Address(.bucket, "site"),
    attributes: [
      "aliases": ["site", "www.plant.example"], "website": ["index": "index.html", "error": "404.html"],
      "quotas": ["size": 1024, "objects": 3],
    ]
  )

  static let key = Resource(
    Address(.accessKey, "publisher"),
    attributes: [
      "displayName": "Publishes", "expiry": "2027-01-31T00:00:00Z", "createBucket": false, "id": "GK1",
      "secret": .sensitive(Sensitive(fingerprint: "fp:hush", cleartext: "hush")),
    ]
  )

  static let grant = Resource(
    Address(.grant, "site.publisher"),
    attributes: ["bucket": "site", "accessKey": "publisher", "read": true, "write": true, "owner": false],
    dependencies: [bucket.address, key.address]
  )

  static let all = [bucket, key, grant]

  func mark(_ address: Address, cluster: String = "c1") -> OwnershipMark {
    OwnershipMark(clusterID: cluster, address: address)
  }

  @discardableResult
  func perform(
    _ verb: RhizomeDriver.Operation.Verb,
    _ resource: Resource,
    prior: InventoryRecord? = nil,
    cluster: String = "c1"
  ) async throws(DriverError) -> Outcome {
    try await driver.perform(
      RhizomeDriver.Operation(
        verb,
        resource.address,
        desired: verb == .delete ? nil : resource,
        prior: prior,
        mark: mark(resource.address, cluster: cluster)
      )
    )
  }

  func record(_ resource: Resource, _ outcome: Outcome) -> InventoryRecord {
    InventoryRecord(
      address: resource.address,
      attributes: resource.attributes,
      engineID: outcome.engineID,
      driver: driver.name,
      source: "test",
      revision: 1
    )
  }

  func observe(_ resources: [Resource], prior: [InventoryRecord] = []) async -> ObservationReport {
    let targets = resources.map { resource in
      let record = prior.first { $0.address == resource.address }
      return ObservationTarget(address: resource.address, desired: resource, prior: record)
    }
    let report = await driver.observe(targets)
    for target in targets {
      // Alone, it does not know what it was to be taken over with.
      let alone = await driver.observe([target]).observations[target.address]
      #expect(await driver.lookUp(target) == alone)
    }
    return report
  }

  func seen(_ resource: Resource) async throws -> ObservedResource {
    guard case .present(let seen) = await observe([resource]).observations[resource.address] else {
      throw DriverError(.internalFailure, "\(resource.address) is not there")
    }
    return seen
  }
}

/// Repeatable chance: SplitMix64.
private struct Dice: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func chance() -> Bool { next() % 3 > 0 }
}

@Suite("Embedded storage driver")
struct EmbeddedStorageDriverTests {
  private func code(_ body: () async throws(DriverError) -> Void) async -> DriverError.Code? {
    do throws(DriverError) { try await body() } catch { return error.code }
    return nil
  }

  @Test("a key whose secret only the engine knows is taken over, changed and never made anew")
  func secretStays() async throws {
    try await Fixture.with { fixture in
      try await fixture.store.importKey(id: "GK1", secret: "theirs", AccessKeySettings(name: "old"), mark: nil)
      var key = Fixture.key
      key.attributes["secret"] = .null
      let adopted = try await fixture.perform(.adopt, key)
      #expect(try await fixture.store.accessKey(id: "GK1")?.settings.name == "old")
      try await fixture.perform(.update, key, prior: fixture.record(key, adopted))
      #expect(try await fixture.store.accessKey(id: "GK1")?.settings.name == "Publishes")
      #expect(try await fixture.store.secret(ofKey: "GK1") == "theirs")
      try await fixture.store.deleteKey(id: "GK1")
      let error = await #expect(throws: DriverError.self) { try await fixture.perform(.create, key) }
      #expect(error?.message.contains("imported.secret") == true)
    }
  }

  @Test("what was made is seen as it was wanted, with its mark; nothing is left to change")
  func roundTrip() async throws {
    try await Fixture.with { fixture in
      #expect(await fixture.observe(Fixture.all).observations.values.allSatisfy { $0 == .absent })
      for resource in Fixture.all {
        let outcome = try await fixture.perform(.create, resource)
        let seen = try await fixture.seen(resource)
        #expect(seen.mark == fixture.mark(resource.address))
        #expect(seen.engineID == outcome.engineID && outcome.engineID != nil)
        let differences = Differ.differences(
          Schema.spec(of: resource.address.kind),
          wanted: resource.attributes,
          prior: resource.attributes,
          seen: seen.attributes
        )
        #expect(differences.isEmpty, "\(differences)")
      }
      #expect(try await fixture.seen(Fixture.bucket).facts == ["objects": 0, "bytes": 0])
    }
  }

  /// `observe` of the fixture compares both looks each time it is called.
  @Test("a look at one thing sees what a look at everything sees, whoever made and marked it", arguments: 0..<20)
  func looks(seed: UInt64) async throws {
    try await Fixture.with { fixture in
      var dice = Dice(state: seed)
      var ids: [String] = []
      let marks =
        ["rhizome:c1:", "rhizome:c2:"].flatMap { cluster in
          ["site", "site2", "publisher"].map { cluster + "Bucket/" + $0 }
        } + ["theirs :Bucket/site", "rhizome:Bucket/site"]
      for alias in ["site", "www.plant.example", "site2", "b", "c"] where dice.chance() {
        let mark = dice.chance() ? marks.randomElement(using: &dice) : nil
        if let made = try? await fixture.store.createBucket(BucketSettings(aliases: [alias]), mark: mark) {
          ids.append(made.id)
        }
      }
      for id in ["GK1", "GK2", "GK3"] where dice.chance() {
        let mark = ["rhizome:c1:AccessKey/publisher", "rhizome:c2:AccessKey/publisher", nil].randomElement(using: &dice)
        try? await fixture.store.importKey(id: id, secret: "s", AccessKeySettings(), mark: mark ?? nil)
        for bucket in ids where dice.chance() {
          let mark = dice.chance() ? "rhizome:c\(dice.chance() ? 1 : 2):Grant/site.publisher" : nil
          try? await fixture.store.setGrant(bucketID: bucket, keyID: id, .read, mark: mark)
        }
      }
      let known = { (resource: Resource, id: String) in fixture.record(resource, Outcome(engineID: id)) }
      _ = await fixture.observe(Fixture.all)
      for id in ids {
        for key in ["GK1", "GK2", "gone"] {
          let prior = [known(Fixture.bucket, id), known(Fixture.key, key), known(Fixture.grant, "\(id)/\(key)")]
          _ = await fixture.observe(Fixture.all, prior: prior)
        }
      }
    }
  }

  @Test("every operation can come twice, with or without a record of the first")
  func idempotence() async throws {
    try await Fixture.with { fixture in
      for resource in Fixture.all {
        let first = try await fixture.perform(.create, resource)
        let second = try await fixture.perform(.create, resource)
        #expect(first.engineID == second.engineID)
        try await fixture.perform(.update, resource, prior: fixture.record(resource, first))
        try await fixture.perform(.update, resource)
      }
      #expect(try await fixture.store.buckets().count == 1)
      #expect(try await fixture.store.accessKeys().count == 1)
      #expect(try await fixture.store.grants().count == 1)
      for resource in Fixture.all.reversed() {
        try await fixture.perform(.delete, resource)
        try await fixture.perform(.delete, resource)
      }
      #expect(await fixture.observe(Fixture.all).observations.values.allSatisfy { $0 == .absent })
    }
  }

  @Test("removing a field puts the engine back to its default")
  func unset() async throws {
    try await Fixture.with { fixture in
      try await fixture.perform(.create, Fixture.bucket)
      let plain = Resource(Fixture.bucket.address, attributes: [:])
      try await fixture.perform(.update, plain)
      let seen = try await fixture.seen(plain).attributes
      #expect(seen["aliases"] == ["site"])
      #expect(seen["website"].isNull && seen.map?["website"] != nil)
    }
  }

  @Test("what somebody else made is seen, never changed, and can be adopted")
  func foreign() async throws {
    try await Fixture.with { fixture in
      let made = try await fixture.store.createBucket(BucketSettings(aliases: ["site"]), mark: nil)
      try await fixture.store.importKey(id: "GK1", secret: "other", AccessKeySettings(), mark: nil)
      #expect(try await fixture.seen(Fixture.bucket).mark == nil)
      for verb in [RhizomeDriver.Operation.Verb.create, .update, .delete] {
        for resource in [Fixture.bucket, Fixture.key] {
          let prior = fixture.record(resource, Outcome(engineID: resource.address.kind == .bucket ? made.id : "GK1"))
          #expect(
            await code { () async throws(DriverError) in try await fixture.perform(verb, resource, prior: prior) }
              == .conflict
          )
        }
      }
      #expect(try await fixture.store.bucket(id: made.id) == made)
      #expect(try await fixture.store.secret(ofKey: "GK1") == "other")
      try await fixture.perform(.adopt, Fixture.bucket)
      try await fixture.perform(.adopt, Fixture.key)
      #expect(try await fixture.store.bucket(id: made.id)?.settings == made.settings)
      #expect(try await fixture.store.secret(ofKey: "GK1") == "other")
      try await fixture.perform(.update, Fixture.bucket)
      #expect(try await fixture.store.bucket(id: made.id)?.settings.aliases.count == 2)
      #expect(
        await code { () async throws(DriverError) in
          try await fixture.perform(.update, Fixture.bucket, cluster: "another")
        } == .conflict
      )
    }
  }

  @Test("what is no target is reported as foreign")
  func foreignObjects() async throws {
    try await Fixture.with { fixture in
      for resource in Fixture.all { try await fixture.perform(.create, resource) }
      _ = try await fixture.store.createBucket(BucketSettings(aliases: ["by-hand"]), mark: nil)
      let report = await fixture.observe([Fixture.key])
      #expect(report.foreign.map(\.address.description) == ["Bucket/by-hand", "Bucket/site", "Grant/site.publisher"])
      #expect(report.foreign.map { $0.mark != nil } == [false, true, true])
    }
  }

  @Test("drift is seen: another secret, another permission, a lost grant")
  func drift() async throws {
    try await Fixture.with { fixture in
      for resource in Fixture.all { try await fixture.perform(.create, resource) }
      let key = try #require(try await fixture.store.accessKey(id: "GK1"))
      try await fixture.store.importKey(id: "GK1", secret: "changed", key.settings, mark: key.mark)
      let secret = try await fixture.seen(Fixture.key).attributes["secret"]
      #expect(secret == .sensitive(Sensitive(fingerprint: "fp:changed")))
      let grant = try #require(try await fixture.store.grants().first)
      try await fixture.store.removeGrant(bucketID: grant.bucketID, keyID: grant.keyID)
      #expect(await fixture.observe([Fixture.grant]).observations[Fixture.grant.address] == .absent)
      // Set again by hand, without our mark: found by its names all the same.
      try await fixture.store.setGrant(bucketID: grant.bucketID, keyID: grant.keyID, .read, mark: nil)
      let seen = try await fixture.seen(Fixture.grant)
      #expect(seen.mark == nil && seen.attributes["write"] == false)
    }
  }

  @Test("a new generation of a key takes the place of the old, grants included")
  func rotation() async throws {
    try await Fixture.with { fixture in
      for resource in Fixture.all { try await fixture.perform(.create, resource) }
      var next = Fixture.key
      next.attributes["id"] = "GK2"
      try await fixture.perform(.update, next, prior: fixture.record(Fixture.key, Outcome(engineID: "GK1")))
      #expect(try await fixture.store.accessKeys().map(\.id) == ["GK2"])
      #expect(try await fixture.seen(Fixture.grant).attributes["write"] == true)
    }
  }

  @Test("a grant waits for its bucket and key; what the engine cannot do is refused")
  func refusals() async throws {
    try await Fixture.with { fixture in
      #expect(
        await code { () async throws(DriverError) in try await fixture.perform(.create, Fixture.grant) } == .unavailable
      )
      var bucket = Fixture.bucket
      bucket.attributes["lifecycle"] = [["prefix": ""]]
      #expect(await code { () async throws(DriverError) in try await fixture.perform(.create, bucket) } == .invalid)
      var key = Fixture.key
      key.attributes["secret"] = .null
      #expect(await code { () async throws(DriverError) in try await fixture.perform(.create, key) } == .invalid)
    }
  }

  @Test("a look that fails is unknown, never absent")
  func unknown() async throws {
    try await Fixture.with { fixture in
      try await fixture.perform(.create, Fixture.bucket)
      try await fixture.store.close()
      for observation in await fixture.observe(Fixture.all).observations.values {
        guard case .unknown = observation else {
          Issue.record("\(observation)")
          continue
        }
      }
    }
  }
}

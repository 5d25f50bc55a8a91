import DirectoryServer
import DirectoryTestSupport
import EmbeddedStorageDriver
import Foundation
import LDAPClient
import LDAPDriver
import LDAPProtocol
import Logging
import ObjectStore
import RhizomeAPI
import RhizomeAPIServer
import RhizomeManifest
import RhizomeModel
import RhizomePlanner
import RhizomeReconciler
import RhizomeStateStore
import S3Protocol
import ServiceDrivers
import Testing

/// Made-up installations in the real embedded engines, taken over through the control plane: what `rhizome adopt`,
/// `plan`, `apply` and `plan` do, without the command line around them.
@Suite("Adoption", .serialized)
struct AdoptionTests {
  /// 20 times 25 seeds; `RHIZOME_SEED` replays one.
  @Test("an installation is declared, taken over and left as it is", arguments: 0..<20)
  func roundTrips(batch: Int) async throws {
    let wanted = ProcessInfo.processInfo.environment["RHIZOME_SEED"].flatMap { UInt64($0) }
    let seeds = wanted.map { batch == 0 ? [$0] : [] } ?? (0..<25).map { UInt64(batch * 25 + $0 + 1) }
    for seed in seeds { try await roundTrip(seed) }
  }

  private func roundTrip(_ seed: UInt64) async throws {
    try await Site.with(seed: seed) { site in
      var installation = Installation(seed: seed)
      try await site.apply(Site.foundation)
      let bucket = try await site.objects.buckets().first
      try await installation.fill(site.objects, cluster: "c", managedBucket: bucket?.id)
      try await installation.fill(site.directory)
      site.router.plant(installation.mappings())

      let view = try await site.plane.adoption([.storage, .directory, .gateway])
      let texts = view.documents.map(\.text)
      let note = Comment(rawValue: "seed \(seed)\n\(texts.joined(separator: "---\n"))\n\(view.remarks)")
      #expect(
        Dictionary(grouping: view.documents, by: \.address.kind).mapValues(\.count) == installation.expected,
        note
      )
      #expect(view.remarks.isEmpty == (installation.oddities == 0), note)
      #expect(view.remarks.allSatisfy { $0.reason == .inexpressible }, note)
      for secret in installation.secrets {
        #expect(!texts.contains { $0.contains(secret) }, note)
        #expect(!view.remarks.contains { $0.message.contains(secret) }, note)
      }
      #expect(!texts.contains { $0.contains("{SSHA") || $0.contains("userPassword") }, note)

      let before = try await site.contents()
      let files = [Site.foundation] + texts
      let plan = try await site.plan(files)
      #expect(plan.refusals.isEmpty, note)
      #expect(plan.actions.allSatisfy { $0.verb == .adopt && $0.changes.isEmpty }, "\(plan.actions) \(note)")
      #expect(plan.actions.filter { !$0.address.kind.isDerived }.count == texts.count, note)
      #expect(try await site.contents() == before, note)
      try await site.apply(files)
      #expect(try await site.contents() == before, note)
      #expect(try await site.plan(files).isEmpty, note)
      #expect(try await site.plane.adoption([.storage, .directory, .gateway]).documents.isEmpty, note)
    }
  }

  @Test("what could not be read is unknown, and the rest is written")
  func unknown() async throws {
    try await Site.with(seed: 1) { site in
      try await site.apply(Site.foundation)
      _ = try await site.objects.createBucket(BucketSettings(aliases: ["photos"]), mark: nil)
      site.router.fallSilent()
      let view = try await site.plane.adoption([.storage, .gateway])
      #expect(view.documents.map(\.address) == [Address(.bucket, "photos")])
      #expect(view.remarks.map(\.reason) == [.unknown])
      #expect(view.remarks.first?.message.contains("the router does not answer") == true)
    }
  }

  @Test("nothing declared yet: storage can be written all the same")
  func blank() async throws {
    try await Site.with(seed: 1) { site in
      _ = try await site.objects.createBucket(BucketSettings(aliases: ["photos"]), mark: nil)
      let view = try await site.plane.adoption([.storage])
      #expect(view.documents.count == 1)
      #expect(!view.hasCluster)
    }
  }
}

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

/// A daemon's insides over real embedded engines in a folder of their own.
private struct Site: Sendable {
  let objects: ObjectStore
  let directory: EmbeddedDirectory
  let router: PlantedRouter
  let plane: LiveControlPlane

  static let foundation = """
    apiVersion: rhizome/v1
    kind: Cluster
    metadata: {name: plant}
    spec: {domain: example.org}
    ---
    apiVersion: rhizome/v1
    kind: Zone
    metadata: {name: home}
    spec: {gateway: {mode: upnp}}
    ---
    apiVersion: rhizome/v1
    kind: Node
    metadata: {name: laptop}
    spec: {zone: home, address: 192.168.1.20}
    ---
    apiVersion: rhizome/v1
    kind: AccessKey
    metadata: {name: publishes}
    spec: {}
    ---
    apiVersion: rhizome/v1
    kind: Bucket
    metadata: {name: declared}
    spec: {access: [{key: publishes, permissions: [read, write]}]}

    """

  static func with(seed: UInt64, _ body: (Site) async throws -> Void) async throws {
    // In memory where there is such a place: nothing here is about disks.
    let root = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    let folder = "\(root)/adoption-\(UUID())"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let configuration = ObjectStore.Configuration(
      directory: folder,
      encryptionKey: [UInt8](repeating: 1, count: 32),
      clock: { S3Protocol.Timestamp(seconds: 1_800_000_000) }
    )
    let objects = try await ObjectStore.open(
      configuration,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    let schema = try DirectorySchema(additionalAttributeTypes: [OwnershipAttribute.embeddedDefinition])
    try await EmbeddedDirectory.with(schema: schema) { directory in
      try await run(objects, directory, body)
    }
    try await objects.close()
  }

  private static func run(
    _ objects: ObjectStore,
    _ directory: EmbeddedDirectory,
    _ body: (Site) async throws -> Void
  ) async throws {
    let router = PlantedRouter()
    let loader = DesiredLoader { _ in resolution }
    let now = RhizomeModel.Timestamp(milliseconds: 1_800_000_000_000)
    let store = MemoryStateStore()
    let reconciler = try Reconciler(
      settings: ReconcilerSettings(clusterID: "c", seed: 1),
      store: store,
      registry: try registry(objects, directory, router),
      clock: ReconcilerClock(ContinuousClock(), wallTime: { now })
    ) { try loader.load($0.files, source: $0.source, now: now).desired }
    let parts = LiveControlPlane.Parts(
      identity: VersionView(version: "1", clusterID: "c", processID: 1, endpoints: [:]),
      sealingCertificate: "PEM",
      firewall: { _ in throw APIError(.notFound, "there is none") },
      logs: { _, _, _ in AsyncStream { $0.finish() } },
      mutes: try MuteList(store),
      unseal: { $0 },
      now: { now }
    )
    let plane = LiveControlPlane(reconciler: reconciler, loader: loader, parts: parts, audience: NobodyListens())
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await reconciler.run() }
      defer { group.cancelAll() }
      try await body(Site(objects: objects, directory: directory, router: router, plane: plane))
    }
  }

  private static func registry(_ objects: ObjectStore, _ directory: EmbeddedDirectory, _ router: PlantedRouter) throws
    -> DriverRegistry
  {
    let ldap = LDAPDirectory(
      host: "127.0.0.1",
      port: directory.port,
      baseDN: try DistinguishedName(EmbeddedDirectory.suffix),
      bindDN: EmbeddedDirectory.managerDN,
      bindPassword: EmbeddedDirectory.managerPassword,
      markAttribute: .embedded
    )
    return DriverRegistry(
      [
        EmbeddedStorageDriver(store: objects, fingerprint: { "fp:\($0)" }), LDAPDriver(name: "ldap", directory: ldap),
        router,
        ExternalServiceDriver(),
      ]
    ) { resource, _ in
      switch resource.address.kind.component {
      case .storage: "embedded-storage"
      case .directory: "ldap"
      case .gateway: "gateway"
      case .services: "external"
      case .records: nil
      }
    }
  }

  private static var resolution: ResolutionContext {
    ResolutionContext(
      derive: { label, count in Array(repeating: UInt8(truncatingIfNeeded: label.utf8.count), count: count) },
      fingerprint: { "fp:\($0)" },
      unseal: { $0 },
      s3URL: "http://s3",
      webURL: "http://web",
      ldapURL: "ldap://directory",
      serviceFolder: { "/services/\($0)" }
    )
  }

  // MARK: What a person does

  private func bundle(_ texts: [String]) -> ManifestBundle {
    let files = texts.enumerated().map { ("\($0.offset).yaml", $0.element) }
    return ManifestBundle(files: Dictionary(files, uniquingKeysWith: { $1 }), origin: "/manifests", author: "me")
  }

  func plan(_ texts: [String]) async throws -> Plan {
    try await plane.plan(PlanRequest(bundle: bundle(texts), choices: PlanChoices())).plan
  }

  func apply(_ texts: String...) async throws { try await apply(texts) }

  func apply(_ texts: [String]) async throws {
    let receipt = try await plane.apply(ApplyRequest(bundle: bundle(texts), choices: PlanChoices()))
    var lines: [ProgressLine] = []
    for await line in try await plane.progress(revision: receipt.revision) { lines.append(line) }
    #expect(lines.last?.step == .converged, "\(lines)")
  }

  // MARK: What is in the engines

  /// Everything in all engines, line by line, without marks of ours.
  func contents() async throws -> [String] {
    var lines = router.routes.map { "\($0.key) \($0.value)" }
    for bucket in try await objects.buckets() {
      lines.append("\(bucket.id) \(bucket.settings) \(bucket.created) \(bucket.byteCount) \(bucket.objectCount)")
    }
    for key in try await objects.accessKeys() {
      lines.append("\(key.id) \(key.settings) \(try await objects.secret(ofKey: key.id) ?? "none")")
    }
    for grant in try await objects.grants() { lines.append("\(grant.bucketID) \(grant.keyID) \(grant.permissions)") }
    let client = try await directory.connectAsManager()
    let search = LDAPSearchRequest(base: EmbeddedDirectory.suffix, scope: .subtree, attributes: ["*"])
    let reply = try await client.send(.searchRequest(search))
    for entry in reply.entries {
      let attributes = entry.attributes.map { "\($0.description): \($0.values)" }.sorted()
      lines.append("\(entry.dn) \(attributes)")
    }
    await client.close()
    return lines.sorted()
  }
}

private struct NobodyListens: DesiredAudience {
  func consider(_ desired: DesiredState) async throws {}
  func accept(_ desired: DesiredState) async throws {}
}

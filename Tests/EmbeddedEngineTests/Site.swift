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

/// A daemon's insides over real embedded engines in a folder of their own.
struct Site: Sendable {
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

import EmbeddedDirectory
import EmbeddedStorageDriver
import FirewallDriver
import Foundation
import GatewayDriver
import LDAPDriver
import Logging
import ObjectStore
import OpenSSL
import OutsideView
import ProcessSupervisor
import RhizomeAPI
import RhizomeAPIServer
import RhizomeCommands
import RhizomeDriver
import RhizomeManifest
import RhizomeModel
import RhizomeReconciler
import RhizomeSource
import RhizomeStateStore
import S3Protocol
import ServiceDrivers
import ServiceLifecycle
import UPnP

/// Every part of the daemon, made in the order in which they build on each other.
struct DaemonParts {
  let services: [any Service]
  let controlPlane: LiveControlPlane
  let git: GitPart
  private let objects: ObjectStore
  private let records: SQLiteStateStore

  init(dataDirectory: String, options: DaemonOptions, logger: Logger) async throws {
    let folder = try DataFolder(path: dataDirectory)
    for note in folder.notes { logger.warning("\(note)") }
    let hadRecords = folder.hasStateFile
    try folder.checkObjects()
    // Before the records: what is begun under a wrong key would lock out the right one.
    let objects = try await folder.opening("objects") { try await DaemonParts.objectStore(folder, logger) }
    self.objects = objects
    let records = try SQLiteStateStore(path: folder.stateFile)
    self.records = records
    let store = try await folder.opening("state.sqlite") { try await DaemonParts.sealed(records, folder) }
    try await objects.bindToKey()
    try folder.keepKeyCheck()
    let identity = try await IdentityPart(folder, store, objects, told: options.clusterID, hadFile: hadRecords)
    let clusterID = identity.text
    let board = DesiredBoard()

    let (s3, web) = DaemonParts.storageListeners(objects, options, logger)
    let directory = try DaemonParts.directory(folder, store, logger)
    let ldap = DaemonParts.directoryListeners(directory, options, logger)
    let supervisor = ProcessSupervisor(directory: folder.services, mark: clusterID)
    let processes = ProcessDriver(supervisor: supervisor, files: folder.placements("process"))
    let outside = OutsideParts(key: try NodeKeyFile.loadOrCreate(in: dataDirectory), logger: logger)
    let zones = try DaemonParts.gateway(clusterID, folder, store, board, node: options.node) {
      outside.heard(clusterID, $0, $1)
    }
    let gateway = VerdictDriver(zones, board: outside.board, clusterID: clusterID) {
      await zones.standing(ofZone: $0)
    }
    let firewall = FirewallDriver(folder: folder.firewall, node: { options.node })
    let registry = DriverRegistry(
      [
        EmbeddedStorageDriver(store: objects, fingerprint: folder.fingerprint), EmbeddedDirectoryDriver(directory),
        gateway, firewall,
        processes,
        BuiltinServiceDriver(
          engines: ["s3": s3, "web": web, "ldap": ldap, "probe": outside.probe],
          files: folder.placements("builtin")
        ),
        ExternalServiceDriver(),
      ],
      recordFacts: {
        guard $0.kind == .zone else { return [:] }
        return await zones.facts(ofZone: $0.name).merging(outside.board.facts($0)) { $1 }
      },
      choice: DriverChoice.driver
    )

    let gitBoard = GitBoard(told: options.git.start)
    let reportBoard = ReportBoard()
    let audience = Audience(board: board, directory: directory, git: gitBoard, reports: reportBoard) {
      outside.board.post(Neighbourhood($0, node: options.node))
    }
    let gitRecords = RecordTable<GitRecord>(store, prefix: try StatePrefix(RecordPlaces.git))
    let loader = DesiredLoader(node: options.node) { DaemonParts.resolution(folder, options, node: $0) }
    let reconciler = try DaemonParts.reconciler(store, clusterID, registry, loader, audience)
    await identity.tell(logger, reconciler)
    controlPlane = LiveControlPlane(
      reconciler: reconciler,
      loader: loader,
      parts: .init(
        identity: DaemonParts.identity(options, clusterID),
        sealingCertificate: folder.sealingPair.certificate,
        firewall: { try await FirewallSteps.run($0, firewall) },
        logs: { try await ServiceLogs.stream(processes, $0, tail: $1, follow: $2) },
        mutes: try MuteList(store),
        clusterConditions: {
          let newest = (try? await reconciler.revisions())?.last
          return await gitBoard.conditions(currentRevision: newest?.number) + reportBoard.conditions()
        },
        following: {
          guard gitBoard.current != nil || gitBoard.isWaiting else { return nil }
          return try await gitRecords.get("record")?.suspension == nil ? SourceName.git : nil
        },
        newPlace: NewPlace(board: gitBoard, lookout: GitLookout(folder: folder.git)).look,
        unseal: folder.unseal,
        now: { .now }
      ),
      audience: audience
    )
    git = try await GitPart(
      folder: folder.git,
      given: try options.git.settings(),
      store: store,
      board: gitBoard,
      reconciler: reconciler,
      controlPlane: controlPlane,
      logger: logger
    )
    let reports = try ReportPart(
      folder: folder.reports,
      store: store,
      board: reportBoard,
      buckets: BucketDelivery(store: objects, clusterID: clusterID),
      reconciler: reconciler,
      controlPlane: controlPlane
    )
    // Another daemon that runs here has the same ports: who cannot have them does not act.
    let hasPorts: @Sendable () async throws -> Void = {
      for engine in [s3, web] { try await engine.prepare() }
      try await ldap.tryPort()
    }
    let acting: [any Service] = [
      Runner { try await processes.run() }, outside.probe, zones, gateway, outside.view, firewall,
      ReconcilerService(reconciler), reports.service,
    ]
    services =
      [directory, s3, web, ldap, Runner { try await supervisor.run() }]
      + (acting + git.services).map { Prepared($0, after: hasPorts) as any Service }
  }

  /// Closes the databases: each is one file then, without what SQLite keeps beside it while it is open.
  func close() async throws {
    do {
      try await objects.close()
    } catch {
      try await records.close()
      throw error
    }
    try await records.close()
  }
}

// MARK: - Making parts

extension DaemonParts {
  private static func sealed(_ records: SQLiteStateStore, _ folder: DataFolder) async throws -> any StateStore {
    let sealed = try RecordPlaces.sealed() + [StatePrefix(StateStoreBackend.place)]
    return try await SealedStateStore(records, key: folder.masterKey, prefixes: sealed)
  }

  private static func objectStore(_ folder: DataFolder, _ logger: Logger) async throws -> ObjectStore {
    let configuration = ObjectStore.Configuration(
      directory: folder.objects,
      encryptionKey: folder.masterKey.derive("object-store"),
      clock: { S3Protocol.Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) }
    )
    return try await ObjectStore.open(configuration, logger: logger)
  }

  private static func directory(_ folder: DataFolder, _ store: any StateStore, _ logger: Logger) throws
    -> EmbeddedDirectory
  {
    let password = folder.masterKey.deriveHex("directory-manager")
    let settings = EmbeddedDirectory.Settings(
      managerPassword: password,
      attributeTypes: [OwnershipAttribute.embeddedDefinition],
      now: { Int(Date().timeIntervalSince1970) },
      makeUUID: { UUID().uuidString.lowercased() }
    )
    return try EmbeddedDirectory(store: store, settings: settings, logger: logger) { access in
      LDAPDriver(
        name: "ldap",
        directory: LDAPDirectory(
          host: "127.0.0.1",
          port: access.port,
          baseDN: access.baseDN,
          bindDN: access.managerDN,
          bindPassword: access.managerPassword,
          markAttribute: .embedded
        )
      )
    }
  }

  private static func directoryListeners(_ directory: EmbeddedDirectory, _ options: DaemonOptions, _ logger: Logger)
    -> EmbeddedListeners
  {
    let started = EmbeddedListeners.Readiness(
      isReady: { await directory.isStarted },
      wait: { try await directory.waitUntilStarted() }
    )
    return EmbeddedListeners("ldap", loopback: options.ldapListen, readiness: started, logger: logger) { endpoint in
      (try await directory.makeServer(host: endpoint.host, port: endpoint.port), {})
    }
  }

  private static func gateway(
    _ clusterID: String,
    _ folder: DataFolder,
    _ store: any StateStore,
    _ board: DesiredBoard,
    node: String?,
    heard: @escaping @Sendable (Address, UPnPError) -> Void
  ) throws -> ZoneGatewayDriver {
    let homes = RecordTable<HomeRecord>(store, prefix: try StatePrefix(RecordPlaces.homes))
    return ZoneGatewayDriver(
      clusterID: clusterID,
      gateways: { board.gateway(of: $0) },
      zones: { board.homes },
      makeFinder: ZoneGatewayDriver.finders { folder.masterKey.derive("pcp-nonce", $0) },
      network: .system(otherNode: { board.otherNode(at: $0, than: node) }),
      records: HomeRecords(
        all: {
          let records = try await homes.all().records
          return Dictionary(records.map { ($0.name, $0.record) }, uniquingKeysWith: { $1 })
        },
        save: { try await homes.put($0, $1) },
        remove: { try await homes.remove($0) }
      ),
      heard: heard
    )
  }

  private static func storageListeners(_ objects: ObjectStore, _ options: DaemonOptions, _ logger: Logger) -> (
    s3: EmbeddedListeners, web: EmbeddedListeners
  ) {
    let serverLogger = logger.atMost(.warning)
    let s3 = EmbeddedListeners("s3", loopback: options.s3Listen, logger: logger) { endpoint in
      let address = ListenAddress(host: endpoint.host, port: endpoint.port)
      let server = S3Server(objects, address: address, logger: serverLogger)
      return (server, { _ = try await server.boundPort() })
    }
    let web = EmbeddedListeners("web", loopback: options.webListen, logger: logger) { endpoint in
      let address = ListenAddress(host: endpoint.host, port: endpoint.port)
      let server = WebServer(objects, address: address, logger: serverLogger)
      return (server, { _ = try await server.boundPort() })
    }
    return (s3, web)
  }

  private static func reconciler(
    _ store: any StateStore,
    _ clusterID: String,
    _ registry: DriverRegistry,
    _ loader: DesiredLoader,
    _ audience: Audience
  ) throws -> Reconciler {
    let settings = ReconcilerSettings(clusterID: clusterID, seed: UInt64.random(in: .min ... .max))
    let clock = ReconcilerClock(ContinuousClock(), wallTime: { .now })
    return try Reconciler(settings: settings, store: store, registry: registry, clock: clock) { revision in
      let (desired, _) = try loader.load(revision.files, source: revision.source, now: .now)
      try await audience.accept(desired)
      return desired
    }
  }

  private static func resolution(_ folder: DataFolder, _ options: DaemonOptions, node: String?) -> ResolutionContext {
    ResolutionContext(
      derive: { folder.masterKey.derive($0, byteCount: $1) },
      fingerprint: folder.fingerprint,
      unseal: folder.unseal,
      s3URL: "http://\(options.s3Listen)",
      webURL: "http://\(options.webListen)",
      ldapURL: "ldap://\(options.ldapListen)",
      localNode: node,
      serviceFolder: folder.serviceFolder
    )
  }

  private static func identity(_ options: DaemonOptions, _ clusterID: String) -> VersionView {
    VersionView(
      version: ProgramVersion.text,
      clusterID: clusterID,
      processID: ProcessInfo.processInfo.processIdentifier,
      endpoints: [
        "s3": "http://\(options.s3Listen)", "web": "http://\(options.webListen)",
        "ldap": "ldap://\(options.ldapListen)",
      ]
    )
  }
}

/// Which driver cares for a declared resource.
enum DriverChoice {
  @Sendable static func driver(_ resource: Resource, _ desired: DesiredState) -> String? {
    switch resource.address.kind.component {
    case .storage: engine("storage", desired) == "embedded" ? "embedded-storage" : nil
    case .directory: engine("directory", desired) == "embedded" ? "ldap" : nil
    case .gateway: resource.address.kind == .firewall ? "firewall" : "gateway"
    case .services: runner(resource.attributes["run"])
    case .records: nil
    }
  }

  private static func engine(_ component: String, _ desired: DesiredState) -> String? {
    desired.cluster?.attributes[component]["engine"].text
  }

  private static func runner(_ run: Value) -> String? {
    ["process", "builtin", "external"].first { !run[$0].isNull }
  }
}

/// The parts that have to know what is declared.
struct Audience: DesiredAudience {
  let board: DesiredBoard
  let directory: EmbeddedDirectory
  let git: GitBoard
  let reports: ReportBoard
  let declared: @Sendable (DesiredState) -> Void

  func consider(_ desired: DesiredState) async throws {
    board.consider(desired)
    guard let base = Audience.baseDN(desired) else { return }
    do {
      try await directory.check(baseDN: base)
    } catch let refusal as EmbeddedDirectory.Refusal {
      throw APIError(.refused, refusal.description, refusals: refusal.seatbelt.map { [$0] } ?? [])
    }
  }

  /// The suffix of the embedded directory; nil where the directory is another server.
  private static func baseDN(_ desired: DesiredState) -> String? {
    let settings = desired.cluster?.attributes["directory"] ?? .null
    return settings["engine"].text == "embedded" ? settings["baseDN"].text : nil
  }

  func accept(_ desired: DesiredState) async throws {
    board.post(desired)
    git.accept(desired)
    reports.accept(desired)
    declared(desired)
    if let base = Audience.baseDN(desired) { try await directory.start(baseDN: base) }
  }
}

/// A service that begins once something else has come to its end, and not at all where that fails or is stopped.
private struct Prepared: Service {
  private let service: any Service
  private let prepare: @Sendable () async throws -> Void

  init(_ service: any Service, after prepare: @escaping @Sendable () async throws -> Void) {
    (self.service, self.prepare) = (service, prepare)
  }

  func run() async throws {
    do { try await prepare() } catch is CancellationError { return }
    try await service.run()
  }
}

/// A function as a service.
struct Runner: Service {
  private let body: @Sendable () async throws -> Void

  init(_ body: @escaping @Sendable () async throws -> Void) { self.body = body }

  func run() async throws {
    try await cancelWhenGracefulShutdown { try await body() }
  }
}

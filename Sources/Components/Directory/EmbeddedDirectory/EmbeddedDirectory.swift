package import DirectoryServer
package import LDAPProtocol
package import Logging
import NIOCore
package import RhizomeDriver
package import RhizomeModel
package import RhizomeStateStore
import ServiceLifecycle

/// The directory that is part of this program: one store of entries, served on a private socket for our own driver, and
/// on whatever else is opened.
///
/// Its suffix follows from the cluster's declaration, so it starts when that is known, and not before.
package actor EmbeddedDirectory: Service {
  package struct Settings: Sendable {
    package var managerPassword: String
    /// Definitions beyond the standard schema (RFC 4512, section 4.1.2).
    package var attributeTypes: [String]
    /// Seconds since 1970.
    package var now: @Sendable () -> Int
    package var makeUUID: @Sendable () -> String

    package init(
      managerPassword: String,
      attributeTypes: [String] = [],
      now: @escaping @Sendable () -> Int,
      makeUUID: @escaping @Sendable () -> String
    ) {
      self.managerPassword = managerPassword
      self.attributeTypes = attributeTypes
      self.now = now
      self.makeUUID = makeUUID
    }
  }

  /// How the directory is reached from inside this program.
  package struct Access: Sendable {
    package let baseDN: DistinguishedName
    package let managerDN: String
    package let managerPassword: String
    /// On loopback.
    package let port: Int
  }

  /// A driver for the directory, reached as the manager.
  package typealias MakeDriver = @Sendable (Access) -> any Driver

  /// Why the directory cannot be what was asked for.
  package struct Refusal: Error, CustomStringConvertible {
    /// The seatbelt that holds, where it is one.
    package var seatbelt: RhizomeModel.Refusal?
    package let description: String
  }

  /// What runs once the suffix is known.
  private struct Running {
    let baseDN: String
    let store: DirectoryStore
    let server: DirectoryServer
    let driver: any Driver
  }

  private let backend: StateStoreBackend
  private let settings: Settings
  private let makeDriver: MakeDriver
  private let logger: Logger
  private var running: Running?
  private var starting: Task<Running, any Error>?
  private var waiters: [AsyncStream<Never>.Continuation] = []

  package init(
    store: any StateStore,
    settings: Settings,
    logger: Logger,
    makeDriver: @escaping MakeDriver
  ) throws {
    backend = try StateStoreBackend(store)
    self.settings = settings
    self.makeDriver = makeDriver
    self.logger = logger
  }

  /// Insists that the directory can serve this suffix: entries stay below the one that they were made under.
  /// - Throws: `Refusal` when another suffix was chosen before.
  package func check(baseDN: String) async throws {
    guard let chosen = try await backend.baseDN(), chosen != baseDN else { return }
    let refusal = DirectorySuffix.refusal(chosen: chosen, wanted: baseDN)
    throw Refusal(seatbelt: refusal, description: refusal.message)
  }

  /// Loads the entries, and answers from then on. Starting again with the same suffix does nothing.
  /// - Throws: `Refusal` when it runs with another suffix already.
  package func start(baseDN: String) async throws {
    if starting == nil { starting = Task { try await self.load(baseDN) } }
    guard let starting else { return }
    do {
      let started = try await starting.value
      guard started.baseDN == baseDN else {
        throw Refusal(description: "the directory serves \(started.baseDN); its suffix cannot become \(baseDN)")
      }
      running = started
      for waiter in waiters { waiter.finish() }
      waiters = []
    } catch let refusal as Refusal {
      throw refusal
    } catch {
      self.starting = nil
      throw error
    }
  }

  /// Serves until graceful shutdown, once it was started.
  package func run() async throws {
    let server = await cancelWhenGracefulShutdown { try? await self.started().server }
    try await server?.run()
  }

  /// A further server of the same entries; waits until the directory has started.
  package func makeServer(host: String, port: Int) async throws -> DirectoryServer {
    let store = try await started().store
    let address = try SocketAddress.makeAddressResolvingHost(host, port: port)
    return try await DirectoryServer.bind(to: address, store: store, runsStore: false, logger: logger)
  }

  /// True once the suffix is known and the entries are loaded.
  package var isStarted: Bool { running != nil }

  /// Returns once the directory has started.
  /// - Throws: `CancellationError`.
  package func waitUntilStarted() async throws { _ = try await started() }

  /// The driver, once the directory has started; nil before.
  var driver: (any Driver)? { running?.driver }

  /// The driver; waits until the directory has started.
  func startedDriver() async throws -> any Driver { try await started().driver }

  /// True when nothing was ever stored: a directory that has not started then surely holds nothing.
  func isBlank() async throws -> Bool { try await backend.load().isEmpty }

  private func started() async throws -> Running {
    while true {
      if let running { return running }
      let (stream, continuation) = AsyncStream<Never>.makeStream()
      waiters.append(continuation)
      for await _ in stream {}
      try Task.checkCancellation()
    }
  }

  private func load(_ baseDN: String) async throws -> Running {
    try await check(baseDN: baseDN)
    try await backend.choose(baseDN: baseDN)
    let suffix = try DistinguishedName(baseDN)
    let managerDN = "cn=rhizome,\(baseDN)"
    let password = settings.managerPassword
    let manager = DirectoryManager(dn: try DistinguishedName(managerDN), password: Array(password.utf8))
    let store = try await DirectoryStore(
      suffix: suffix,
      schema: try DirectorySchema(additionalAttributeTypes: settings.attributeTypes),
      settings: DirectorySettings(manager: manager, vendorName: "Rhizome"),
      backend: backend,
      nowSeconds: settings.now,
      newUUID: settings.makeUUID,
      logger: logger
    )
    // A free port on loopback that nobody is told of: what is open to others comes and goes, this one stays.
    let address = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
    let server = try await DirectoryServer.bind(to: address, store: store, logger: logger)
    let access = Access(
      baseDN: suffix,
      managerDN: managerDN,
      managerPassword: password,
      port: server.address.port ?? 0
    )
    return Running(baseDN: baseDN, store: store, server: server, driver: makeDriver(access))
  }
}

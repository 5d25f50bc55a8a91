import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceDrivers
import ServiceLifecycle

/// The listeners of one embedded engine: on loopback, until a Service opens ports to everybody.
actor EmbeddedListeners: BuiltinEngine, Service {
  /// A server for an endpoint, and a call that returns once it listens.
  typealias MakeServer =
    @Sendable (Endpoint) async throws -> (
      server: any Service, isListening: @Sendable () async throws -> Void
    )

  /// A server that runs.
  private struct Listener {
    let group: ServiceGroup
    let task: Task<Void, any Error>
  }

  /// When the engine can serve at all; the directory, for one, only once it is known what is declared.
  struct Readiness: Sendable {
    var isReady: @Sendable () async -> Bool
    /// Returns once it is ready.
    var wait: @Sendable () async throws -> Void

    /// Of an engine that serves from the start.
    static let always = Readiness(isReady: { true }, wait: {})
  }

  /// Said instead of waiting: what makes an engine ready may itself wait for the answer.
  struct NotReady: Error, CustomStringConvertible {
    let engine: String
    var description: String { "the engine \(engine) has not started yet; its ports open when it does" }
  }

  /// Somebody else has the port, or this machine has not the address.
  struct CannotListen: Error, CustomStringConvertible {
    let engine: String
    let endpoint: Endpoint
    let error: IOError

    var description: String {
      "Cannot listen on \(endpoint): \(String(cString: strerror(error.errnoCode))). \(reason); another one is chosen with "
        + "--\(engine)-listen"
    }

    private var reason: String {
      switch error.errnoCode {
      case EADDRINUSE: "Another program has the port"
      case EADDRNOTAVAIL: "This machine has no such address"
      case EACCES: "This user may not have a port below 1024"
      default: "The system would not give it"
      }
    }
  }

  private static let bindRetries = 20

  /// How long requests in progress may take when a listener is closed, and how long an engine may take to start.
  private static let patience = Duration.seconds(5)

  private let name: String
  private let loopback: Endpoint
  private let readiness: Readiness
  private let makeServer: MakeServer
  private let logger: Logger
  private var listeners: [Endpoint: Listener] = [:]
  private var ports: [Int] = []
  /// What to open once the engine is ready.
  private var awaited: [Int] = []
  private var turn: Task<Void, any Error>?
  private var hasTriedPort = false

  init(
    _ name: String,
    loopback: Endpoint,
    readiness: Readiness = .always,
    logger: Logger,
    makeServer: @escaping MakeServer
  ) {
    self.name = name
    self.loopback = loopback
    self.readiness = readiness
    self.logger = logger
    self.makeServer = makeServer
  }

  /// Listens on loopback, and stays until the daemon stops.
  func run() async throws {
    try await cancelWhenGracefulShutdown {
      do {
        try await self.prepare()
      } catch is CancellationError {
        // Stopped before there was anything to listen for.
        return
      }
      let (stream, continuation) = AsyncStream<Never>.makeStream()
      for await _ in stream {}
      continuation.finish()
    }
    await stop(Set(listeners.keys))
  }

  /// Listens on loopback, unless that was done: a daemon that cannot is not to act, for another may run here. The
  /// directory listens only once it is known what is declared, so nothing that tells that may wait for it.
  func prepare() async throws {
    // Not in turn: nobody else has to wait for this.
    try await readiness.wait()
    try await inTurn { try await self.listenAtStart() }
  }

  /// Whether the port will be had by an engine that starts later: told at the start, and not in the middle of the first
  /// apply.
  /// - Throws: `CannotListen`.
  func tryPort() async throws {
    try await inTurn { try await self.bindOnce() }
  }

  private func bindOnce() async throws {
    guard !hasTriedPort, listeners.isEmpty else { return }
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
    try await naming(loopback) { [loopback] in
      try await bootstrap.bind(host: loopback.host, port: loopback.port).get().close()
    }
    hasTriedPort = true
  }

  /// A service may have opened ports before this began to run.
  private func listenAtStart() async throws {
    guard ports.isEmpty else { return }
    do {
      try await open(toOthers: awaited)
    } catch {
      // The next look sees that these ports are closed; a daemon does not end for that.
      logger.warning("not open to others", metadata: ["engine": "\(name)", "ports": "\(awaited)", "error": "\(error)"])
    }
    awaited = []
    if ports.isEmpty { try await listen(on: []) }
  }

  /// - Throws: `NotReady` when the engine does not start in time; the ports are opened when it has.
  func open(_ ports: [Int]) async throws {
    try await waitBriefly()
    try await reopen(ports)
  }

  /// Lets what was just accepted start the engine.
  private func waitBriefly() async throws {
    try await withThrowingTaskGroup(of: Void.self) { [readiness] group in
      group.addTask { try await readiness.wait() }
      group.addTask { try await Task.sleep(for: EmbeddedListeners.patience) }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// - Throws: `NotReady` before the engine has started; the ports are opened when it has.
  func reopen(_ ports: [Int]) async throws {
    try await inTurn { try await self.open(toOthers: ports) }
  }

  private func open(toOthers ports: [Int]) async throws {
    guard ports != self.ports else { return }
    guard await readiness.isReady() else {
      awaited = ports
      throw NotReady(engine: name)
    }
    try await listen(on: Set(ports.map { Endpoint(host: "0.0.0.0", port: $0) }))
    self.ports = ports
    logger.notice("open to others", metadata: ["engine": "\(name)", "ports": "\(ports)"])
  }

  func close() async throws {
    try await inTurn { try await self.closePorts() }
  }

  private func closePorts() async throws {
    awaited = []
    guard await readiness.isReady() else { return }
    try await listen(on: [])
    ports = []
  }

  /// One change of listeners at a time: each looks at what the one before left.
  private func inTurn(_ change: @escaping @Sendable () async throws -> Void) async throws {
    let before = turn
    let mine = Task {
      _ = await before?.result
      try await change()
    }
    turn = mine
    try await withTaskCancellationHandler {
      try await mine.value
    } onCancel: {
      mine.cancel()
    }
  }

  func openPorts() -> [Int] { ports }

  /// Makes these, and loopback where none of them covers it, the endpoints that are listened on.
  private func listen(on endpoints: Set<Endpoint>) async throws {
    let covered = endpoints.contains { $0.port == loopback.port }
    let wanted = covered ? endpoints : endpoints.union([loopback])
    do {
      try await startUnrelated(wanted)
      await stop(Set(listeners.keys).subtracting(wanted))
      for endpoint in wanted.subtracting(listeners.keys) { try await startPatiently(endpoint) }
    } catch {
      // Never leave the engine deaf: this machine's own services use it.
      if listeners.isEmpty { try? await start(loopback) }
      throw error
    }
  }

  /// What needs no port of ours to be given back is opened first: where one of them is taken, all stays as it was.
  private func startUnrelated(_ wanted: Set<Endpoint>) async throws {
    let ports = Set(listeners.keys.map(\.port))
    let unrelated = wanted.filter { !ports.contains($0.port) }
    do {
      for endpoint in unrelated { try await startPatiently(endpoint) }
    } catch {
      await stop(unrelated)
      throw error
    }
  }

  /// The system takes a moment to give back a port that was closed just now.
  private func startPatiently(_ endpoint: Endpoint) async throws {
    for _ in 0..<EmbeddedListeners.bindRetries {
      do { return try await start(endpoint) } catch { try await Task.sleep(for: .milliseconds(50)) }
    }
    try await start(endpoint)
  }

  private func start(_ endpoint: Endpoint) async throws {
    try await naming(endpoint) { try await startListening(endpoint) }
  }

  /// - Throws: `CannotListen` where the system says why the endpoint cannot be had; what `body` throws otherwise.
  private func naming(_ endpoint: Endpoint, _ body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch let error as IOError {
      throw CannotListen(engine: name, endpoint: endpoint, error: error)
    }
  }

  private func startListening(_ endpoint: Endpoint) async throws {
    let (server, isListening) = try await makeServer(endpoint)
    var configuration = ServiceGroupConfiguration(services: [server], logger: logger.atMost(.warning))
    configuration.maximumGracefulShutdownDuration = EmbeddedListeners.patience
    let group = ServiceGroup(configuration: configuration)
    let task = Task { try await group.run() }
    listeners[endpoint] = Listener(group: group, task: task)
    do {
      try await isListening()
    } catch {
      listeners[endpoint] = nil
      task.cancel()
      throw error
    }
  }

  private func stop(_ endpoints: Set<Endpoint>) async {
    let stopping = endpoints.compactMap { listeners.removeValue(forKey: $0) }
    for listener in stopping { await listener.group.triggerGracefulShutdown() }
    for listener in stopping { _ = await listener.task.result }
  }
}

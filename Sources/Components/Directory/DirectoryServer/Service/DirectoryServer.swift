package import Logging
package import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import LDAPProtocol
internal import Synchronization

/// Bounds on what clients may take of the server.
package struct DirectoryLimits: Sendable {
  /// Open connections; further ones are closed at once.
  package var connectionsMax: Int
  /// Longest request, in bytes.
  package var messageByteCountMax: Int
  /// A connection without traffic is closed after this time.
  package var idleTimeout: TimeAmount

  package init(
    connectionsMax: Int = 1000,
    messageByteCountMax: Int = 4 << 20,
    idleTimeout: TimeAmount = .minutes(30)
  ) {
    self.connectionsMax = connectionsMax
    self.messageByteCountMax = messageByteCountMax
    self.idleTimeout = idleTimeout
  }
}

/// Listens for LDAP clients and serves them from a store.
///
/// Plain LDAP without TLS: bind it to loopback, or to a network that is trusted or encrypted below.
package final class DirectoryServer: Service {
  private let store: DirectoryStore
  private let listener: any Channel
  private let connections: DirectoryConnections
  private let runsStore: Bool
  private let logger: Logger

  /// Where clients connect; the port is the real one where 0 was asked for.
  package let address: SocketAddress

  private init(
    store: DirectoryStore,
    listener: any Channel,
    address: SocketAddress,
    connections: DirectoryConnections,
    runsStore: Bool,
    logger: Logger
  ) {
    self.runsStore = runsStore
    self.store = store
    self.listener = listener
    self.address = address
    self.connections = connections
    self.logger = logger
  }

  /// Opens the listening socket. Reads are answered from then on, changes once `run` is called.
  ///
  /// - Parameter runsStore: false where another server of the same store runs it; a store is run once.
  /// - Throws: the system's error when the address cannot be bound.
  package static func bind(
    to address: SocketAddress,
    store: DirectoryStore,
    limits: DirectoryLimits = DirectoryLimits(),
    runsStore: Bool = true,
    logger: Logger,
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  ) async throws -> DirectoryServer {
    let connections = DirectoryConnections(max: limits.connectionsMax)
    let listener = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 128)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        guard connections.insert(channel) else { return channel.close() }
        return channel.eventLoop.makeCompletedFuture {
          try addHandlers(to: channel.pipeline.syncOperations, store: store, limits: limits)
        }
      }
      .bind(to: address).get()
    let actual = listener.localAddress ?? address
    logger.info("directory is listening", metadata: ["address": "\(actual)"])
    return DirectoryServer(
      store: store,
      listener: listener,
      address: actual,
      connections: connections,
      runsStore: runsStore,
      logger: logger
    )
  }

  private static func addHandlers(
    to pipeline: ChannelPipeline.SynchronousOperations,
    store: DirectoryStore,
    limits: DirectoryLimits
  ) throws {
    try pipeline.addHandler(IdleStateHandler(allTimeout: limits.idleTimeout))
    try pipeline.addHandler(
      ByteToMessageHandler(LDAPFrameDecoder(messageByteCountMax: limits.messageByteCountMax))
    )
    try pipeline.addHandler(DirectoryChannelHandler(store: store))
  }

  /// Serves until graceful shutdown: then takes no more clients, ends running requests, stores the changes in
  /// line and says goodbye. Cancellation closes all connections at once.
  package func run() async throws {
    let writer = Task { [store, runsStore] in if runsStore { await store.run() } }
    await withTaskCancellationHandler {
      await withGracefulShutdownHandler {
        try? await listener.closeFuture.get()
        await connections.waitUntilEmpty()
      } onGracefulShutdown: { [listener, connections] in
        listener.close(promise: nil)
        connections.quiesce()
      }
    } onCancel: { [listener, connections] in
      listener.close(promise: nil)
      connections.closeAll()
    }
    if runsStore { store.stop() }
    await writer.value
    logger.info("directory has stopped")
  }
}

/// The connections that are open.
final class DirectoryConnections: Sendable {
  private struct State {
    var channels: [ObjectIdentifier: any Channel] = [:]
    var isQuiescing = false
  }

  private let max: Int
  private let state = Mutex(State())

  init(max: Int) { self.max = max }

  /// Notes a new connection until it closes; false when there are too many or the server is stopping.
  func insert(_ channel: any Channel) -> Bool {
    let id = ObjectIdentifier(channel)
    let isAccepted = state.withLock { state in
      guard state.channels.count < max, !state.isQuiescing else { return false }
      state.channels[id] = channel
      return true
    }
    if isAccepted {
      channel.closeFuture.whenComplete { [self] _ in state.withLock { $0.channels[id] = nil } }
    }
    return isAccepted
  }

  private func begin() -> [any Channel] {
    state.withLock { state in
      state.isQuiescing = true
      return Array(state.channels.values)
    }
  }

  /// Asks every connection to end after the request it is at.
  func quiesce() {
    for channel in begin() { channel.pipeline.fireUserInboundEventTriggered(DirectoryShutdown()) }
  }

  func closeAll() {
    for channel in begin() { channel.close(promise: nil) }
  }

  func waitUntilEmpty() async {
    for channel in begin() { try? await channel.closeFuture.get() }
  }
}

/// Tells a connection that the server is stopping.
struct DirectoryShutdown: Sendable {}

package import NIOCore
import NIOPosix
import OpenSSL
import Synchronization
package import UPnP

/// Looks at the public ports of other homes when their nodes ask: the thin shell around `ProberSession`.
///
/// Neither scanner nor reflector: it connects only to the address that the asking connection itself comes from, and only
/// to ports that the manifests declare public in the asker's home.
package final class ProbeServer: Sendable {
  /// What the server is made with.
  package struct Settings: Sendable {
    /// What the manifests say now; nil when this node may not serve (nothing is declared, or it has no key).
    package var book: @Sendable () -> ProberBook?
    /// Whether an address is one on the internet, so that looking at it is a view from outside.
    package var isOutside: @Sendable (IPv4Address) -> Bool
    /// Told where each node that was served came from.
    package var seen: @Sendable (ProbePeer, IPv4Address) -> Void

    package init(
      book: @escaping @Sendable () -> ProberBook?,
      isOutside: @escaping @Sendable (IPv4Address) -> Bool = { !$0.isReserved },
      seen: @escaping @Sendable (ProbePeer, IPv4Address) -> Void = { _, _ in }
    ) {
      (self.book, self.isOutside, self.seen) = (book, isOutside, seen)
    }
  }

  private let channel: any Channel

  private init(_ channel: any Channel) { self.channel = channel }

  /// A server that listens already. IPv4 only: what is looked at is the home's IPv4 address.
  ///
  /// - Parameter group: where sockets are made and served.
  /// - Throws: when the port cannot be had.
  package static func listen(
    host: String,
    port: Int,
    settings: Settings,
    group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup
  ) async throws -> ProbeServer {
    let gate = ProbeGate()
    let channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 16)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { child in
        child.eventLoop.makeCompletedFuture {
          try child.pipeline.syncOperations.addHandler(ProberHandler(settings, gate))
        }
      }
      .bind(host: host, port: port).get()
    return ProbeServer(channel)
  }

  /// The port it listens on.
  package var port: Int? { channel.localAddress?.port }

  /// Serves until the task is cancelled.
  package func run() async {
    await withTaskCancellationHandler {
      try? await channel.closeFuture.get()
    } onCancel: {
      channel.close(promise: nil)
    }
  }

  package func close() async { try? await channel.close() }
}

/// Who is inside: few at a time, and fewer from one address.
final class ProbeGate: Sendable {
  static let capacity = 32
  static let capacityEach = 2

  private struct State {
    var count = 0
    var bySource: [IPv4Address: Int] = [:]
    var allowance = ProbeAllowance()
  }

  private let state = Mutex(State())
  private let start = ContinuousClock.now

  var now: Duration { ContinuousClock.now - start }

  func enter(_ source: IPv4Address) -> Bool {
    state.withLock { state in
      guard state.count < Self.capacity, state.bySource[source, default: 0] < Self.capacityEach else { return false }
      state.count += 1
      state.bySource[source, default: 0] += 1
      return true
    }
  }

  func leave(_ source: IPv4Address) {
    state.withLock { state in
      state.count -= 1
      let left = state.bySource[source, default: 1] - 1
      state.bySource[source] = left > 0 ? left : nil
    }
  }

  func permit(_ node: String) -> Bool { state.withLock { $0.allowance.take(node, at: now) } }
}

/// One connection to the prober.
private final class ProberHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let settings: ProbeServer.Settings
  private let gate: ProbeGate
  private var session: ProberSession?
  private var source: IPv4Address?
  private var alarm: Scheduled<Void>?
  private var held: [any Channel] = []
  private var isClosed = false

  init(_ settings: ProbeServer.Settings, _ gate: ProbeGate) { (self.settings, self.gate) = (settings, gate) }

  func channelActive(context: ChannelHandlerContext) {
    guard let source = context.remoteAddress?.ipAddress.flatMap({ IPv4Address($0) }), let book = settings.book(),
      let challenge = ProbeNonce(SecureRandom.bytes(ProbeNonce.byteCount)), gate.enter(source)
    else {
      context.close(promise: nil)
      return
    }
    self.source = source
    let isOutside = settings.isOutside(source)
    var session = ProberSession(book, challenge: challenge, source: source, isOutside: isOutside, at: gate.now)
    let directives = session.begin()
    self.session = session
    perform(directives, context)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = Array(unwrapInboundIn(data).readableBytesView)
    let directives = session?.received(bytes, at: gate.now) { gate.permit($0.node) }
    perform(directives ?? [], context)
  }

  /// The asker is content, or gone.
  func channelInactive(context: ChannelHandlerContext) {
    perform(session?.ended() ?? [], context)
    letGo()
    if let source { gate.leave(source) }
    source = nil
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func perform(_ directives: [ProberSession.Directive], _ context: ChannelHandlerContext) {
    for directive in directives {
      switch directive {
      case .send(let bytes):
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
      case .look(let peer, let ports): look(peer, ports, context)
      case .close:
        letGo()
        context.close(promise: nil)
      }
    }
    setAlarm(context)
  }

  private func look(_ peer: ProbePeer, _ ports: [UInt16], _ context: ChannelHandlerContext) {
    guard let source else { return }
    settings.seen(peer, source)
    PortLooker.look(source, ports, on: context.eventLoop).assumeIsolated().whenComplete { result in
      guard case .success(let sight) = result else { return }
      self.held = sight.held
      if self.isClosed { self.letGo() }
      self.perform(self.session?.looked(sight.looks, at: self.gate.now) ?? [], context)
    }
  }

  private func letGo() {
    isClosed = true
    alarm?.cancel()
    for channel in held { channel.close(promise: nil) }
    held = []
  }

  private func setAlarm(_ context: ChannelHandlerContext) {
    alarm?.cancel()
    guard !isClosed, let deadline = session?.deadline else { return }
    let delay = TimeAmount.nanoseconds(max(0, Int64((deadline - gate.now) / .nanoseconds(1))) + 1)
    alarm = context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
      self.perform(self.session?.tick(at: self.gate.now) ?? [], context)
    }
  }
}

package import NIOCore
import NIOPosix
import OpenSSL
package import UPnP

/// Asks a node of another home to look at our public ports: the thin shell around `AskerSession`.
package struct ProbeClient: Sendable {
  /// What a prober saw, with what arrived here meanwhile.
  package struct View: Hashable, Sendable {
    /// Under which address it sees this home.
    package let address: IPv4Address
    /// By public port; empty when that address is not one on the internet.
    package let ports: [UInt16: PortView]
  }

  /// Why there is no view; a clause without a full stop.
  package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// Where and whom to ask.
  package struct Prober: Hashable, Sendable {
    package let peer: ProbePeer
    package let host: String
    package let port: UInt16

    package init(_ peer: ProbePeer, host: String, port: UInt16) {
      (self.peer, self.host, self.port) = (peer, host, port)
    }
  }

  private let me: ProbeIdentity
  private let table: @Sendable () throws -> SocketTable
  private let group: any EventLoopGroup

  /// - Parameters:
  ///   - table: this machine's sockets, read anew at each call.
  ///   - group: where sockets are made and served.
  package init(
    me: ProbeIdentity,
    table: @escaping @Sendable () throws -> SocketTable,
    group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup
  ) {
    (self.me, self.table, self.group) = (me, table, group)
  }

  /// - Parameters:
  ///   - ports: public TCP ports of this home that lead to this machine, and the ports here that they lead to.
  ///   - timeout: for all of it.
  /// - Throws: `Failure`; `CancellationError` at once when the task is cancelled.
  package func view(
    of ports: [UInt16: UInt16],
    from prober: Prober,
    timeout: Duration = .seconds(15)
  ) async throws -> View {
    let (stream, happenings) = AsyncStream<Happening>.makeStream(bufferingPolicy: .bufferingOldest(64))
    let channel = try await connect(prober, happenings)
    defer { channel.close(promise: nil) }
    let alarm = channel.eventLoop.scheduleTask(in: .nanoseconds(Int64(timeout / .nanoseconds(1)))) {
      happenings.yield(.late)
      happenings.finish()
    }
    defer { alarm.cancel() }
    guard let source = channel.remoteAddress?.ipAddress.flatMap({ IPv4Address($0) }) else {
      throw Failure(description: "\(prober.peer.node) was not asked over IPv4")
    }
    let before = try table().connections(from: source)
    let report = try await converse(stream, channel, prober, Array(ports.keys))
    try Task.checkCancellation()
    return try await judge(report, ports) { Set(try table().connections(from: source).subtracting(before).map(\.port)) }
  }

  private enum Happening: Sendable {
    case bytes([UInt8])
    case closed
    case late
  }

  private func connect(_ prober: Prober, _ happenings: AsyncStream<Happening>.Continuation) async throws
    -> any Channel
  {
    let connection = ClientBootstrap(group: group)
      .connectTimeout(.seconds(5))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            ByteReceiver { happenings.yield($0.map { .bytes($0) } ?? .closed) }
          )
        }
      }
      .connect(host: prober.host, port: Int(prober.port))
    do {
      return try await connection.get()
    } catch {
      throw Failure(description: "no connection to \(prober.peer.node) at \(prober.host) port \(prober.port)")
    }
  }

  private func converse(_ stream: AsyncStream<Happening>, _ channel: any Channel, _ prober: Prober, _ ports: [UInt16])
    async throws -> ProbeReport
  {
    guard let nonce = ProbeNonce(SecureRandom.bytes(ProbeNonce.byteCount)) else { throw CancellationError() }
    var session = AskerSession(me: me, prober: prober.peer, ports: ports, nonce: nonce)
    for await happening in stream {
      var directives: [AskerSession.Directive]
      switch happening {
      case .bytes(let bytes): directives = session.received(bytes)
      case .closed: directives = session.ended()
      case .late: directives = [.failed("it took too long to answer")]
      }
      for directive in directives {
        switch directive {
        case .send(let bytes): channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        case .finished(let report): return report
        case .failed(let clause): throw Failure(description: "asking \(prober.peer.node) failed: \(clause)")
        }
      }
    }
    try Task.checkCancellation()
    throw Failure(description: "asking \(prober.peer.node) failed: the connection ended")
  }

  /// While the prober holds its connections open: did they end at this machine? The kernel's table tells.
  private func judge(
    _ report: ProbeReport,
    _ ports: [UInt16: UInt16],
    _ arrivals: () throws -> Set<UInt16>
  ) async throws -> View {
    let connected = report.ports.filter { $0.look == .connected }.compactMap { ports[$0.port] }
    var arrived = Set<UInt16>()
    for _ in 0..<Self.tableReadings where !arrived.isSuperset(of: connected) {
      arrived.formUnion(try arrivals())
      if !arrived.isSuperset(of: connected) { try await Task.sleep(for: .milliseconds(50)) }
    }
    let views = report.ports.map {
      ($0.port, PortView($0.look, hasArrived: ports[$0.port].map(arrived.contains) ?? false))
    }
    return View(address: report.address, ports: Dictionary(views, uniquingKeysWith: { $1 }))
  }

  /// How often the table is read before a connection counts as not arrived; 50 ms apart.
  private static let tableReadings = 10
}

extension PortView {
  init(_ look: ProbeReport.Look, hasArrived: Bool) {
    switch look {
    case .connected: self = hasArrived ? .arrived : .answeredElsewhere
    case .refused: self = .refused
    case .timedOut: self = .timedOut
    case .noWay: self = .noWay
    }
  }
}

/// Hands on what comes in; nil at the end.
private final class ByteReceiver: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let receive: ([UInt8]?) -> Void

  init(_ receive: @escaping ([UInt8]?) -> Void) { self.receive = receive }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    receive(Array(unwrapInboundIn(data).readableBytesView))
  }
  func channelInactive(context: ChannelHandlerContext) { receive(nil) }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

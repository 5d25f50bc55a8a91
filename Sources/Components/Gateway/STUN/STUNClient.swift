package import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Asks STUN servers under which address this machine is seen. The thin shell around `BindingTransaction`.
package struct STUNClient: Sendable {
  /// Why there is no address.
  package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// Which server, what happened; a clause without a full stop.
    package let description: String
  }

  /// A server's name or address, and its port.
  package struct Server: Sendable, Hashable, CustomStringConvertible {
    package let host: String
    package let port: UInt16
    /// The port that servers usually have.
    package static let defaultPort: UInt16 = 3478

    package init(host: String, port: UInt16 = defaultPort) { (self.host, self.port) = (host, port) }

    /// Reads `HOST`, `HOST:PORT`, or `[IPv6]:PORT`.
    package init?(_ text: String) {
      let isBracketed = text.hasPrefix("[")
      guard let end = isBracketed ? text.firstIndex(of: "]") : text.lastIndex(of: ":") ?? text.endIndex else {
        return nil
      }
      host = String(isBracketed ? text[text.index(after: text.startIndex)..<end] : text[..<end])
      let rest = isBracketed ? text[text.index(after: end)...] : text[end...]
      if rest.isEmpty {
        port = Self.defaultPort
      } else {
        guard rest.first == ":", let number = UInt16(rest.dropFirst()), number > 0 else { return nil }
        port = number
      }
      if host.isEmpty { return nil }
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
  }

  private let group: any EventLoopGroup

  /// - Parameter group: where sockets are made and served.
  package init(group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton) {
    self.group = group
  }

  /// The address and port that `server` sees this machine under, in one address family.
  ///
  /// - Parameter timeout: for all of it, with looking up the name.
  /// - Throws: `Failure`; `CancellationError` at once when the task is cancelled.
  package func address(
    from server: Server,
    family: TransportAddress.Family,
    timeout: Duration = .seconds(8)
  ) async throws -> TransportAddress {
    let start = ContinuousClock.now
    let target = try await resolve(server, family, timeout)
    let remaining = timeout - (ContinuousClock.now - start)
    switch try await ask(target, family, timeout: max(remaining, .zero)) {
    case .answered(.address(let address)): return address
    case .answered(.refused(let code, let reason)):
      throw Failure(description: "\(server) refuses to tell our address: \(code) \(reason)")
    case .silent: throw Failure(description: "\(server) does not answer (\(family.name), UDP)")
    }
  }

  private enum Happening: Sendable {
    case datagram([UInt8], from: TransportAddress)
    case tick
  }

  private func ask(_ target: SocketAddress, _ family: TransportAddress.Family, timeout: Duration) async throws
    -> BindingTransaction.Outcome
  {
    guard let server = TransportAddress(target) else { throw Failure(description: "\(target) is no IP address") }
    let (stream, happenings) = AsyncStream<Happening>.makeStream(bufferingPolicy: .bufferingNewest(64))
    let channel: any Channel
    do {
      channel = try await DatagramBootstrap(group: group)
        .channelInitializer { $0.eventLoop.makeCompletedFuture(withResultOf: Self.handler($0, happenings)) }
        .bind(host: family == .ipv4 ? "0.0.0.0" : "::", port: 0).get()
    } catch {
      throw Failure(description: "this machine has no \(family.name) socket to ask \(server) with: \(error)")
    }
    defer { channel.close(promise: nil) }
    let clock = ContinuousClock.now
    var transaction = BindingTransaction(.random(), to: server, start: .zero, timeout: timeout)
    happenings.yield(.tick)
    for await happening in stream {
      if case .datagram(let bytes, let source) = happening { transaction.received(bytes, from: source) }
      if let outcome = act(&transaction, { ContinuousClock.now - clock }, channel, target, happenings) {
        return outcome
      }
    }
    try Task.checkCancellation()
    return .silent
  }

  private static func handler(
    _ channel: any Channel,
    _ happenings: AsyncStream<Happening>.Continuation
  ) -> () throws -> Void {
    {
      try channel.pipeline.syncOperations.addHandler(
        DatagramReceiver { happenings.yield(.datagram($0, from: $1)) }
      )
    }
  }

  /// Sends what is due, and sets the next alarm.
  private func act(
    _ transaction: inout BindingTransaction,
    _ now: () -> Duration,
    _ channel: any Channel,
    _ target: SocketAddress,
    _ happenings: AsyncStream<Happening>.Continuation
  ) -> BindingTransaction.Outcome? {
    while true {
      switch transaction.directive(at: now()) {
      case .finished(let outcome): return outcome
      case .send(let bytes):
        channel.writeAndFlush(AddressedEnvelope(remoteAddress: target, data: ByteBuffer(bytes: bytes)), promise: nil)
      case .wait(let time):
        let delay = TimeAmount.nanoseconds(Int64((time - now()) / .nanoseconds(1)) + 1)
        channel.eventLoop.scheduleTask(in: max(delay, .nanoseconds(1))) { _ = happenings.yield(.tick) }
        return nil
      }
    }
  }

  /// Looks up the name off the cooperative pool; leaves the look-up alone when it takes too long or the task is cancelled.
  private func resolve(_ server: Server, _ family: TransportAddress.Family, _ timeout: Duration) async throws
    -> SocketAddress
  {
    let (stream, answers) = AsyncStream<SocketAddress?>.makeStream(bufferingPolicy: .bufferingOldest(1))
    let alarm = group.next().scheduleTask(in: .nanoseconds(Int64(timeout / .nanoseconds(1)))) {
      answers.yield(nil)
      answers.finish()
    }
    defer { alarm.cancel() }
    NIOThreadPool.singleton.submit { _ in
      answers.yield(Self.look(server, family))
      answers.finish()
    }
    for await answer in stream {
      if let answer { return answer }
    }
    try Task.checkCancellation()
    throw Failure(description: "the name \(server.host) leads to no \(family.name) address")
  }

  /// getaddrinfo(3) for one family; blocks.
  private static func look(_ server: Server, _ family: TransportAddress.Family) -> SocketAddress? {
    var hints = addrinfo()
    hints.ai_family = family == .ipv4 ? AF_INET : AF_INET6
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(server.host, String(server.port), &hints, &list) == 0, let first = list else { return nil }
    defer { freeaddrinfo(list) }
    return first.pointee.ai_addr.flatMap { try? SocketAddress($0) }
  }
}

extension TransportAddress.Family {
  package var name: String { self == .ipv4 ? "IPv4" : "IPv6" }
}

extension TransportAddress {
  /// Nil for anything but an IP address.
  init?(_ address: SocketAddress) {
    guard let text = address.ipAddress, let port = address.port.flatMap(UInt16.init(exactly:)) else { return nil }
    let family: Family = text.contains(":") ? .ipv6 : .ipv4
    var bytes = [UInt8](repeating: 0, count: family.byteCount)
    guard inet_pton(family == .ipv4 ? AF_INET : AF_INET6, text, &bytes) == 1 else { return nil }
    self.init(family, bytes, port: port)
  }
}

extension SocketAddress {
  fileprivate init?(_ address: UnsafeMutablePointer<sockaddr>) throws {
    switch CInt(address.pointee.sa_family) {
    case AF_INET: self = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) }
    case AF_INET6: self = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) }
    default: return nil
    }
  }
}

/// Hands on what comes in.
private final class DatagramReceiver: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  private let receive: ([UInt8], TransportAddress) -> Void

  init(_ receive: @escaping ([UInt8], TransportAddress) -> Void) { self.receive = receive }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let envelope = unwrapInboundIn(data)
    guard envelope.data.readableBytes <= BindingMessage.maximumByteCount,
      let source = TransportAddress(envelope.remoteAddress)
    else { return }
    receive(Array(envelope.data.readableBytesView), source)
  }

  /// An ICMP error about an earlier datagram says nothing for certain: the answer may still come.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

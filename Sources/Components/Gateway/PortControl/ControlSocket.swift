#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import UPnP

/// A UDP socket that is connected to one router: the system drops what others send to it, and tells when nothing
/// listens there.
struct ControlSocket: ~Copyable {
  enum Event {
    case datagram([UInt8], from: ControlEndpoint)
    case portClosed
    case timeUp
    case woken
  }

  private let descriptor: CInt
  private let server: ControlEndpoint
  /// This machine's address, as the router sees it.
  let localAddress: ControlAddress

  /// - Parameter source: this machine's address to send from; the system chooses when nil.
  /// - Throws: `UPnPError` with code `unreachable` when there is no way to the router, else `system`.
  init(to server: ControlEndpoint, from source: ControlAddress?) throws {
    let family = server.address.ipv4 == nil ? AF_INET6 : AF_INET
    let descriptor = socket(family, Self.datagramType, 0)
    guard descriptor >= 0 else {
      throw UPnPError(.system, "the system gives no socket for talking to the router (error \(errno))")
    }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    let isBound = source.map { SocketAddress.with(ControlEndpoint($0, port: 0)) { bind(descriptor, $0, $1) } == 0 }
    guard isBound ?? true, SocketAddress.with(server, { connect(descriptor, $0, $1) }) == 0,
      let local = SocketAddress.read({ getsockname(descriptor, $0, $1) >= 0 })
    else {
      let reason = errno
      close(descriptor)
      let origin = source.map { " from \($0)" } ?? ""
      throw UPnPError(.unreachable, "there is no way to the router \(server.address)\(origin) (error \(reason))")
    }
    (self.descriptor, self.server, localAddress) = (descriptor, server, local.address)
  }

  deinit { close(descriptor) }

  #if canImport(Darwin)
    private static let datagramType = SOCK_DGRAM
  #else
    private static let datagramType = CInt(SOCK_DGRAM.rawValue)
  #endif

  /// - Returns: false when the system reports an earlier datagram as refused; this one has not been sent then.
  /// - Throws: `UPnPError` with code `unreachable` when there is no way to the router any more.
  func send(_ bytes: [UInt8]) throws -> Bool {
    guard systemSend(descriptor, bytes, bytes.count, 0) < 0 else { return true }
    switch errno {
    case ECONNREFUSED: return false
    // A full queue is a lost datagram; it is sent again when its time comes.
    case EAGAIN, EINTR, ENOBUFS: return true
    case let reason:
      throw UPnPError(.unreachable, "there is no way to the router \(server.address) (error \(reason))")
    }
  }

  /// Waits for a datagram, at most this long.
  func wait(_ patience: Duration, or wakeUp: WakeUp) -> Event {
    var descriptors = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    let milliseconds = (patience / .milliseconds(1)).rounded(.up)
    guard poll(&descriptors, 2, CInt(min(max(milliseconds, 0), 60_000))) > 0 else { return .timeUp }
    if descriptors[1].revents != 0 { return .woken }
    return receive()
  }

  private func receive() -> Event {
    // One byte more than any message, so that a longer one is seen as too long.
    var buffer = [UInt8](repeating: 0, count: PCPMessage.sizeMax + 1)
    var count = 0
    let source = SocketAddress.read {
      count = recvfrom(descriptor, &buffer, buffer.count, 0, $0, $1)
      return count >= 0
    }
    if let source { return .datagram(Array(buffer.prefix(count)), from: source) }
    return errno == ECONNREFUSED ? .portClosed : .timeUp
  }
}

/// send(2), under a name that the method above does not hide.
private let systemSend = send

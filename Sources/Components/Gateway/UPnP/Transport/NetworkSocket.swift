#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A socket that closes once and never blocks by itself: all waiting goes through an `Interruption`.
final class NetworkSocket: Sendable {
  let file: CInt

  private init(file: CInt) {
    self.file = file
  }

  deinit { close(file) }

  /// The kinds of sockets that we need.
  enum Kind: Sendable {
    case stream
    case datagram
  }

  static func open(_ family: CInt, _ kind: Kind) throws(UPnPError) -> NetworkSocket {
    #if canImport(Glibc)
      let type = CInt((kind == .stream ? SOCK_STREAM : SOCK_DGRAM).rawValue)
    #else
      let type = kind == .stream ? SOCK_STREAM : SOCK_DGRAM
    #endif
    let file = socket(family, type, 0)
    guard file >= 0 else { throw .system("make a socket") }
    return prepared(file)
  }

  private static func prepared(_ file: CInt) -> NetworkSocket {
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    _ = fcntl(file, F_SETFL, fcntl(file, F_GETFL) | O_NONBLOCK)
    return NetworkSocket(file: file)
  }

  func setOption(_ level: CInt, _ option: CInt, _ value: some BitwiseCopyable) throws(UPnPError) {
    var value = value
    let size = socklen_t(MemoryLayout.size(ofValue: value))
    guard setsockopt(file, level, option, &value, size) == 0 else { throw .system("set up a socket") }
  }

  func bind(to endpoint: WebEndpoint) throws(UPnPError) {
    let status = endpoint.withSystemAddress { Self.systemBind(file, $0, $1) }
    guard status == 0 else { throw .system("use the address \(endpoint)") }
  }

  private static func systemBind(_ file: CInt, _ name: UnsafePointer<sockaddr>, _ size: socklen_t) -> CInt {
    #if canImport(Glibc)
      Glibc.bind(file, name, size)
    #else
      Darwin.bind(file, name, size)
    #endif
  }

  /// The address of this machine on the socket; nil for a family we do not know.
  func localEndpoint() -> WebEndpoint? {
    WebEndpoint.reading { getsockname(file, $0, $1) }
  }
}

// MARK: - Streams

extension NetworkSocket {
  /// Connects, or gives up after `limit`.
  func connect(to endpoint: WebEndpoint, atMost limit: Duration, _ interruption: Interruption) throws(UPnPError) {
    let status = endpoint.withSystemAddress { [file] name, size in
      #if canImport(Glibc)
        Glibc.connect(file, name, size)
      #else
        Darwin.connect(file, name, size)
      #endif
    }
    if status == 0 { return }
    guard errno == EINPROGRESS else { throw Self.noConnection(endpoint, errno) }
    guard try interruption.wait(for: POLLOUT, on: file, atMost: limit) == .ready else {
      throw UPnPError(.unreachable, "the router does not take a connection at \(endpoint) within \(limit)")
    }
    var (reason, size) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
    getsockopt(file, SOL_SOCKET, SO_ERROR, &reason, &size)
    guard reason == 0 else { throw Self.noConnection(endpoint, reason) }
  }

  private static func noConnection(_ endpoint: WebEndpoint, _ reason: CInt) -> UPnPError {
    UPnPError(.unreachable, "no connection to the router at \(endpoint): \(String(cString: strerror(reason)))")
  }

  /// Listens on a free port of this machine's loopback; nobody else can connect from outside.
  func listenOnLoopback() throws(UPnPError) -> UInt16 {
    try bind(to: WebEndpoint(host: .v4(IPv4Address(rawValue: 0x7F00_0001)), port: 0))
    guard listen(file, 4) == 0, let port = localEndpoint()?.port else { throw .system("listen on the loopback") }
    return port
  }

  /// The next connection; nil when none comes within `limit`.
  func accept(atMost limit: Duration, _ interruption: Interruption) throws(UPnPError) -> NetworkSocket? {
    guard try interruption.wait(for: POLLIN, on: file, atMost: limit) == .ready else { return nil }
    #if canImport(Glibc)
      let connection = Glibc.accept(file, nil, nil)
    #else
      let connection = Darwin.accept(file, nil, nil)
    #endif
    guard connection >= 0 else { throw .system("accept a connection on the loopback") }
    return Self.prepared(connection)
  }

  /// Sends everything; gives up when nothing moves for `idle`.
  func send(_ bytes: [UInt8], idle: Duration, _ interruption: Interruption) throws(UPnPError) {
    var sent = 0
    while sent < bytes.count {
      guard try interruption.wait(for: POLLOUT, on: file, atMost: idle) == .ready else {
        throw UPnPError(.unreachable, "the router stopped listening in the middle of a question")
      }
      let count = bytes.withUnsafeBytes { Self.systemSend(file, UnsafeRawBufferPointer(rebasing: $0[sent...])) }
      if count < 0, errno == EAGAIN || errno == EINTR { continue }
      guard count > 0 else { throw UPnPError(.unreachable, "the router closed the connection on a question") }
      sent += count
    }
  }

  private static func systemSend(_ file: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
      Glibc.send(file, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
    #else
      Darwin.send(file, bytes.baseAddress, bytes.count, 0)
    #endif
  }

  /// The next bytes, at most 16 KiB; empty at the end of the stream.
  ///
  /// - Throws: `UPnPError` with code `unreachable` when nothing comes for `idle`.
  func receive(idle: Duration, _ interruption: Interruption) throws(UPnPError) -> [UInt8] {
    while true {
      guard try interruption.wait(for: POLLIN, on: file, atMost: idle) == .ready else {
        throw UPnPError(.unreachable, "the router said nothing for \(idle)")
      }
      var buffer = [UInt8](repeating: 0, count: 16 * 1024)
      let count = recv(file, &buffer, buffer.count, 0)
      if count < 0, errno == EAGAIN || errno == EINTR { continue }
      guard count >= 0 else { throw UPnPError(.unreachable, "the router broke the connection off") }
      return Array(buffer.prefix(count))
    }
  }
}

// MARK: - Datagrams

extension NetworkSocket {
  /// Sends one datagram; false when the system does not take it now.
  func send(_ bytes: [UInt8], to endpoint: WebEndpoint) -> Bool {
    endpoint.withSystemAddress { name, size in sendto(file, bytes, bytes.count, 0, name, size) } == bytes.count
  }

  /// A datagram that is there now, cut at `limit` bytes, with its sender; nil when there is none.
  func receiveDatagram(limit: Int) -> (bytes: [UInt8], sender: WebEndpoint)? {
    var buffer = [UInt8](repeating: 0, count: limit)
    var count = -1
    let sender = WebEndpoint.reading { name, size in
      count = recvfrom(file, &buffer, buffer.count, 0, name, size)
      return count < 0 ? -1 : 0
    }
    guard let sender else { return nil }
    return (Array(buffer.prefix(count)), sender)
  }
}

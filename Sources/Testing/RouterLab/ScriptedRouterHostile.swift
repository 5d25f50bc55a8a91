#if os(Linux)
  import Glibc
  import Synchronization
  package import UPnP

  /// A device on a loopback socket that answers whatever a test wants, byte by byte: for what no well-meaning router does.
  package final class HostileRouter: Sendable {
    /// What it says to one request.
    package enum Speech: Sendable {
      /// All of this, then it closes.
      case whole([UInt8])
      /// The start, then the rest again and again until the other side goes away.
      case endless(start: [UInt8], rest: [UInt8])
      /// One byte each time, and a pause.
      case drip([UInt8], pause: Duration)
      /// Nothing, for as long as the other side stays.
      case silence
    }

    private struct Counts {
      var connections = 0
      var bytes = 0
    }

    package let port: UInt16
    private let listener: CInt
    private let counts = Mutex(Counts())

    /// - Parameter answer: gets the request with its body and the port this listens on.
    /// - Throws: `LabError` when no loopback port can be had.
    package init(_ answer: @escaping @Sendable (_ request: String, _ port: UInt16) -> Speech) throws {
      (listener, port) = try LoopbackSocket.listen()
      try DetachedThread.start { [weak self, listener, port] in
        while case let connection = accept(listener, nil, nil), connection >= 0 {
          guard let self else { break }
          self.counts.withLock { $0.connections += 1 }
          try? DetachedThread.start {
            self.say(answer(LoopbackSocket.readRequest(connection), port), to: connection)
            close(connection)
          }
        }
        close(listener)
      }
    }

    deinit { shutdown(listener, CInt(SHUT_RDWR)) }

    package var descriptionURL: String { "http://127.0.0.1:\(port)/root.xml" }
    /// How often somebody connected.
    package var connections: Int { counts.withLock { $0.connections } }
    /// How much the other side, or the system for it, has taken.
    package var bytesSent: Int { counts.withLock { $0.bytes } }

    /// A finder that asks this router only, on threads of `calls`.
    package func finder(calls: BlockingCalls, callDeadline: Duration = .seconds(10)) -> UPnPGatewayFinder {
      var options = UPnPGatewayFinder.Options()
      options.descriptionURL = descriptionURL
      options.callDeadline = callDeadline
      return UPnPGatewayFinder(options, calls: calls)
    }

    private func say(_ speech: Speech, to connection: CInt) {
      switch speech {
      case .whole(let bytes): _ = send(bytes, to: connection)
      case .endless(let start, let rest):
        guard send(start, to: connection) else { return }
        while send(rest, to: connection) {}
      case .drip(let bytes, let pause):
        for byte in bytes {
          guard send([byte], to: connection) else { return }
          usleep(UInt32(pause / .microseconds(1)))
        }
      case .silence:
        var byte: UInt8 = 0
        while recv(connection, &byte, 1, 0) > 0 {}
      }
    }

    /// - Returns: false when the other side is gone.
    private func send(_ bytes: [UInt8], to connection: CInt) -> Bool {
      var sent = 0
      while sent < bytes.count {
        let count = bytes.withUnsafeBytes {
          Glibc.send(connection, $0.baseAddress?.advanced(by: sent), $0.count - sent, CInt(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        sent += count
        counts.withLock { $0.bytes += count }
      }
      return true
    }
  }
#endif

#if os(Linux)
  import Glibc
  import UPnP

  extension Lab {
    /// Runs `body` while a server stands on `port` of a machine and greets everybody who connects over IPv4.
    package func serving<Result>(
      _ greeting: String,
      on place: String,
      port: UInt16,
      _ body: () async throws -> Result
    ) async throws -> Result {
      let listener = try await calls(in: place).run("listen", deadline: .seconds(5)) {
        try LoopbackSocket.listen(on: 0, port: port).socket
      }
      try DetachedThread.start {
        while case let connection = accept(listener, nil, nil), connection >= 0 {
          LoopbackSocket.write(greeting, to: connection)
          close(connection)
        }
        close(listener)
      }
      defer { shutdown(listener, CInt(SHUT_RDWR)) }
      return try await body()
    }

    /// What somebody in `place` reads from a port of an IPv4 address; nil when the connection fails.
    package func fetch(_ address: String, port: UInt16, from place: String = "internet") async throws -> String? {
      guard let address = IPv4Address(address) else { throw LabError("'\(address)' is no IPv4 address") }
      do {
        return try await calls(in: place).run("connect", deadline: .seconds(10)) {
          let connection = try LoopbackSocket.connect(to: address.rawValue, port)
          defer { close(connection) }
          return LoopbackSocket.readToEnd(connection)
        }
      } catch is LabError {
        return nil
      }
    }
  }
#endif

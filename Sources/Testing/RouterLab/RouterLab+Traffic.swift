#if os(Linux)
  import Glibc
  import UPnP

  extension RouterLab {
    /// Runs `body` while a server stands on `port` of the lab's host and greets everybody who connects.
    package func serving<Result>(
      _ greeting: String,
      port: UInt16,
      _ body: () async throws -> Result
    ) async throws -> Result {
      guard let address = IPv4Address(hostAddress) else { throw LabError("the lab's host has no address") }
      let listener = try await calls(in: .host).run("listen", deadline: .seconds(5)) {
        try LoopbackSocket.listen(on: address.rawValue, port: port).socket
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

    /// What somebody on the internet reads from a port of the home's public address; nil when the connection fails.
    package func fetchFromInternet(port: UInt16) async throws -> String? {
      guard let address = IPv4Address(publicAddress) else { throw LabError("the lab's router has no public address") }
      do {
        return try await calls(in: .internet).run("connect", deadline: .seconds(10)) {
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

#if os(Linux)
  extension Lab {
    /// Ends the daemon of a home's router; its forwarding rules stay.
    package func stopRouter(of home: String) async throws { try await command("router-stop", home) }

    package func startRouter(of home: String) async throws { try await command("router-start", home) }

    /// Power cycle: rules and connections are gone; leases too, unless the home was declared with `leases=file`.
    ///
    /// - Parameter forgetting: loses the lease file as well.
    package func rebootRouter(of home: String, forgetting: Bool = false) async throws {
      try await command(["router-reboot", home] + (forgetting ? ["--forget"] : []))
    }

    /// Gives a home another public IPv4 address.
    ///
    /// - Returns: the new one.
    @discardableResult
    package func changeAddress(of home: String) async throws -> String {
      try await command("change-address", home).filter { !$0.isNewline }
    }

    /// Gives a home another IPv6 prefix, and its machines new addresses in it.
    ///
    /// - Returns: the first address of the new prefix.
    @discardableResult
    package func changePrefix(of home: String) async throws -> String {
      try await command("change-prefix", home).filter { !$0.isNewline }
    }

    /// Lets a machine take a port of its router as somebody else's program would, with `upnpc`.
    ///
    /// - Parameters:
    ///   - machine: `HOME/MACHINE`.
    ///   - internalPort: nil for the same port.
    ///   - transport: `tcp` or `udp`.
    ///   - lease: in seconds; 0 asks for the longest.
    package func plantMapping(
      on machine: String,
      port: UInt16,
      internalPort: UInt16? = nil,
      transport: String = "tcp",
      label: String = "torrent",
      lease: UInt32 = 0
    ) async throws {
      try await command([
        "plant-mapping", machine, "\(port)", "--internal", "\(internalPort ?? port)", "--protocol", transport,
        "--label", label, "--lease", "\(lease)",
      ])
    }
  }
#endif

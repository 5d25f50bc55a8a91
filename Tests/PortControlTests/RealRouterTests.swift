#if os(Linux)
  import PortControl
  import RouterLab
  import Testing
  import UPnP

  /// Against miniupnpd, which speaks both protocols on one port.
  @Suite(
    "A real router in PCP and NAT-PMP",
    .enabled(if: RouterLab.unavailable == nil, Comment(rawValue: RouterLab.unavailable ?? "")),
    .timeLimit(.minutes(2))
  )
  struct RealRouterTests {
    static let both = "pcp=on natpmp=on"

    private func request(
      _ lab: RouterLab,
      _ port: UInt16 = 8443,
      lease: UInt32 = 600
    ) throws -> PortMappingRequest {
      try PortMappingRequest(
        key: PortMappingKey(.tcp, port),
        client: try #require(IPv4Address(lab.hostAddress)),
        internalPort: 8080,
        label: "rhz-test",
        lease: lease
      )
    }

    /// A finder as a program freshly started in `place` has it.
    private func finder(
      _ lab: RouterLab,
      _ methods: Set<PortMappingMethod> = [.pcp, .natpmp],
      in place: RouterLab.Place = .host
    ) -> PortControlFinder {
      var options = PortControlFinder.Options()
      options.methods = methods
      return PortControlFinder(options, calls: lab.calls(in: place)) { PCPNonce(high: 7, low: UInt64($0.externalPort)) }
    }

    /// The router's table, as another program sees it through UPnP.
    private func table(_ lab: RouterLab) async throws -> String {
      try await lab.run(in: .host, ["upnpc", "-u", lab.descriptionURL, "-l"])
    }

    /// How long the router will really keep the mapping, as UPnP tells.
    private func remainingLease(_ lab: RouterLab) async throws -> UInt32 {
      let gateway = try await lab.finder(in: .host) { $0.descriptionURL = lab.descriptionURL }.find(remembered: nil)
      return try await gateway.entry(PortMappingKey(.tcp, 8443))?.remainingLease ?? 0
    }

    private func isOurs(_ mapping: PortMapping) -> Bool { mapping.label == "rhz-test" }

    @Test(arguments: [(.pcp, "'PCP MAP "), (.natpmp, "'NAT-PMP 8443 tcp'")] as [(PortMappingMethod, String)])
    func grantsRenewsAndRemoves(method: PortMappingMethod, label: String) async throws {
      try await RouterLab.with(Self.both) { lab in
        let gateway = try await finder(lab, [method]).find(remembered: nil)
        #expect(gateway.method == method)
        #expect(gateway.identity.localAddress.description == lab.hostAddress)
        let wish = try request(lab)
        #expect(try await gateway.entry(wish.key) == nil)
        let grant = try await gateway.grant(wish, isOurs: isOurs)
        #expect(grant.lease == .timed(600))
        #expect(try await table(lab).contains(label))
        let greeting = try await lab.serving("hello", port: 8080) { try await lab.fetchFromInternet(port: 8443) }
        #expect(greeting == "hello")
        #expect(try await gateway.grant(try request(lab, lease: 900), isOurs: isOurs).lease == .timed(900))
        #expect((601...900).contains(try await remainingLease(lab)))
        #expect(try await gateway.withdraw(wish.key, isOurs: isOurs) == nil)
        #expect(try await !table(lab).contains("8443"))
        try await gateway.delete(wish.key)
      }
    }

    @Test(arguments: [[.pcp, .natpmp], [.pcp]] as [Set<PortMappingMethod>])
    func pcpIsPreferredAndTheAddressIsToldAsNATPMPTellsOthers(methods: Set<PortMappingMethod>) async throws {
      try await RouterLab.with(Self.both) { lab in
        let gateway = try await finder(lab, methods).find(remembered: nil)
        #expect(gateway.method == .pcp)
        #expect(gateway.identity.isConnected)
        let status = try await gateway.status()
        #expect(status.externalAddress?.description == lab.publicAddress)
        #expect(status.isConnected && status.uptime != nil)
        #expect(try await gateway.externalAddress()?.description == lab.publicAddress)
        #expect(try await lab.run(in: .host, ["natpmpc"]).contains("Public IP address : \(lab.publicAddress)"))
      }
    }

    /// The router drops what is not of the version it is left with, as one that does not know it may.
    @Test(arguments: [("pcp=off natpmp=on", .natpmp), ("pcp=on natpmp=off", .pcp)] as [(String, PortMappingMethod)])
    func theProtocolThatIsThereIsFound(options: String, method: PortMappingMethod) async throws {
      try await RouterLab.with(options) { lab in
        let begin = ContinuousClock.now
        let gateway = try await finder(lab).find(remembered: nil)
        #expect(ContinuousClock.now - begin < .seconds(2))
        #expect(gateway.method == method)
        try await gateway.add(try request(lab))
        #expect(try await gateway.externalAddress()?.description == lab.publicAddress)
      }
    }

    @Test func nobodyIsFoundWhereNobodySpeaksEither() async throws {
      try await RouterLab.with("pcp=off natpmp=off") { lab in
        let begin = ContinuousClock.now
        let error = await #expect(throws: UPnPError.self) { _ = try await finder(lab).find(remembered: nil) }
        #expect(error?.code == .noRouter)
        #expect(ContinuousClock.now - begin < .seconds(3))
        let nowhere = await #expect(throws: UPnPError.self) {
          try await lab.run(in: .host, ["ip", "route", "delete", "default"])
          _ = try await finder(lab).find(remembered: nil)
        }
        #expect(nowhere?.message.contains("no default gateway") == true)
      }
    }

    /// NAT-PMP cannot insist on a port, and miniupnpd forgets that PCP did (PREFER_FAILURE), so what it gives instead is
    /// given back.
    @Test(arguments: [PortMappingMethod.pcp, .natpmp])
    func aNeighboursPortMeansAnotherOneWhichIsGivenBack(method: PortMappingMethod) async throws {
      try await RouterLab.with(Self.both) { lab in
        try await lab.run(in: .neighbour, ["natpmpc", "-a", "8443", "6881", "tcp", "600"])
        let gateway = try await finder(lab, [method]).find(remembered: nil)
        let error = await #expect(throws: UPnPError.self) {
          _ = try await gateway.grant(try request(lab), isOurs: isOurs)
        }
        #expect(error?.code == .otherPortGranted(8444))
        #expect(try await gateway.entries(limit: 10).isEmpty)
        let table = try await table(lab)
        #expect(table.contains("8443->\(lab.neighbourAddress):6881"))
        #expect(!table.contains("8444"))
      }
    }

    @Test(arguments: [PortMappingMethod.pcp, .natpmp])
    func aPortThatIsNotAllowedIsRefused(method: PortMappingMethod) async throws {
      try await RouterLab.with(Self.both + " ports=1024-65535") { lab in
        let gateway = try await finder(lab, [method]).find(remembered: nil)
        let error = await #expect(throws: UPnPError.self) {
          _ = try await gateway.grant(try request(lab, 443), isOurs: isOurs)
        }
        #expect(error?.code == (method == .pcp ? .conflict(holder: nil) : .otherPortGranted(1024)))
        #expect(try await !table(lab).contains(lab.hostAddress + ":"))
      }
    }

    /// The next heartbeat after a power cycle knows that the mappings are gone.
    @Test(arguments: [PortMappingMethod.pcp, .natpmp])
    func aRestartIsNoticedByItsEpoch(method: PortMappingMethod) async throws {
      try await RouterLab.with(Self.both) { lab in
        let connection = RouterConnection(finder: finder(lab, [method]))
        let wish = try request(lab)
        // Both standards forgive a few seconds, so the router must have been up for longer.
        let isOld = try await eventually { try await connection.ask { try await $0.status().uptime ?? 0 } >= 6 }
        #expect(isOld)
        try await connection.ask { try await $0.add(wish) }
        let before = try await connection.ask { try await $0.status() }
        #expect(try await connection.ask { try await $0.entry(wish.key) } != nil)
        try await lab.rebootRouter()
        let after = try await connection.ask { try await $0.status() }
        #expect(after.uptime ?? .max < before.uptime ?? 0)
        #expect(try await connection.ask { try await $0.entry(wish.key) } == nil)
        try await connection.ask { try await $0.add(wish) }
        #expect(try await table(lab).contains("8443->\(lab.hostAddress):8080"))
      }
    }

    /// The same key gives the same nonce, and the records of the program give the rest.
    @Test(arguments: [PortMappingMethod.pcp, .natpmp])
    func aRestartedProgramRenewsAndRemovesWhatItMadeBefore(method: PortMappingMethod) async throws {
      try await RouterLab.with(Self.both) { lab in
        let wish = try request(lab)
        try await finder(lab, [method]).find(remembered: nil).add(wish)
        try await finder(lab, [method]).find(remembered: nil).add(wish)
        let third = try #require(try await finder(lab, [method]).find(remembered: nil) as? PortControlGateway)
        try await third.delete(wish.key)
        #expect(try await table(lab).contains("8443->\(lab.hostAddress):8080"))
        third.recall(wish)
        #expect(try await third.withdraw(wish.key, isOurs: isOurs) == nil)
        #expect(try await !table(lab).contains("8443"))
        third.recall(wish)
        try await third.delete(wish.key)
      }
    }

    @Test func aRouterFoundAgainIsStillKnownToHoldWhatItGranted() async throws {
      try await RouterLab.with(Self.both) { lab in
        let (finder, wish) = (finder(lab), try request(lab))
        try await finder.find(remembered: nil).add(wish)
        #expect(try await finder.find(remembered: nil).entry(wish.key)?.label == "rhz-test")
      }
    }

    @Test func mappingsForOtherMachinesAreRefused() async throws {
      try await RouterLab.with(Self.both) { lab in
        let gateway = try await finder(lab, in: .neighbour).find(remembered: nil)
        let error = await #expect(throws: UPnPError.self) { try await gateway.add(try request(lab)) }
        #expect(error?.code == .invalidRequest)
      }
    }

    /// The router's firewall sends the questions on to the neighbour, which answers them well, but from its own address:
    /// without connection tracking, which would put the router's back.
    @Test func answersOfAnotherHostThanTheGatewayAreIgnored() async throws {
      try await RouterLab.with(Self.both) { lab in
        let address = try #require(IPv4Address(lab.neighbourAddress))
        let impostor = try await lab.calls(in: .neighbour).run("stand", deadline: .seconds(5)) {
          try ScriptedControlServer(at: address, port: ControlEndpoint.controlPort) { bytes in
            bytes.first == 0
              ? [NATPMPResponse(.externalAddress(address), epoch: 1).encoded]
              : [PCPResponse(opcode: .announce, lifetime: 0, epoch: 1).encoded]
          }
        }
        let divert = """
          table ip diversion {
            chain prerouting {
              type filter hook prerouting priority -300;
              ip saddr \(lab.hostAddress) udp dport 5351 notrack ip daddr set \(lab.neighbourAddress)
            }
          }
          """
        try await lab.run(in: .router, ["sh", "-c", "printf '%s' '\(divert)' | nft -f -"])
        let error = await #expect(throws: UPnPError.self) { _ = try await finder(lab).find(remembered: nil) }
        #expect(error?.code == .noRouter)
        #expect(!impostor.requests.isEmpty)
        var options = PortControlFinder.Options()
        options.router = impostor.endpoint
        let asked = PortControlFinder(options, calls: lab.calls(in: .host)) { _ in PCPNonce(high: 0, low: 0) }
        #expect(try await asked.find(remembered: nil).method == .pcp)
      }
    }
  }
#endif

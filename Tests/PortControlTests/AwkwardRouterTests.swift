#if os(Linux)
  import PortControl
  import Testing
  import UPnP

  /// What miniupnpd cannot be made to do, over real sockets.
  @Suite("Awkward routers of PCP and NAT-PMP", .timeLimit(.minutes(1)))
  struct AwkwardRouterTests {
    private static let home = IPv4Address(rawValue: 0x7F00_0001)

    private func request(_ port: UInt16 = 8443, internalPort: UInt16 = 443) throws -> PortMappingRequest {
      try PortMappingRequest(
        key: PortMappingKey(.tcp, port),
        client: Self.home,
        internalPort: internalPort,
        label: "rhz-test",
        lease: 600
      )
    }

    /// The error of asking this router for a mapping.
    private func refusal(_ server: ScriptedControlServer) async throws -> UPnPError? {
      let gateway = try await server.finder().find(remembered: nil)
      let wish = try request()
      let error = await #expect(throws: UPnPError.self) { try await gateway.add(wish) }
      #expect(try await gateway.entry(wish.key) == nil)
      return error
    }

    private static func granted(_ mapping: PCPMapping, port: UInt16? = nil) -> PCPMapping {
      PCPMapping(
        nonce: mapping.nonce,
        protocolNumber: mapping.protocolNumber,
        internalPort: mapping.internalPort,
        externalPort: port ?? mapping.externalPort,
        externalAddress: ControlAddress(IPv4Address(rawValue: 0x0B00_0002))
      )
    }

    @Test(
      arguments: [
        (.notAuthorized, .refused(.notAuthorized), "switched off, or not allowed"),
        (.networkFailure, .refused(.actionFailed), "no address on the internet itself"),
        (.noResources, .refused(.noPortsAvailable), "table is full"),
        (.userExceededQuota, .refused(.noPortsAvailable), "as many ports as it may"),
        (.cannotProvideExternal, .conflict(holder: nil), "taken by another device"),
        (.addressMismatch, .refused(.notAuthorized), "another router stands between"),
        (PCPResult(rawValue: 200), .refused(.actionFailed), "(200)"),
      ] as [(PCPResult, UPnPError.Code, String)]
    )
    func refusalsInPCPAreExplained(result: PCPResult, code: UPnPError.Code, words: String) async throws {
      let server = try ScriptedControlServer.pcp { _, mapping in
        PCPResponse(opcode: .map, result: result, lifetime: 30, epoch: 100, mapping: mapping)
      }
      let error = try await refusal(server)
      #expect(error?.code == code)
      #expect(error?.message.contains(words) == true)
      #expect(error?.message.hasSuffix("in 30 s at the earliest") == true)
    }

    @Test(
      arguments: [
        (.notAuthorized, .refused(.notAuthorized), "switched off, or not allowed"),
        (.networkFailure, .refused(.actionFailed), "no address on the internet itself"),
        (.outOfResources, .refused(.noPortsAvailable), "table is full"),
        (.unsupportedOpcode, .refused(.invalidAction), "cannot do this"),
      ] as [(NATPMPResult, UPnPError.Code, String)]
    )
    func refusalsInNATPMPAreExplained(result: NATPMPResult, code: UPnPError.Code, words: String) async throws {
      let server = try ScriptedControlServer.natPMP { _ in NATPMPResponse(opcode: 2, result: result, epoch: 100) }
      let error = try await refusal(server)
      #expect(error?.code == code)
      #expect(error?.message.contains(words) == true)
    }

    /// PREFER_FAILURE ignored: the mapping of no use is removed, with its own nonce.
    @Test func anotherPortInPCPIsGivenBack() async throws {
      let server = try ScriptedControlServer.pcp { request, mapping in
        PCPResponse(
          opcode: .map,
          lifetime: request.lifetime,
          epoch: 100,
          mapping: Self.granted(mapping, port: request.lifetime > 0 ? 9999 : 0)
        )
      }
      #expect(try await refusal(server)?.code == .otherPortGranted(9999))
      let last = try PCPRequest(decoding: try #require(server.requests.last))
      #expect(last.lifetime == 0)
      #expect(last.mapping?.nonce == PCPNonce(high: 7, low: 8443))
      #expect(last.options.isEmpty)
    }

    @Test func aGrantForNoTimeIsNoGrant() async throws {
      let natPMP = try ScriptedControlServer.natPMP {
        NATPMPResponse(
          .mapping(NATPMPMapping(transport: .tcp, internalPort: $0.internalPort, externalPort: 8443, lifetime: 0)),
          epoch: 100
        )
      }
      #expect(try await refusal(natPMP)?.code == .notKept)
      let pcp = try ScriptedControlServer.pcp { _, mapping in
        PCPResponse(opcode: .map, lifetime: 0, epoch: 100, mapping: Self.granted(mapping))
      }
      #expect(try await refusal(pcp)?.code == .notKept)
    }

    @Test func aShortenedLeaseIsTheOneThatCounts() async throws {
      let server = try ScriptedControlServer.pcp { _, mapping in
        PCPResponse(opcode: .map, lifetime: 120, epoch: 100, mapping: Self.granted(mapping))
      }
      let gateway = try await server.finder().find(remembered: nil)
      #expect(gateway.method == .pcp)
      let grant = try await gateway.grant(try request()) { $0.label == "rhz-test" }
      #expect(grant.lease == .timed(120))
      #expect(try await gateway.externalAddress()?.description == "11.0.0.2")
    }

    /// A lifetime of zero on the wire would remove what shall be kept.
    @Test func aWishWithoutEndIsNeverSentAsZero() async throws {
      let server = try ScriptedControlServer.pcp { request, mapping in
        PCPResponse(opcode: .map, lifetime: request.lifetime, epoch: 100, mapping: Self.granted(mapping))
      }
      let gateway = try await server.finder().find(remembered: nil)
      try await gateway.add(try request().permanent())
      #expect(try await gateway.entry(try request().key)?.remainingLease == 7200)
    }

    @Test func twoPublicPortsForOnePortOfTheMachineAreRefusedBeforeAsking() async throws {
      let server = try ScriptedControlServer.natPMP { NATPMPResponse(.mapping($0), epoch: 100) }
      let gateway = try await server.finder().find(remembered: nil)
      try await gateway.add(try request())
      let asked = server.requests.count
      let error = await #expect(throws: UPnPError.self) { try await gateway.add(try request(9443)) }
      #expect(error?.code == .invalidRequest)
      #expect(server.requests.count == asked)
      #expect(try await gateway.entries(limit: 10).map(\.key.externalPort) == [8443])
    }

    /// A firmware update takes PCP away: the error makes the connection search again, which finds NAT-PMP.
    @Test func aRouterThatStopsSpeakingPCPIsAskedInNATPMP() async throws {
      let server = try ScriptedControlServer.pcp { request, mapping in
        PCPResponse(opcode: .map, lifetime: request.lifetime, epoch: 100, mapping: Self.granted(mapping))
      }
      let connection = RouterConnection(finder: server.finder())
      #expect(try await connection.ask { $0.method } == .pcp)
      server.behave { bytes in
        switch try? NATPMPRequest(decoding: bytes) {
        case .map(let mapping): [NATPMPResponse(.mapping(mapping), epoch: 5).encoded]
        case .externalAddress: [NATPMPResponse(.externalAddress(Self.home), epoch: 5).encoded]
        case nil: [[0, 129, 0, 1, 0, 0, 0, 5]]
        }
      }
      let wish = try request()
      let method = try await connection.ask { gateway in
        try await gateway.add(wish)
        return gateway.method
      }
      #expect(method == .natpmp)
    }

    /// The same packets from another port: what another program of the router, or another host, could send.
    @Test func answersFromElsewhereAreIgnored() async throws {
      let honest = NATPMPResponse(.externalAddress(Self.home), epoch: 1).encoded
      let server = try ScriptedControlServer(stranger: true) { _ in [honest] }
      let error = await #expect(throws: UPnPError.self) {
        _ = try await server.finder { $0.searchDeadline = .milliseconds(300) }.find(remembered: nil)
      }
      #expect(error?.code == .noRouter)
      #expect(!server.requests.isEmpty)
    }

    @Test func garbageBeforeTheAnswerChangesNothing() async throws {
      let noise: [[UInt8]] = [[], [0], [2, 0x80], Array(repeating: 2, count: 1200), [0, 130, 0, 0, 1]]
      let server = try ScriptedControlServer.natPMP { NATPMPResponse(.mapping($0), epoch: 100) }
      let gateway = try await server.finder { $0.methods = [.natpmp] }.find(remembered: nil)
      server.behave { bytes in
        guard case .map(let mapping) = try? NATPMPRequest(decoding: bytes) else { return noise }
        return noise + [NATPMPResponse(.mapping(mapping), epoch: 101).encoded]
      }
      try await gateway.add(try request())
      #expect(try await gateway.entry(try request().key) != nil)
    }

    @Test func aLostDatagramIsSentAgain() async throws {
      let server = try ScriptedControlServer.natPMP { NATPMPResponse(.mapping($0), epoch: 100) }
      let gateway = try await server.finder().find(remembered: nil)
      let asked = server.requests.count
      server.behave { [weak server] bytes in
        guard let server, server.requests.count > asked + 1,
          case .map(let mapping) = try? NATPMPRequest(decoding: bytes)
        else { return [] }
        return [NATPMPResponse(.mapping(mapping), epoch: 100).encoded]
      }
      try await gateway.add(try request())
      #expect(server.requests.count == asked + 2)
    }

    @Test func silenceEndsAtTheDeadlineAndClosedPortsAtOnce() async throws {
      let server = try ScriptedControlServer { _ in [] }
      let begin = ContinuousClock.now
      let error = await #expect(throws: UPnPError.self) { _ = try await server.finder().find(remembered: nil) }
      #expect(error?.code == .noRouter)
      #expect((Duration.seconds(2)...(.seconds(4))).contains(ContinuousClock.now - begin))
      let closed = await #expect(throws: UPnPError.self) {
        _ = try await server.finder { $0.router = ControlEndpoint(ControlAddress(Self.home), port: 1) }
          .find(remembered: nil)
      }
      #expect(closed?.message.contains("nothing listens there") == true)
    }

    @Test func cancellationReturnsAtOnceAndEndsTheThread() async throws {
      let server = try ScriptedControlServer { _ in [] }
      var options = PortControlFinder.Options()
      options.router = server.endpoint
      options.searchDeadline = .seconds(50)
      let calls = BlockingCalls()
      let finder = PortControlFinder(options, calls: calls) { _ in PCPNonce(high: 0, low: 0) }
      let search = Task { try await finder.find(remembered: nil) }
      while server.requests.isEmpty { await Task.yield() }
      let begin = ContinuousClock.now
      search.cancel()
      await #expect(throws: CancellationError.self) { _ = try await search.value }
      while calls.callsUnderWay > 0 { await Task.yield() }
      #expect(ContinuousClock.now - begin < .seconds(5))
    }
  }
#endif

#if os(Linux)
  import RouterLab
  import Testing
  import UPnP

  /// What miniupnpd cannot be made to do: a scripted router over real HTTP, through the real library.
  @Suite("Awkward routers", .timeLimit(.minutes(1)))
  struct AwkwardRouterTests {
    private static let key = PortMappingKey(.tcp, 8443)

    private static func request(lease: UInt32 = 600) throws -> PortMappingRequest {
      try PortMappingRequest(
        key: key,
        client: IPv4Address(rawValue: 0x7F00_0001),
        internalPort: 443,
        label: "rhz-test",
        lease: lease
      )
    }

    private static func isOurs(_ mapping: PortMapping) -> Bool { mapping.label == "rhz-test" }

    /// Grants one mapping on a router with this behaviour.
    private func grant(
      on server: ScriptedRouterServer,
      quirks: RouterQuirks = RouterQuirks(),
      _ change: @Sendable (inout ScriptedRouter.Behaviour) -> Void
    ) async throws -> MappingGrant {
      server.router.behave(change)
      let gateway = try await server.finder(callDeadline: .seconds(10)).find(remembered: nil)
      return try await gateway.grant(Self.request(), quirks: quirks, isOurs: Self.isOurs)
    }

    private func refusal(
      _ change: @Sendable (inout ScriptedRouter.Behaviour) -> Void
    ) async throws -> (code: UPnPError.Code?, router: ScriptedRouter) {
      let server = try ScriptedRouterServer()
      let error = await #expect(throws: UPnPError.self) { _ = try await grant(on: server, change) }
      return (error?.code, server.router)
    }

    @Test(arguments: [725, 402, 501])
    func permanentLeasesOnlyIsMetOnceAndRemembered(refusal: Int) async throws {
      let server = try ScriptedRouterServer()
      let first = try await grant(on: server) { $0.permanentOnly = refusal }
      #expect(first.lease == .permanent)
      #expect(first.quirks.permanentLeasesOnly)
      #expect(server.router.calls.filter { $0 == "AddPortMapping" }.count == 2)
      _ = try await grant(on: server, quirks: first.quirks) { _ in }
      #expect(server.router.calls.filter { $0 == "AddPortMapping" }.count == 3)
    }

    @Test func aShortenedLeaseIsTheOneThatCounts() async throws {
      let grant = try await grant(on: ScriptedRouterServer()) { $0.longestLease = 120 }
      #expect(grant.lease == .timed(120))
    }

    @Test func aRouterThatHidesTheRemainingTimeIsBelievedItsYes() async throws {
      let grant = try await grant(on: ScriptedRouterServer()) { $0.hidesLeases = true }
      #expect(grant.lease == .timed(600))
      #expect(grant.quirks.hidesRemainingLease)
    }

    @Test func anotherPortThanAskedForIsGivenBack() async throws {
      let (code, router) = try await refusal { $0.grantsInstead = 8444 }
      #expect(code == .otherPortGranted(8444))
      #expect(router.mappings.isEmpty)
    }

    @Test func aYesThatIsNotKeptIsNoticed() async throws {
      #expect(try await refusal { $0.manners["AddPortMapping"] = .forgetful }.code == .notKept)
    }

    @Test func garbageInsteadOfAYesIsNotBelieved() async throws {
      let code = try await refusal { $0.manners["AddPortMapping"] = .garbage }.code
      #expect(code == .notKept || code == .unreachable || code == .badAnswer)
    }

    @Test func aGarbledLookIsAnErrorAndNeverAbsence() async throws {
      for manner in [ScriptedRouter.Manner.garbage, .truncated, .forgetful] {
        let server = try ScriptedRouterServer()
        server.router.put(
          PortMapping(key: Self.key, client: "127.0.0.1", internalPort: 1, label: "", remainingLease: 9)
        )
        server.router.behave { $0.manners["GetSpecificPortMappingEntry"] = manner }
        let gateway = try await server.finder().find(remembered: nil)
        let result = await Result { try await gateway.entry(Self.key) }
        #expect(throws: UPnPError.self) { try result.get() }
      }
    }

    @Test func silenceEndsAtTheDeadline() async throws {
      let server = try ScriptedRouterServer()
      let gateway = try await server.finder(callDeadline: .milliseconds(200)).find(remembered: nil)
      server.router.behave { $0.manners["GetExternalIPAddress"] = .silent }
      let error = await #expect(throws: UPnPError.self) { _ = try await gateway.externalAddress() }
      #expect(error?.code == .deadlineExceeded)
    }

    @Test func aTableWithoutSingleReadsIsReadWhole() async throws {
      let grant = try await grant(on: ScriptedRouterServer()) {
        $0.manners["GetSpecificPortMappingEntry"] = .refuses(401)
      }
      #expect(grant.entry.key == Self.key)
    }

    @Test func anotherProgramsPortOnThisMachineIsLeftAlone() async throws {
      let server = try ScriptedRouterServer()
      let theirs = PortMapping(
        key: Self.key,
        client: "127.0.0.1",
        internalPort: 6881,
        label: "torrent",
        remainingLease: 100
      )
      server.router.put(theirs)
      let error = await #expect(throws: UPnPError.self) { _ = try await grant(on: server) { _ in } }
      #expect(error?.code == .conflict(holder: theirs))
      #expect(server.router.mappings == [theirs])
    }

    @Test func oursAtAnOldAddressMovesAlong() async throws {
      let server = try ScriptedRouterServer()
      server.router.put(
        PortMapping(key: Self.key, client: "192.168.1.7", internalPort: 443, label: "rhz-test", remainingLease: 100)
      )
      #expect(try await grant(on: server) { _ in }.entry.client == "127.0.0.1")
    }

    @Test func controlElsewhereThanTheRouterIsRefused() async throws {
      #expect(try await refusal { $0.controlHost = "10.9.9.9" }.code == .noInternetGateway)
    }

    @Test(arguments: [("", nil), ("0.0.0.0", nil), ("100.64.1.2", true), ("11.0.0.2", false)] as [(String, Bool?)])
    func publicAddressIsJudged(text: String, isReserved: Bool?) async throws {
      let server = try ScriptedRouterServer()
      server.router.behave { $0.externalAddress = text }
      let gateway = try await server.finder().find(remembered: nil)
      #expect(try await gateway.externalAddress()?.isReserved == isReserved)
    }

    @Test(arguments: ["Connected", "up", "Disconnected"])
    func theHeartbeatTellsConnectionAddressAndUptime(word: String) async throws {
      let server = try ScriptedRouterServer()
      server.router.behave { $0.connectionStatus = word }
      let gateway = try await server.finder().find(remembered: nil)
      let expected = GatewayStatus(
        externalAddress: IPv4Address("11.0.0.2"),
        isConnected: word != "Disconnected",
        uptime: 1
      )
      #expect(try await gateway.status() == expected)
      #expect(gateway.method == .upnp)
      #expect(gateway.identity.routerAddress?.description == "127.0.0.1")
    }

    @Test func aRouterThatMovedIsFoundAgain() async throws {
      let (old, new) = (try ScriptedRouterServer(), try ScriptedRouterServer())
      new.router.behave { $0.externalAddress = "11.0.0.99" }
      let connection = RouterConnection(finder: MovingFinder(first: old.finder(), then: new.finder()))
      #expect(try await connection.ask { try await $0.externalAddress() }?.description == "11.0.0.2")
      old.router.behave { $0.manners["GetExternalIPAddress"] = .refuses(401) }
      #expect(try await connection.ask { try await $0.externalAddress() }?.description == "11.0.0.99")
    }
  }

  /// Finds one router the first time and another from then on.
  private actor MovingFinder: GatewayFinding {
    private var finders: [UPnPGatewayFinder]

    init(first: UPnPGatewayFinder, then second: UPnPGatewayFinder) { finders = [first, second] }

    func find(remembered: String?) async throws -> any PortMappingGateway {
      let finder = finders.count > 1 ? finders.removeFirst() : finders[0]
      return try await finder.find(remembered: nil)
    }
  }

  extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
      do { self = .success(try await body()) } catch { self = .failure(error) }
    }
  }
#endif

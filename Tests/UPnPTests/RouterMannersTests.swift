#if os(Linux)
  import RouterLab
  import Testing
  import UPnP

  /// The remaining manners of routers, each on a scripted one. `Docs/Gateway.md`, section "Routers' manners", says which
  /// test covers which.
  @Suite("Routers' manners", .timeLimit(.minutes(1)))
  struct RouterMannersTests {
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

    private static func mapping(_ port: UInt16, client: String = "127.0.0.1", label: String = "rhz-test") -> PortMapping
    {
      PortMapping(key: .init(.tcp, port), client: client, internalPort: 443, label: label, remainingLease: 100)
    }

    private static func isOurs(_ mapping: PortMapping) -> Bool { mapping.label == "rhz-test" }

    private func gateway(
      _ change: @Sendable (inout ScriptedRouter.Behaviour) -> Void = { _ in }
    ) async throws -> (gateway: any PortMappingGateway, server: ScriptedRouterServer) {
      let server = try ScriptedRouterServer()
      server.router.behave(change)
      return (try await server.finder().find(remembered: nil), server)
    }

    // MARK: Leases

    @Test func aLeaseWithoutEndThatBecomesAWeekIsRenewedWithinTheWeek() async throws {
      let (gateway, server) = try await gateway { $0.leaseForNone = 604_800 }
      defer { withExtendedLifetime(server) {} }
      let grant = try await gateway.grant(Self.request(lease: 0), isOurs: Self.isOurs)
      #expect(grant.lease == .timed(604_800))
    }

    @Test(arguments: [("4294967295", 600), ("4294967296", 600), ("-7", 600), ("soon", 600), ("601", 600), ("3", 120)])
    func aRemainingTimeFromAWrongClockIsNotBelieved(shown: String, expected: UInt32) async throws {
      let (gateway, server) = try await gateway { $0.remainingLease = shown }
      defer { withExtendedLifetime(server) {} }
      let grant = try await gateway.grant(Self.request(), isOurs: Self.isOurs)
      #expect(grant.lease == .timed(expected))
    }

    @Test func aShortLeaseThatWasAskedForIsNoNonsense() async throws {
      let (gateway, server) = try await gateway()
      defer { withExtendedLifetime(server) {} }
      #expect(try await gateway.grant(Self.request(lease: 5), isOurs: Self.isOurs).lease == .timed(5))
    }

    @Test func aRouterThatWantsNeitherKindOfLeaseSaysSo() async throws {
      let (gateway, server) = try await gateway { $0.manners["AddPortMapping"] = .refuses(402) }
      let error = await #expect(throws: UPnPError.self) {
        _ = try await gateway.grant(Self.request(), isOurs: Self.isOurs)
      }
      #expect(error?.code == .refused(.invalidArguments))
      #expect(server.router.calls.filter { $0 == "AddPortMapping" }.count == 2, "each kind once, and no more")
    }

    // MARK: Refusals

    @Test(arguments: [606, 715, 716, 724, 726, 727, 728, 732, 733, 899])
    func aRefusalComesWithItsNumberAndAdvice(number: Int) async throws {
      let (gateway, server) = try await gateway { $0.manners["AddPortMapping"] = .refuses(number) }
      let error = await #expect(throws: UPnPError.self) {
        _ = try await gateway.grant(Self.request(), isOurs: Self.isOurs)
      }
      let code = UPnPErrorCode(rawValue: number)
      #expect(error?.code == .refused(code))
      #expect(error?.message.contains("error \(number)") == true)
      #expect(error?.message.hasSuffix(code.advice) == true)
      #expect(server.router.calls.filter { $0 == "AddPortMapping" }.count == 1, "asking again would not help")
    }

    @Test(arguments: [718, 729])
    func aConflictNamesTheHolderWhenTheRouterShowsIt(number: Int) async throws {
      let theirs = Self.mapping(8443, client: "192.168.1.66", label: "camera")
      let (gateway, server) = try await gateway { $0.manners["AddPortMapping"] = .refuses(number) }
      let hidden = await #expect(throws: UPnPError.self) {
        _ = try await gateway.grant(Self.request(), isOurs: Self.isOurs)
      }
      #expect(hidden?.code == .conflict(holder: nil))
      server.router.put(theirs)
      let shown = await #expect(throws: UPnPError.self) {
        _ = try await gateway.grant(Self.request(), isOurs: Self.isOurs)
      }
      #expect(shown?.code == .conflict(holder: theirs))
    }

    /// A router in secure mode lets no machine touch what leads to another.
    @Test func anotherNodeOfOursIsNamedWhereItCannotBeReplaced() async throws {
      let other = Self.mapping(8443, client: "192.168.1.7")
      let (gateway, server) = try await gateway { $0.manners["DeletePortMapping"] = .refuses(606) }
      server.router.put(other)
      let error = await #expect(throws: UPnPError.self) {
        _ = try await gateway.grant(Self.request(), isOurs: Self.isOurs)
      }
      #expect(error?.code == .conflict(holder: other))
      #expect(server.router.mappings == [other])
    }

    // MARK: Lists

    @Test(arguments: [402, 501, 713, 714])
    func aListThatEndsInAnyOfTheKnownWaysEnds(number: Int) async throws {
      let (gateway, server) = try await gateway { $0.listEnd = (2, .refuses(number)) }
      for port in [80, 81, 82] as [UInt16] { server.router.put(Self.mapping(port)) }
      #expect(try await gateway.entries(limit: 10).map(\.key.externalPort) == [80, 81])
      #expect(try await gateway.lookUp(PortMappingKey(.tcp, 82)) != nil, "what a list leaves out is looked up singly")
    }

    @Test(arguments: [ScriptedRouter.Manner.truncated, .garbage, .forgetful, .refuses(606)])
    func aListThatBreaksOffIsUnknownAndNotShort(manner: ScriptedRouter.Manner) async throws {
      let (gateway, server) = try await gateway { $0.listEnd = (1, manner) }
      for port in [80, 81] as [UInt16] { server.router.put(Self.mapping(port)) }
      await #expect(throws: UPnPError.self) { _ = try await gateway.entries(limit: 10) }
    }

    @Test(arguments: [402, 501])
    func aListThatFailsAtItsBeginningIsUnknownAndNotEmpty(number: Int) async throws {
      let (gateway, server) = try await gateway { $0.listEnd = (0, .refuses(number)) }
      defer { withExtendedLifetime(server) {} }
      await #expect(throws: UPnPError.self) { _ = try await gateway.entries(limit: 10) }
    }

    // MARK: Deletion

    @Test func deletingWhatIsNotThereIsFineWhateverTheRouterSays() async throws {
      for manner in [ScriptedRouter.Manner.normal, .forgetful] {
        let (gateway, server) = try await gateway { $0.manners["DeletePortMapping"] = manner }
        defer { withExtendedLifetime(server) {} }
        try await gateway.delete(Self.key)
        #expect(try await gateway.withdraw(Self.key, isOurs: Self.isOurs) == nil)
      }
    }

    @Test func aDeletionThatDidNothingIsNoticed() async throws {
      let (gateway, server) = try await gateway { $0.manners["DeletePortMapping"] = .forgetful }
      server.router.put(Self.mapping(8443))
      let error = await #expect(throws: UPnPError.self) {
        _ = try await gateway.withdraw(Self.key, isOurs: Self.isOurs)
      }
      #expect(error?.code == .notKept)
    }

    // MARK: Connections

    @Test(arguments: [
      [ScriptedRouter.Line(status: "Disconnected", externalAddress: "")],
      [.init(status: "Connected", externalAddress: "10.1.2.3"), .init(status: "Unconfigured", externalAddress: "")],
      [.init(status: "Connected", externalAddress: "0.0.0.0"), .init(status: "Connected", externalAddress: "")],
    ])
    func amongSeveralLinesTheOneWithAPublicAddressIsAsked(lines: [ScriptedRouter.Line]) async throws {
      let (gateway, server) = try await gateway { $0.otherLines = lines }
      #expect(try await gateway.status().externalAddress?.description == "11.0.0.2")
      _ = try await gateway.grant(Self.request(), isOurs: Self.isOurs)
      #expect(server.router.mappings.count == 1)
    }

    @Test func aChangeOfTheOuterAddressShowsInTheHeartbeat() async throws {
      let (gateway, server) = try await gateway()
      #expect(try await gateway.status().externalAddress?.description == "11.0.0.2")
      server.router.behave { $0.externalAddress = "11.0.0.77" }
      #expect(try await gateway.status().externalAddress?.description == "11.0.0.77")
    }

    @Test func controlThatMovedInARestartIsFoundByItsDescription() async throws {
      let server = try ScriptedRouterServer()
      let connection = RouterConnection(finder: server.finder())
      _ = try await connection.ask { try await $0.grant(Self.request(), isOurs: Self.isOurs) }
      server.router.behave { $0.controlPath = "/control/after-restart" }
      server.router.forgetEverything()
      let entry = try await connection.ask { try await $0.entry(Self.key) }
      #expect(entry == nil, "found again, and the mapping is gone")
      _ = try await connection.ask { try await $0.grant(Self.request(), isOurs: Self.isOurs) }
      #expect(server.router.mappings.count == 1)
    }

    @Test func aSlowButWholeAnswerIsUnderstood() async throws {
      let page = """
        <root><device><deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><serviceList><service>
        <serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>/c</controlURL></service>
        </serviceList></device></root>
        """
      let text =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(String(page.utf8.count, radix: 16))\r\n\(page)\r\n0\r\n"
      let router = try HostileRouter { _, _ in .drip(Array(text.utf8), pause: .microseconds(200)) }
      let gateway = try await router.finder(calls: BlockingCalls()).find(remembered: nil)
      #expect(gateway.identity.igdVersion == "1")
    }
  }
#endif

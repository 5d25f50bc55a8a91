#if os(Linux)
  import GatewayDriver
  import RhizomeDriver
  import RhizomeModel
  import RouterLab
  import Testing
  import UPnP

  /// What the driver does by itself while it runs, over time that runs forty times faster.
  @Suite("A home that is kept", .timeLimit(.minutes(1)))
  struct KeptHomeTests {
    private static func targets(_ count: Int64) -> [ObservationTarget] {
      (0..<count).map { DriverFixture.target(DriverFixture.attributes(externalPort: 8000 + $0)) }
    }

    private static func notices(_ fixture: DriverFixture, _ reason: String, _ count: Int) async -> [DriverNotice] {
      var found: [DriverNotice] = []
      for await notice in fixture.driver.notices where notice.reason == reason {
        found.append(notice)
        if found.count == count { break }
      }
      return found
    }

    @Test func twentyLostMappingsCostOneTableAndAreSeenGoneWithoutFurtherQuestions() async throws {
      let server = try ScriptedRouterServer()
      server.router.behave { $0.uptime = 5000 }
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: server.finder(), time: .fast())
      for target in Self.targets(20) { try await fixture.perform(.create, target.desired?.attributes) }
      try await fixture.running {
        #expect(await holds { server.router.calls.contains("GetStatusInfo") })
        server.router.behave { $0.uptime = 3 }
        server.router.forgetEverything()
        let before = server.router.calls.count
        let lost = await Self.notices(fixture, "MappingLost", 20)
        #expect(lost.map(\.address) == Self.targets(20).map(\.address))
        #expect(lost.last?.message.contains("the router restarted") == true)
        // The heartbeat, the table, and a few single looks that confirm it.
        #expect(server.router.calls.count - before <= 15)
        for target in Self.targets(20) {
          #expect(await fixture.driver.observe([target]).observations[target.address] == .absent)
        }
        let reads = server.router.calls.dropFirst(before).filter { $0.hasSuffix("PortMappingEntry") }
        #expect(reads.count <= 8)
      }
    }

    @Test func routineLooksAtWhatIsWatchedAskTheRouterNothing() async throws {
      let server = try ScriptedRouterServer()
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: server.finder())
      for target in Self.targets(5) { try await fixture.perform(.create, target.desired?.attributes) }
      try await fixture.running {
        _ = await fixture.driver.glance(Self.targets(5))
        #expect(await holds { server.router.calls.contains("GetStatusInfo") })
        let before = server.router.calls.filter { $0 == "GetGenericPortMappingEntry" }.count
        for _ in 0..<50 {
          let report = await fixture.driver.glance(Self.targets(5))
          #expect(report.observations.values.allSatisfy { $0.seen != nil })
        }
        #expect(server.router.calls.filter { $0 == "GetGenericPortMappingEntry" }.count == before)
      }
    }

    /// A router may need half a second for each entry of a long table.
    @Test func routineLooksDoNotReadALongTableBecauseSomeMappingsAreStillToBeMade() async throws {
      let server = try ScriptedRouterServer()
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: server.finder())
      for target in Self.targets(70) { try await fixture.perform(.create, target.desired?.attributes) }
      try await fixture.running {
        _ = await fixture.driver.glance(Self.targets(80))
        let before = server.router.calls.filter { $0 == "GetGenericPortMappingEntry" }.count
        let report = await fixture.driver.glance(Self.targets(80))
        #expect(report.observations.values.count { $0.seen != nil } == 70)
        #expect(report.observations.values.count { $0 == .absent } == 10)
        #expect(server.router.calls.filter { $0 == "GetGenericPortMappingEntry" }.count == before)
      }
    }

    @Test func aSearchHoldsNobodyUpAndEndsWithTheService() async throws {
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: EndlessFinder())
      let start = ContinuousClock.now
      let service = Task { try await fixture.driver.run() }
      guard case .unknown(let reason) = await fixture.observe(DriverFixture.attributes()) else {
        Issue.record("something was seen")
        return
      }
      #expect(reason.contains("has not been asked yet: it is still being looked for"))
      #expect(ContinuousClock.now - start < .seconds(8))
      let stop = ContinuousClock.now
      service.cancel()
      _ = await service.result
      #expect(ContinuousClock.now - stop < .seconds(1))
    }

    @Test("heartbeats while the router is first looked for say nothing against it")
    func whatIsLookedForIsNotSilent() async throws {
      let naps = Mutable(0)
      var time = GatewayTime.fast()
      let sleep = time.sleep
      time.sleep = { duration in
        naps.change { $0 += 1 }
        try await sleep(duration)
      }
      var record = HomeRecord()
      record.router = RouterDossier(FakeRouter(.upnp), at: time.wall())
      let homes = Mutable(["home": record])
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: EndlessFinder(), homes: homes, time: time)
      try await fixture.running {
        _ = await fixture.observe(DriverFixture.attributes())
        let before = naps.value
        #expect(await holds { naps.value > before + 5 })
        let facts = await fixture.driver.facts(ofZone: "home")
        #expect(facts["router"]?["answers"].isNull == true && facts["line"] == nil)
        #expect(await fixture.driver.standing(ofZone: "home") == .notAskedYet)
        guard case .unknown(let reason) = await fixture.observe(DriverFixture.attributes()) else {
          Issue.record("something was seen")
          return
        }
        #expect(reason.contains("has not been asked yet"))
      }
    }

    @Test func anAbsentRouterIsNotSearchedForAtEachLook() async throws {
      let finder = FakeFinder(nil)
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: finder)
      for _ in 0..<20 { #expect(await fixture.observe(DriverFixture.attributes())?.isUnknown == true) }
      #expect(finder.count == 1)
    }

    @Test func anotherNetworkIsSearchedAtOnce() async throws {
      let finder = FakeFinder(nil)
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: finder)
      try await fixture.running {
        #expect(await fixture.observe(DriverFixture.attributes())?.isUnknown == true)
        finder.find(FakeRouter(.upnp))
        fixture.routes.value = "10.0.0.1"
        #expect(
          await holds(within: .seconds(4)) {
            await fixture.observe(DriverFixture.attributes(), isRecorded: false) == .absent
          }
        )
      }
    }

    @Test func aRouterThatComesBackHasItsMappingsLookedAtAgain() async throws {
      let finder = FakeFinder(nil)
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: finder, time: .fast())
      #expect(await fixture.observe(DriverFixture.attributes())?.isUnknown == true)
      finder.find(FakeRouter(.upnp))
      try await fixture.running {
        for await notice in fixture.driver.notices where notice.address == DriverFixture.address {
          #expect(notice.isQuiet)
          break
        }
      }
    }

    @Test func aChangedPublicAddressIsToldAndKeptInMind() async throws {
      let router = FakeRouter(.upnp)
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: FakeFinder(router), time: .fast())
      try await fixture.perform(.create, DriverFixture.attributes())
      try await fixture.running {
        router.change {
          $0.status = GatewayStatus(externalAddress: IPv4Address("11.0.0.9"), isConnected: true, uptime: 2000)
        }
        let notice = await fixture.notice("AddressChanged")
        #expect(notice?.message == "the public address of home is now 11.0.0.9; it was 11.0.0.2")
        #expect(notice?.address == Address(.zone, "home"))
      }
      let facts = await fixture.driver.facts(ofZone: "home")
      #expect(facts["publicIPv4"]?["address"] == "11.0.0.9")
      #expect(facts["publicIPv4"]?["before"].list?.count == 1)
      #expect(facts["nat"] == "the router has a public address")
      #expect(facts["router"]?["device"] == "Fake Box 1")
      #expect(await fixture.driver.facts(ofZone: "home") == facts)
    }

    @Test func aPortThatIsTakenAwayAgainAndAgainIsAskedForAfterAPause() async throws {
      let server = try ScriptedRouterServer()
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: server.finder())
      for _ in 0..<3 {
        try await fixture.perform(.create, DriverFixture.attributes())
        server.router.forgetEverything()
        #expect(await fixture.observe(DriverFixture.attributes()) == .absent)
      }
      let error = await fixture.failure(.create, DriverFixture.attributes())
      #expect(error?.code == .conflict)
      #expect(error?.message.contains("lost 3 times in a row") == true)
      let again = await fixture.failure(.create, DriverFixture.attributes())
      #expect(again == error, "the same words, so that the status stays the same")
    }

    @Test func hiddenLeasesAreLearnedAndNotRenewedForEver() async throws {
      let server = try ScriptedRouterServer()
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: server.finder(), time: .fast())
      try await fixture.perform(.create, DriverFixture.attributes())
      server.router.behave { $0.hidesLeases = true }
      try await fixture.running {
        #expect(
          await holds {
            fixture.homes.value["home"]?.router?.quirks["does not show how long a mapping lasts"] != nil
          }
        )
        let renewals = server.router.calls.count { $0 == "AddPortMapping" }
        let looks = server.router.calls.count
        #expect(await holds { server.router.calls.count > looks + 10 })
        #expect(server.router.calls.count { $0 == "AddPortMapping" } == renewals)
      }
    }
  }
#endif

#if os(Linux)
  import RhizomeDriver
  import RhizomeModel
  import RouterLab
  import Testing
  import UPnP

  @testable import GatewayDriver

  @Suite("Openings for IPv6", .timeLimit(.minutes(1)))
  struct PinholeTests {
    private static func line(_ address: String, flags: String = "80", scope: String = "00") -> String {
      "\(address) 02 40 \(scope) \(flags)     eth0\n"
    }
    private static let stable = line("2a0a00010000000000000000000000aa")
    private static let moved = line("2a0a00020000000000000000000000aa")

    @Test func theStableGlobalAddressIsChosen() {
      let text =
        Self.line("00000000000000000000000000000001", scope: "10")
        + Self.line("fe800000000000000000000000000001", scope: "20")
        + Self.line("2a0a0001000000000000000000000001", flags: "01")
        + Self.line("2a0a0001000000000000000000000002", flags: "20")
        + Self.line("2a0a0001000000000000000000000003", flags: "40") + Self.line("fd000000000000000000000000000001")
        + Self.line("2a0a0001000000000000000000000005", flags: "00") + "nonsense\n"
      #expect(StableAddress.choose(text, current: nil)?.description == "2a0a:1::5")
      let more = text + Self.line("2a0a0001000000000000000000000004", flags: "00")
      #expect(StableAddress.choose(more, current: IPv6Address("2a0a:1::5"))?.description == "2a0a:1::5")
      #expect(StableAddress.choose(more, current: IPv6Address("2a0a:1::9"))?.description == "2a0a:1::4")
      #expect(StableAddress.choose("", current: IPv6Address("2a0a:1::5")) == nil)
    }

    private func fixture(_ router: FakeRouter, ipv6: Bool = true) -> DriverFixture {
      var gateway = ZoneGateway(mode: .upnp)
      gateway.ipv6 = ipv6
      let fixture = DriverFixture(gateway, finder: FakeFinder(router), time: .fast())
      fixture.addresses6.value = Self.stable
      return fixture
    }

    @Test func openedForTheMachinesOwnPortAndClosedWithTheMapping() async throws {
      let router = FakeRouter(.upnp, hasPinholes: true)
      let fixture = fixture(router)
      try await fixture.running {
        try await fixture.perform(.create, DriverFixture.attributes())
        #expect(await holds { router.now.openings.count == 1 })
        let opening = try #require(router.now.openings[1])
        #expect("\(opening.client)" == "2a0a:1::aa")
        #expect(opening.port == 8080)
        let facts = await fixture.observe(DriverFixture.attributes())?.seen?.facts
        #expect(facts?["ipv6"] == "open at [2a0a:1::aa]:8080")
        #expect(await fixture.driver.facts(ofZone: "home")["publicIPv6"]?["address"] == "2a0a:1::aa")
        try await fixture.perform(.delete, nil)
        #expect(router.now.openings.isEmpty)
      }
    }

    @Test func aChangedPrefixIsFollowed() async throws {
      let router = FakeRouter(.upnp, hasPinholes: true)
      let fixture = fixture(router)
      try await fixture.running {
        try await fixture.perform(.create, DriverFixture.attributes())
        #expect(await holds { router.now.openings.count == 1 })
        fixture.addresses6.value = Self.moved
        #expect(await holds { router.now.openings.values.map { "\($0.client)" } == ["2a0a:2::aa"] })
      }
    }

    @Test(arguments: [(true, 60), (false, 5)])
    func silenceIsTriedAgainSoonerThanARefusal(isRefusal: Bool, pause: Int) throws {
      var keeper = PinholeKeeper()
      let name = Address(.portMapping, "home.tcp-80")
      let wishes = [name: PinholeKeeper.Wish(transport: .tcp, port: 8080)]
      let address = try #require(IPv6Address("2a0a:1::aa"))
      keeper.firewallIs(nil, at: .zero)
      keeper.failed(name, "no", isRefusal: isRefusal, at: .zero)
      let later = Duration.seconds(pause)
      let early = keeper.next(wishes, address: address, isOffered: true, at: later - .seconds(1))
      #expect(early == .wait(until: later))
      let due = keeper.next(wishes, address: address, isOffered: true, at: later)
      #expect(due == .open(name, try #require(wishes[name]), address))
    }

    @Test func aRouterThatForgotOpensAgain() async throws {
      let router = FakeRouter(.upnp, hasPinholes: true)
      let fixture = fixture(router)
      try await fixture.running {
        try await fixture.perform(.create, DriverFixture.attributes())
        #expect(await holds { router.now.openings.count == 1 })
        router.change {
          $0.openings = [:]
          $0.status = GatewayStatus(externalAddress: IPv4Address("11.0.0.2"), isConnected: true, uptime: 2)
        }
        #expect(await holds { router.now.openings.count == 1 })
      }
    }

    /// Routers number openings anew after a restart, so that an old number may soon be another service's.
    @Test func numbersThatARestartedRouterGaveToOthersAreNotTakenForOurs() async throws {
      let router = FakeRouter(.upnp, hasPinholes: true)
      let fixture = fixture(router)
      try await fixture.running {
        try await fixture.perform(.create, DriverFixture.attributes())
        try await fixture.perform(.create, DriverFixture.attributes(port: 8081, externalPort: 8444))
        #expect(await holds { router.now.openings.count == 2 })
        router.change {
          ($0.openings, $0.nextPinhole) = ([:], 2)
          $0.status = GatewayStatus(externalAddress: IPv4Address("11.0.0.2"), isConnected: true, uptime: 2)
        }
        #expect(await holds { Set(router.now.openings.values.map(\.port)) == [8080, 8081] })
      }
    }

    @Test func aNumberIsOneOpeningsOnly() throws {
      var keeper = PinholeKeeper()
      let client = try #require(IPv6Address("2a0a:1::aa"))
      let lease = Lease(.timed(3600), at: .zero, jitter: 0)
      let (first, second) = (Address(.portMapping, "home.tcp-80"), Address(.portMapping, "home.tcp-81"))
      keeper.opened(first, .init(wish: .init(transport: .tcp, port: 8080), id: 7, client: client, lease: lease))
      keeper.opened(second, .init(wish: .init(transport: .tcp, port: 8081), id: 7, client: client, lease: lease))
      #expect(keeper.openings.keys.sorted() == [second])
    }

    @Test func aRefusalShowsAndHurtsNothing() async throws {
      let router = FakeRouter(.upnp, hasPinholes: true)
      router.change { $0.pinholeRefusal = .notAuthorized }
      let fixture = fixture(router)
      try await fixture.running {
        try await fixture.perform(.create, DriverFixture.attributes())
        #expect(
          await holds {
            await fixture.observe(DriverFixture.attributes())?.seen?.facts["ipv6"]?.text?.hasPrefix("not open:") == true
          }
        )
        #expect(router.now.table.count == 1)
      }
    }

    @Test func nothingIsAskedWhereTheRouterDoesNotFilterOrNobodyWantsIt() async throws {
      let open = FakeRouter(.upnp, hasPinholes: true)
      open.change { $0.firewall = IPv6FirewallStatus(isEnabled: false, allowsPinholes: true) }
      let (first, second) = (fixture(open), fixture(FakeRouter(.upnp, hasPinholes: true), ipv6: false))
      try await first.running {
        try await first.perform(.create, DriverFixture.attributes())
        #expect(
          await holds {
            await first.driver.facts(ofZone: "home")["ipv6"]
              == "the router does not filter IPv6, so nothing has to be opened"
          }
        )
        #expect(open.now.pinholeCalls.isEmpty)
      }
      try await second.perform(.create, DriverFixture.attributes())
      #expect(await second.observe(DriverFixture.attributes())?.seen?.facts["ipv6"] == nil)
    }
  }
#endif

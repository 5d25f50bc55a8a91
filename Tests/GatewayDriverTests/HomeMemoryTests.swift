#if os(Linux)
  import GatewayDriver
  import RhizomeDriver
  import RhizomeModel
  import RouterLab
  import Testing
  import UPnP

  /// What is remembered of a home, and what is tidied up by it.
  @Suite("What is remembered of a home", .timeLimit(.minutes(1)))
  struct HomeMemoryTests {
    private static let ours = "rhz-0123abcd-tcp-"

    private func put(_ port: UInt16, _ label: String, client: String = "127.0.0.1", on router: FakeRouter) {
      let key = PortMappingKey(.tcp, port)
      let mapping = PortMapping(key: key, client: client, internalPort: 1, label: label, remainingLease: 3000)
      router.change { $0.table[key] = mapping }
    }

    private func eventuallyRemembered(_ fixture: DriverFixture) async throws -> HomeRecord {
      #expect(await holds { fixture.homes.value["home"]?.router != nil })
      return try #require(fixture.homes.value["home"])
    }

    @Test func theWayThatWorkedIsAskedFirstAfterARestart() async throws {
      let (upnp, natpmp) = (FakeFinder(nil), FakeFinder(FakeRouter(.natpmp)))
      let finders: @Sendable (PortMappingMethod) -> any GatewayFinding = { $0 == .natpmp ? natpmp : upnp }
      let first = DriverFixture(ZoneGateway(mode: .upnp), finder: finders)
      let facts = try await first.running {
        let facts = try await first.perform(.create, DriverFixture.attributes()).facts
        let record = try await eventuallyRemembered(first)
        #expect(record.router?.lastGoodMethod == "natpmp")
        return facts
      }
      #expect(facts["gateway"] == "natpmp")
      let asked = upnp.count
      let second = DriverFixture(ZoneGateway(mode: .upnp), homes: first.homes, finder: finders)
      #expect(await second.observe(DriverFixture.attributes())?.seen != nil)
      #expect(upnp.count == asked)
    }

    @Test("a declared description URL that leads nowhere is told, also where another way works and worked before")
    func aWrongDescriptionURLIsTold() async throws {
      let (upnp, pcp) = (FakeFinder(nil), FakeFinder(FakeRouter(.pcp)))
      var gateway = ZoneGateway(mode: .upnp)
      gateway.descriptionURL = "http://192.168.1.9:5000/rootDesc.xml"
      let homes = Mutable<[String: HomeRecord]>([:])
      for _ in 0..<2 {
        let fixture = DriverFixture(gateway, homes: homes) { $0 == .pcp ? pcp : upnp }
        try await fixture.running {
          try await fixture.perform(.create, DriverFixture.attributes())
          let notice = await fixture.notice("DescriptionURLFailed")
          #expect(notice?.level == .warning && notice?.address == Address(.zone, "home"))
          for word in ["http://192.168.1.9:5000/rootDesc.xml", "no router answers here", "asked by PCP instead"] {
            #expect(notice?.message.contains(word) == true)
          }
          #expect(await fixture.driver.facts(ofZone: "home")["warning"] == notice.map { .string($0.message) })
          _ = try await eventuallyRemembered(fixture)
        }
      }
    }

    @Test func onlyTheDeclaredWaysAreTried() async throws {
      let (upnp, pcp) = (FakeFinder(FakeRouter(.upnp)), FakeFinder(FakeRouter(.pcp)))
      var gateway = ZoneGateway(mode: .upnp)
      gateway.methods = [.pcp]
      let fixture = DriverFixture(gateway) { $0 == .pcp ? pcp : upnp }
      #expect(try await fixture.perform(.create, DriverFixture.attributes()).facts["gateway"] == "pcp")
      #expect(upnp.count == 0)
    }

    @Test func aWayThatRefusesEverythingGivesPlaceToTheNext() async throws {
      let (refusing, willing) = (FakeRouter(.upnp), FakeRouter(.natpmp))
      refusing.change { $0.refusal = .notAuthorized }
      let fixture = DriverFixture(ZoneGateway(mode: .upnp)) { method in
        FakeFinder(method == .upnp ? refusing : method == .natpmp ? willing : nil)
      }
      #expect(try await fixture.perform(.create, DriverFixture.attributes()).facts["gateway"] == "natpmp")
      #expect(willing.now.table.count == 1)
    }

    @Test func refusedInEveryWayTellsWhatTheFirstSaid() async throws {
      let fixture = DriverFixture(ZoneGateway(mode: .upnp)) { method in
        let router = FakeRouter(method)
        router.change { $0.refusal = method == .upnp ? .notAuthorized : .actionFailed }
        return FakeFinder(router)
      }
      let error = await fixture.failure(.create, DriverFixture.attributes())
      #expect(error?.message.contains("606") == true)
    }

    @Test func anotherDeviceGetsADossierOfItsOwn() async throws {
      let finder = FakeFinder(FakeRouter(.upnp, udn: "uuid:one"))
      let first = DriverFixture(ZoneGateway(mode: .upnp), finder: finder)
      try await first.running {
        try await first.perform(.create, DriverFixture.attributes())
        let record = try await eventuallyRemembered(first)
        #expect(record.router?.udn == "uuid:one")
      }
      finder.find(FakeRouter(.upnp, udn: "uuid:two"))
      let second = DriverFixture(ZoneGateway(mode: .upnp), finder: finder, homes: first.homes)
      try await second.running {
        _ = await second.observe(DriverFixture.attributes())
        let isNew = await holds { second.homes.value["home"]?.router?.udn == "uuid:two" }
        #expect(isNew)
      }
    }

    @Test func orphansOfThisMachineAreRemovedAndNothingElse() async throws {
      let router = FakeRouter(.upnp)
      put(81, Self.ours + "81", on: router)
      put(82, Self.ours + "82", client: "127.0.0.9", on: router)
      put(83, "rhz-ffff0000-tcp-83", on: router)
      put(84, "torrent", on: router)
      put(8443, Self.ours + "8443", on: router)
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: FakeFinder(router), time: .fast())
      try await fixture.running {
        _ = await fixture.driver.glance([DriverFixture.target(DriverFixture.attributes())])
        let notice = await fixture.notice("OrphanRemoved")
        #expect(notice?.address == DriverFixture.address(81))
        #expect(router.now.table.keys.map(\.externalPort).sorted() == [82, 83, 84, 8443])
      }
    }

    @Test func whatIsForgottenIsNeitherRenewedNorRemovedAlsoAfterARestart() async throws {
      let router = FakeRouter(.upnp)
      let finder = FakeFinder(router)
      let first = DriverFixture(ZoneGateway(mode: .upnp, lease: 60), finder: finder, time: .fast())
      try await first.running {
        try await first.perform(.create, DriverFixture.attributes())
        _ = await first.driver.glance([DriverFixture.target(DriverFixture.attributes())])
        _ = await first.driver.glance([])
        #expect(await holds { first.homes.value["home"]?.letGo == ["PortMapping/home.tcp-8443"] })
        router.change { $0.table[PortMappingKey(.tcp, 8443)]?.remainingLease = 7 }
      }
      put(81, Self.ours + "81", on: router)
      let second = DriverFixture(ZoneGateway(mode: .upnp), finder: finder, homes: first.homes, time: .fast())
      try await second.running {
        _ = await second.driver.glance([])
        #expect(await second.notice("OrphanRemoved")?.address == DriverFixture.address(81))
        #expect(router.now.table[PortMappingKey(.tcp, 8443)]?.remainingLease == 7)
      }
    }

    @Test func aHomeThatIsNoLongerDrivenIsClearedEvenAfterARestart() async throws {
      let router = FakeRouter(.upnp)
      let first = DriverFixture(ZoneGateway(mode: .upnp), finder: FakeFinder(router))
      try await first.running {
        try await first.perform(.create, DriverFixture.attributes())
        _ = try await eventuallyRemembered(first)
      }
      put(84, "torrent", on: router)
      let second = DriverFixture(ZoneGateway(mode: .static), finder: FakeFinder(router), homes: first.homes)
      try await second.running {
        _ = await second.driver.glance([])
        let isCleared = await holds { router.now.table.keys.map(\.externalPort) == [84] }
        let isForgotten = await holds { second.homes.value.isEmpty }
        #expect(isCleared && isForgotten)
      }
    }

    @Test func anotherNodesHoldOnAPortIsTold() async throws {
      let router = FakeRouter(.upnp)
      put(8443, Self.ours + "8443", client: "192.168.1.7", on: router)
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: FakeFinder(router))
      fixture.nodes.value = ["192.168.1.7": "plum"]
      let error = await fixture.failure(.create, DriverFixture.attributes())
      #expect(error?.code == .conflict)
      #expect(error?.message.contains("made by plum, another machine of this rhizome") == true)
      put(8443, "rhz-ffff0000-tcp-8443", client: "192.168.1.8", on: router)
      let other = await fixture.failure(.create, DriverFixture.attributes())
      #expect(other?.message.contains("made by another rhizome (ffff0000)") == true)
    }

    @Test func anAddressThatThisMachineHadBeforeIsReplaced() async throws {
      let router = FakeRouter(.upnp)
      put(8443, Self.ours + "8443", client: "192.168.1.9", on: router)
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: FakeFinder(router))
      try await fixture.perform(.create, DriverFixture.attributes())
      #expect(router.now.table[PortMappingKey(.tcp, 8443)]?.client == "127.0.0.1")
    }
  }
#endif

#if os(Linux)
  import GatewayDriver
  import RhizomeDriver
  import RhizomeModel
  import RouterLab
  import Testing
  import UPnP

  @Suite("Gateway driver against scripted routers", .timeLimit(.minutes(1)))
  struct ScriptedRouterDriverTests {
    private func fixture(lease: UInt32 = 3600) throws -> (DriverFixture, ScriptedRouterServer) {
      let server = try ScriptedRouterServer()
      return (DriverFixture(ZoneGateway(mode: .upnp, lease: lease), finder: server.finder()), server)
    }

    @Test func createsReadsBackAndDeletes() async throws {
      let (fixture, server) = try fixture()
      let wanted = DriverFixture.attributes()
      #expect(await fixture.observe(wanted, isRecorded: false) == .absent)
      let outcome = try await fixture.perform(.create, wanted)
      #expect(outcome.facts["publicAddress"] == "11.0.0.2")
      #expect(outcome.facts["verdict"] == "mapped")
      #expect(server.router.mappings.map(\.label) == ["rhz-0123abcd-tcp-8443"])
      let seen = try #require(await fixture.observe(wanted)?.seen)
      #expect(seen.mark == DriverFixture.mark)
      #expect(seen.attributes["internalAddress"] == "127.0.0.1")
      #expect(seen.attributes["internalPort"] == 8080)
      _ = try await fixture.perform(.delete, nil)
      #expect(server.router.mappings.isEmpty)
      _ = try await fixture.perform(.delete, nil)
    }

    @Test func creatingTwiceLeavesOneMapping() async throws {
      let (fixture, server) = try fixture()
      _ = try await fixture.perform(.create, DriverFixture.attributes())
      _ = try await fixture.perform(.create, DriverFixture.attributes())
      #expect(server.router.mappings.count == 1)
    }

    @Test func anUpdateChangesWhereItLeads() async throws {
      let (fixture, server) = try fixture()
      _ = try await fixture.perform(.create, DriverFixture.attributes())
      _ = try await fixture.perform(.update, DriverFixture.attributes(port: 9090))
      #expect(server.router.mappings.map(\.internalPort) == [9090])
    }

    @Test func aLookingGlassThatIsBrokenShowsUnknownForEverything() async throws {
      for action in ["GetGenericPortMappingEntry", "GetSpecificPortMappingEntry"] {
        let (fixture, server) = try fixture()
        server.router.behave { $0.manners[action] = .garbage }
        let observation = await fixture.observe(DriverFixture.attributes())
        #expect(observation?.isUnknown == true, "\(action)")
      }
    }

    @Test func noRouterIsUnknownAndOperationsCanBeTriedAgain() async throws {
      var options = UPnPGatewayFinder.Options()
      options.descriptionURL = "http://127.0.0.1:1/root.xml"
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: UPnPGatewayFinder(options))
      #expect(await fixture.observe(DriverFixture.attributes())?.isUnknown == true)
      let error = await fixture.failure(.create, DriverFixture.attributes())
      #expect(error?.code == .unavailable)
    }

    @Test func aForeignMappingIsAConflictThatNamesItsHolderAndStays() async throws {
      let (fixture, server) = try fixture()
      let theirs = PortMapping(
        key: PortMappingKey(.tcp, 8443),
        client: "127.0.0.9",
        internalPort: 6881,
        label: "torrent",
        remainingLease: 60
      )
      server.router.put(theirs)
      let wanted = DriverFixture.attributes()
      let seen = try #require(await fixture.observe(wanted, isRecorded: false)?.seen)
      #expect(seen.mark == nil)
      #expect(seen.facts["holder"] == "TCP 8443 to 127.0.0.9 port 6881, labelled 'torrent'")
      let error = try #require(await fixture.failure(.create, wanted))
      #expect(error.code == .conflict)
      #expect(!error.code.isRetryable)
      #expect(error.message.contains("127.0.0.9 port 6881, a mapping called 'torrent'"))
      _ = try await fixture.perform(.delete, nil)
      #expect(server.router.mappings == [theirs])
    }

    @Test func othersAreListedAsForeignAndOrphansCarryOurMark() async throws {
      let (fixture, server) = try fixture()
      let labels = [(80, "torrent"), (81, "rhz-0123abcd-tcp-81"), (82, "rhz-ffff0000-tcp-82")]
      for (port, label) in labels {
        server.router.put(
          PortMapping(
            key: PortMappingKey(.tcp, UInt16(port)),
            client: "127.0.0.1",
            internalPort: 1,
            label: label,
            remainingLease: 60
          )
        )
      }
      let foreign = await fixture.report(DriverFixture.attributes()).foreign
      #expect(foreign.map(\.address.name) == ["home.tcp-80", "home.tcp-81", "home.tcp-82"])
      #expect(foreign.map(\.mark?.clusterID) == [nil, DriverFixture.clusterID, "ffff0000"])
    }

    @Test func adoptionTakesOverAMappingOfThisMachineOnly() async throws {
      let (fixture, server) = try fixture()
      let key = PortMappingKey(.tcp, 8443)
      server.router.put(
        PortMapping(key: key, client: "127.0.0.9", internalPort: 8080, label: "by hand", remainingLease: 60)
      )
      #expect(await fixture.failure(.adopt, DriverFixture.attributes())?.code == .conflict)
      server.router.put(
        PortMapping(key: key, client: "127.0.0.1", internalPort: 8080, label: "by hand", remainingLease: 60)
      )
      _ = try await fixture.perform(.adopt, DriverFixture.attributes())
      #expect(server.router.mappings.map(\.label) == ["rhz-0123abcd-tcp-8443"])
    }

    @Test func aRouterBehindAnotherOneIsCalledWhatItIs() async throws {
      let (fixture, server) = try fixture()
      server.router.behave { $0.externalAddress = "192.168.0.4" }
      let facts = try await fixture.perform(.create, DriverFixture.attributes()).facts
      #expect(facts["verdict"] == "mapped, but the router itself is behind another NAT (192.168.0.4)")
    }

    @Test func permanentMappingsHaveNoEndAndAreRemovedExplicitly() async throws {
      let (fixture, server) = try fixture()
      server.router.behave { $0.permanentOnly = 725 }
      #expect(try await fixture.perform(.create, DriverFixture.attributes()).facts["lease"] == "without end")
      _ = try await fixture.perform(.delete, nil)
      #expect(server.router.mappings.isEmpty)
    }

    @Test func aLostMappingGivesNoticeAndIsNotBroughtBackUnasked() async throws {
      let (fixture, server) = try fixture()
      let wanted = DriverFixture.attributes(lease: 2000)
      _ = try await fixture.perform(.create, wanted)
      server.router.forgetEverything()
      let notice = try await fixture.running { await fixture.notice("MappingLost") }
      #expect(notice?.address == DriverFixture.address)
      #expect(server.router.mappings.isEmpty)
      #expect(await fixture.observe(wanted) == .absent)
    }

    @Test func aRestartedDriverTakesUpRenewing() async throws {
      let (first, server) = try fixture()
      let wanted = DriverFixture.attributes(lease: 2000)
      _ = try await first.perform(.create, wanted)
      let second = DriverFixture(ZoneGateway(mode: .upnp), finder: server.finder())
      #expect(await second.observe(wanted)?.seen != nil)
      let before = server.router.calls.count { $0 == "AddPortMapping" }
      #expect(
        try await second.running {
          try await eventually { server.router.calls.count { $0 == "AddPortMapping" } > before }
        }
      )
    }

    @Test func aPortOutsideTheHomesRangeIsInvalid() async throws {
      let server = try ScriptedRouterServer()
      var gateway = ZoneGateway(mode: .upnp)
      gateway.portRange = 20000...20999
      let fixture = DriverFixture(gateway, finder: server.finder())
      #expect(await fixture.failure(.create, DriverFixture.attributes())?.code == .invalid)
      #expect(server.router.calls.isEmpty)
    }

    @Test(arguments: ["fe80::1", "laptop.local", "1.2.3"])
    func onlyIPv4AddressesCanBeLedTo(client: String) async throws {
      let (fixture, server) = try fixture()
      #expect(await fixture.failure(.create, DriverFixture.attributes(client: client))?.code == .invalid)
      #expect(server.router.calls.isEmpty)
    }

    @Test func changingTheModeRemovesWhatWasMapped() async throws {
      let (fixture, server) = try fixture()
      _ = try await fixture.perform(.create, DriverFixture.attributes())
      fixture.settings.value = ZoneGateway(mode: .static)
      #expect(await fixture.observe(DriverFixture.attributes())?.seen != nil)
      #expect(try await fixture.running { try await eventually { server.router.mappings.isEmpty } })
    }
  }
#endif

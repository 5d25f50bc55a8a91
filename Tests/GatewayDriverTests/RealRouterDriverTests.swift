#if os(Linux)
  import GatewayDriver
  import RhizomeDriver
  import RhizomeModel
  import RouterLab
  import Testing
  import UPnP

  /// The promises of the gateway, against miniupnpd in network namespaces.
  @Suite(
    "Gateway driver against a real router",
    .enabled(if: RouterLab.unavailable == nil, Comment(rawValue: RouterLab.unavailable ?? "")),
    .timeLimit(.minutes(2))
  )
  struct RealRouterDriverTests {
    private func fixture(_ lab: RouterLab, lease: UInt32 = 3600) -> DriverFixture {
      DriverFixture(
        ZoneGateway(mode: .upnp, lease: lease),
        finder: lab.finder(in: .host) { $0.descriptionURL = lab.descriptionURL }
      )
    }

    private func remainingLease(_ lab: RouterLab) async throws -> UInt32? {
      let gateway = try await lab.finder(in: .host) { $0.descriptionURL = lab.descriptionURL }.find(remembered: nil)
      return try await gateway.entry(PortMappingKey(.tcp, 8443))?.remainingLease
    }

    @Test func trafficFromTheInternetReachesTheServiceUntilItIsWithdrawn() async throws {
      try await RouterLab.with { lab in
        let fixture = fixture(lab)
        try await lab.serving("hello from home", port: 8080) {
          #expect(try await lab.fetchFromInternet(port: 8443) == nil)
          _ = try await fixture.perform(.create, DriverFixture.attributes(client: lab.hostAddress))
          #expect(try await lab.fetchFromInternet(port: 8443) == "hello from home")
          #expect(try await lab.run(in: .router, ["nft", "list", "ruleset"]).contains("dnat ip to 192.168.77.10:8080"))
          _ = try await fixture.perform(.delete, nil)
          #expect(try await lab.fetchFromInternet(port: 8443) == nil)
        }
      }
    }

    @Test func aLoopbackAddressMeansThisMachine() async throws {
      try await RouterLab.with { lab in
        let fixture = fixture(lab)
        let wanted = DriverFixture.attributes(client: "127.0.0.1")
        _ = try await fixture.perform(.create, wanted)
        let seen = try #require(await fixture.observe(wanted)?.seen)
        #expect(seen.attributes["internalAddress"] == "127.0.0.1")
        #expect(try await lab.run(in: .router, ["nft", "list", "ruleset"]).contains("dnat ip to 192.168.77.10:8080"))
      }
    }

    @Test func theLeaseIsRenewedBeforeItExpires() async throws {
      try await RouterLab.with { lab in
        let fixture = fixture(lab)
        _ = try await fixture.perform(.create, DriverFixture.attributes(client: lab.hostAddress, lease: 4000))
        try await fixture.running {
          let end = ContinuousClock.now + .seconds(10)
          var rises = 0
          var last = try #require(try await remainingLease(lab))
          while ContinuousClock.now < end, rises < 2 {
            let now = try #require(try await remainingLease(lab), "the mapping lapsed")
            if now > last { rises += 1 }
            last = now
          }
          #expect(rises == 2)
        }
      }
    }

    @Test func withoutTheServiceTheLeaseEndsByItself() async throws {
      try await RouterLab.with { lab in
        let wanted = DriverFixture.attributes(client: lab.hostAddress, lease: 2000)
        let fixture = fixture(lab)
        _ = try await fixture.perform(.create, wanted)
        #expect(try await eventually { await fixture.observe(wanted) == .absent })
      }
    }

    @Test func aForeignMappingIsAConflictAndIsLeftAlone() async throws {
      try await RouterLab.with { lab in
        try await lab.run(
          in: .neighbour,
          [
            "upnpc", "-u", lab.descriptionURL, "-e", "torrent", "-a", lab.neighbourAddress, "6881", "8443", "TCP",
            "600",
          ]
        )
        let fixture = fixture(lab)
        let error = try #require(
          await fixture.failure(.create, DriverFixture.attributes(client: lab.hostAddress))
        )
        #expect(error.code == .conflict)
        #expect(error.message.contains("192.168.77.11 port 6881, a mapping called 'torrent'"))
        _ = try await fixture.perform(.delete, nil)
        #expect(
          try await lab.run(in: .host, ["upnpc", "-u", lab.descriptionURL, "-l"]).contains("192.168.77.11:6881")
        )
      }
    }

    @Test func aPowerCycledRouterIsNoticedAndHealed() async throws {
      try await RouterLab.with { lab in
        let fixture = fixture(lab)
        let wanted = DriverFixture.attributes(client: lab.hostAddress, lease: 4000)
        try await lab.serving("hello again", port: 8080) {
          _ = try await fixture.perform(.create, wanted)
          try await lab.rebootRouter()
          let notice = try await fixture.running { await fixture.notice("MappingLost") }
          #expect(notice?.message.contains("no longer forwards TCP 8443") == true)
          #expect(await fixture.observe(wanted) == .absent)
          _ = try await fixture.perform(.create, wanted)
          #expect(try await lab.fetchFromInternet(port: 8443) == "hello again")
        }
      }
    }

    /// Its rules outlive miniupnpd, but without an end: unless renewed they would stay for ever.
    @Test func aRestartedDaemonWithoutLeaseFileGetsItsLeasesAgain() async throws {
      try await RouterLab.with { lab in
        let fixture = fixture(lab)
        let wanted = DriverFixture.attributes(client: lab.hostAddress, lease: 6000)
        _ = try await fixture.perform(.create, wanted)
        try await lab.stopRouter()
        #expect(await fixture.observe(wanted)?.isUnknown == true)
        try await lab.startRouter()
        #expect(try await remainingLease(lab) == 0)
        let isTimed = try await fixture.running {
          try await eventually(within: .seconds(45)) { try await remainingLease(lab) ?? 0 > 0 }
        }
        #expect(isTimed)
      }
    }

    @Test func anotherDriverOfTheSameClusterSeesAnOrphanAsOurs() async throws {
      try await RouterLab.with { lab in
        _ = try await fixture(lab).perform(.create, DriverFixture.attributes(client: lab.hostAddress))
        let other = fixture(lab)
        let seen = await other.observe(DriverFixture.attributes(client: lab.hostAddress), isRecorded: false)?.seen
        #expect(seen?.mark == DriverFixture.mark)
        let orphans = await other.driver.observe([]).foreign
        #expect(orphans.isEmpty, "a look without targets asks no router")
      }
    }
  }
#endif

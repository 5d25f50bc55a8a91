#if os(Linux)
  import GatewayDriver
  import RhizomeDriver
  import RhizomeModel
  import Testing
  import UPnP

  @Suite("Homes whose router we do not drive")
  struct ManualGatewayTests {
    /// Finding a router would be a mistake here.
    private struct NoFinder: GatewayFinding {
      func find(remembered: String?) async throws -> any PortMappingGateway {
        Issue.record("searched for a router")
        throw UPnPError(.noRouter, "none")
      }
    }

    @Test func aStaticGatewayIsPresentByDeclarationAndSaysSo() async throws {
      let fixture = DriverFixture(ZoneGateway(mode: .static), finder: NoFinder())
      let wanted = DriverFixture.attributes(client: "192.168.1.20")
      #expect(await fixture.observe(wanted, isRecorded: false) == .absent)
      let outcome = try await fixture.perform(.create, wanted)
      #expect(outcome.facts["note"] == "a person forwards TCP 8443 on the router to 192.168.1.20, port 8080")
      let seen = try #require(await fixture.observe(wanted)?.seen)
      #expect(seen.attributes == wanted)
      #expect(seen.facts["verdict"] == "declared, not verified")
      _ = try await fixture.perform(.delete, nil)
    }

    @Test func noGatewayMeansNoPublicPortAndSaysWhatToDo() async throws {
      let fixture = DriverFixture(ZoneGateway(mode: .none), finder: NoFinder())
      #expect(await fixture.observe(DriverFixture.attributes()) == .absent)
      let error = try #require(await fixture.failure(.create, DriverFixture.attributes()))
      #expect(error.code == .invalid)
      #expect(
        error.message.hasPrefix("TCP 8443 cannot be public: Zone/home has no gateway; set its gateway to mode upnp")
      )
      _ = try await fixture.perform(.delete, nil)
    }

    @Test func anUndeclaredZoneIsUnknown() async throws {
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: NoFinder())
      fixture.settings.value = nil
      #expect(await fixture.observe(DriverFixture.attributes())?.isUnknown == true)
    }

    @Test func settingsComeFromTheZonesSpec() {
      let spec: Value = [
        "gateway": ["mode": "upnp", "lease": 60_000, "portRange": ["from": 1000, "to": 2000]]
      ]
      let gateway = ZoneGateway(zone: spec)
      #expect(gateway.mode == .upnp)
      #expect(gateway.lease == 60)
      #expect(gateway.portRange == 1000...2000)
      #expect(ZoneGateway(zone: [:]).mode == .none)
    }
  }
#endif

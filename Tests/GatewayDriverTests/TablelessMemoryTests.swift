#if os(Linux)
  import Foundation
  import GatewayDriver
  import RhizomeDriver
  import RhizomeModel
  import RouterLab
  import Testing
  import UPnP

  /// A router in PCP or NAT-PMP cannot be asked what it holds; a restart of the daemon must not look like a loss.
  @Suite("What a router without a table granted", .timeLimit(.minutes(1)))
  struct TablelessMemoryTests {
    private static let key = PortMappingKey(.tcp, 8443)
    private let device = FakeTablelessRouter.Device()
    private let homes = Mutable<[String: HomeRecord]>([:])

    /// One life of the daemon.
    private func life(time: GatewayTime = .system()) -> DriverFixture {
      var gateway = ZoneGateway(mode: .upnp)
      gateway.methods = [.pcp]
      let router = FakeTablelessRouter(device)
      return DriverFixture(gateway, homes: homes, time: time) { _ in router }
    }

    /// A life in which the port was opened, and that was written down.
    private func firstLife() async throws {
      let first = life()
      try await first.running {
        try await first.perform(.create, DriverFixture.attributes(lease: 3_600_000))
        #expect(await holds { first.homes.value["home"]?.grants != nil })
      }
    }

    private func time(later: Duration) -> GatewayTime {
      var time = GatewayTime.system()
      let wall = time.wall
      time.wall = { wall() + Int64(later / .milliseconds(1)) }
      return time
    }

    @Test func isThereAfterARestartOfTheDaemonWithoutAsking() async throws {
      try await firstLife()
      let second = life()
      let seen = await second.observe(DriverFixture.attributes(lease: 3_600_000))?.seen
      #expect(seen?.mark == DriverFixture.mark)
      #expect(seen?.facts["lease"] == "renewed by itself")
      #expect(device.now.asked == [Self.key])
    }

    @Test func isRenewedAfterwards() async throws {
      try await firstLife()
      let second = life(time: .fast(4000))
      try await second.running {
        _ = await second.observe(DriverFixture.attributes(lease: 3_600_000))
        #expect(await holds { device.now.asked.count > 1 })
      }
    }

    @Test("a router that restarted meanwhile has lost it, and nobody brings it back unasked")
    func isGoneWhereTheRouterRestarted() async throws {
      try await firstLife()
      device.restart()
      let second = life()
      #expect(await second.observe(DriverFixture.attributes(lease: 3_600_000)) == .absent)
      #expect(device.now.asked == [Self.key])
    }

    @Test func isGoneWhenItsLeaseHasRunOut() async throws {
      try await firstLife()
      device.change { $0.epoch += 3_700 }
      let second = life(time: time(later: .seconds(3_700)))
      #expect(await second.observe(DriverFixture.attributes(lease: 3_600_000)) == .absent)
    }

    @Test func isThereMostOfALeaseLater() async throws {
      try await firstLife()
      device.change { $0.epoch += 3_500 }
      let second = life(time: time(later: .seconds(3_500)))
      #expect(await second.observe(DriverFixture.attributes(lease: 3_600_000))?.seen != nil)
    }

    @Test func isUnknownWhileTheRouterIsSilent() async throws {
      try await firstLife()
      device.change { $0.isOff = true }
      let second = life()
      #expect(await second.observe(DriverFixture.attributes(lease: 3_600_000))?.isUnknown == true)
    }

    @Test("a router that tells its address with mappings only is not down because it told none")
    func anAddressNotToldIsNoLineDown() async throws {
      let fixture = life()
      try await fixture.running {
        _ = await fixture.observe(DriverFixture.attributes())
        let facts = await fixture.driver.facts(ofZone: "home")
        #expect(facts["line"] == nil)
        #expect(facts["router"]?["answers"] == true)
      }
    }

    @Test func aHomeRecordOfAnEarlierVersionIsRead() throws {
      let text = #"{"publicIPv4":{"entries":[]},"publicIPv6":{"entries":[]},"letGo":[],"pinholes":{}}"#
      #expect(try JSONDecoder().decode(HomeRecord.self, from: Data(text.utf8)).grants == nil)
    }
  }
#endif

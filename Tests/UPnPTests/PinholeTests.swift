#if os(Linux)
  import RouterLab
  import Testing

  @testable import UPnP

  @Suite("The IPv6 default gateway")
  struct IPv6RouteTests {
    @Test func comesOutOfTheKernelsTableByMetric() {
      let zero = String(repeating: "0", count: 32)
      let table = """
        2a010077000000000000000000000000 40 \(zero) 00 \(zero) 00000100 00000001 00000000 00000001     eth0
        \(zero) 00 \(zero) 00 fe80000000000000000000000000000a 00000400 00000001 00000000 00000003     wlan0
        \(zero) 00 \(zero) 00 fe800000000000000000000000000001 00000100 00000001 00000000 00000003     eth0
        \(zero) 00 \(zero) 00 \(zero) ffffffff 00000001 00000000 00200200       lo
        torn line
        """
      let gateways = DefaultRoute.gatewaysV6(inRouteTable: table).map { "\($0.address)%\($0.interface)" }
      #expect(gateways == ["fe80::1%eth0", "fe80::a%wlan0"])
    }
  }

  /// Against miniupnpd, whose home gets IPv6 first.
  @Suite(
    "Openings in a real router's IPv6 firewall",
    .enabled(if: RouterLab.unavailable == nil, Comment(rawValue: RouterLab.unavailable ?? "")),
    .timeLimit(.minutes(2))
  )
  struct PinholeTests {
    /// A home with IPv6: its firewall, the member's own address there, and a look at the router's rules.
    private struct Home {
      let lab: RouterLab
      let firewall: any PinholeGateway
      let client: IPv6Address

      /// Whether the router's firewall lets something in to the client. The daemon writes the address as raw bytes.
      func isOpen() async throws -> Bool {
        let digits = [client.high, client.low].map { half in
          let text = String(half, radix: 16)
          return String(repeating: "0", count: 16 - text.count) + text
        }
        return try await lab.run(in: .router, ["nft", "list", "ruleset"]).contains("0x" + digits.joined())
      }
    }

    private func withIPv6(_ body: (Home) async throws -> Void) async throws {
      try await RouterLab.with("ipv6=on natpmp=off pcp=off") { lab in
        let gateway = try await lab.finder(in: .host) { $0.descriptionURL = lab.descriptionURL }.find(remembered: nil)
        let client = try #require(IPv6Address(lab.lab.machine("home/host").address6))
        try await body(Home(lab: lab, firewall: #require(gateway.pinholes), client: client))
      }
    }

    @Test func areMadeRenewedCheckedAndClosed() async throws {
      try await withIPv6 { home in
        let (firewall, client) = (home.firewall, home.client)
        #expect(try await firewall.firewallStatus() == IPv6FirewallStatus(isEnabled: true, allowsPinholes: true))
        let request = try PinholeRequest(.tcp, client: client, port: 8443, lease: 600)
        let id = try await firewall.addPinhole(request)
        #expect(try await home.isOpen())
        #expect(try await firewall.addPinhole(request) == id, "asking again renews")
        #expect(try await firewall.checkPinhole(id, client: client) == .unused)
        try await firewall.updatePinhole(id, client: client, lease: 1200)
        try await firewall.deletePinhole(id, client: client)
        #expect(try await !home.isOpen())
        #expect(try await firewall.checkPinhole(id, client: client) == .gone)
        try await firewall.deletePinhole(id, client: client)
        let error = await #expect(throws: UPnPError.self) {
          try await firewall.updatePinhole(id, client: client, lease: 1200)
        }
        #expect(error?.code == .refused(.noSuchPinhole))
      }
    }

    @Test func anOpeningForSomebodyElseIsRefused() async throws {
      try await withIPv6 { home in
        let other = IPv6Address(high: home.client.high, low: home.client.low + 0x100)
        let request = try PinholeRequest(.udp, client: other, port: 5353, lease: 600)
        await #expect(throws: UPnPError.self, "this machine does not have the address") {
          _ = try await home.firewall.addPinhole(request)
        }
        let second = IPv6Address(high: home.client.high, low: home.client.low + 0x200)
        try await home.lab.run(in: .host, ["ip", "-6", "address", "add", "\(second)/64", "dev", "eth0", "nodad"])
        let own = try PinholeRequest(.udp, client: second, port: 5353, lease: 600)
        #expect(try await home.firewall.addPinhole(own) > 0, "asked from the address that the opening is for")
      }
    }

    @Test func withoutIPv6TheErrorSaysSo() async throws {
      try await RouterLab.with { lab in
        let gateway = try await lab.finder(in: .host) { $0.descriptionURL = lab.descriptionURL }.find(remembered: nil)
        let firewall = try #require(gateway.pinholes)
        let error = await #expect(throws: UPnPError.self) { _ = try await firewall.firewallStatus() }
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("no default gateway of IPv6") == true)
      }
    }
  }
#endif

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
    private static let client = IPv6Address(high: 0x2A01_0077_0000_0000, low: 0x10)

    /// Gives the home a network of IPv6. The router's daemon looks for it only when it starts.
    private func withIPv6(_ body: (RouterLab, any PinholeGateway) async throws -> Void) async throws {
      try await RouterLab.with { lab in
        try await lab.run(in: .router, ["ip", "-6", "address", "add", "2a01:77::1/64", "dev", "br0", "nodad"])
        try await lab.run(in: .router, ["ip", "-6", "address", "add", "fe80::77/64", "dev", "br0", "nodad"])
        try await lab.run(in: .host, ["ip", "-6", "address", "add", "\(Self.client)/64", "dev", "eth0", "nodad"])
        try await lab.run(in: .host, ["ip", "-6", "route", "add", "default", "via", "fe80::77", "dev", "eth0"])
        try await lab.stopRouter()
        try await lab.startRouter()
        let gateway = try await lab.finder(in: .host) { $0.descriptionURL = lab.descriptionURL }.find(remembered: nil)
        try await body(lab, try #require(gateway.pinholes))
      }
    }

    /// Whether the router's firewall lets something in to the client. The daemon writes the address as raw bytes.
    private func isOpen(_ lab: RouterLab) async throws -> Bool {
      try await lab.run(in: .router, ["nft", "list", "chain", "inet", "filter", "miniupnpd"])
        .contains("0x2a010077000000000000000000000010")
    }

    @Test func areMadeRenewedCheckedAndClosed() async throws {
      try await withIPv6 { lab, firewall in
        #expect(try await firewall.firewallStatus() == IPv6FirewallStatus(isEnabled: true, allowsPinholes: true))
        let request = try PinholeRequest(.tcp, client: Self.client, port: 8443, lease: 600)
        let id = try await firewall.addPinhole(request)
        #expect(try await isOpen(lab))
        #expect(try await firewall.addPinhole(request) == id, "asking again renews")
        #expect(try await firewall.checkPinhole(id, client: Self.client) == .unused)
        try await firewall.updatePinhole(id, client: Self.client, lease: 1200)
        try await firewall.deletePinhole(id, client: Self.client)
        #expect(try await !isOpen(lab))
        #expect(try await firewall.checkPinhole(id, client: Self.client) == .gone)
        try await firewall.deletePinhole(id, client: Self.client)
        let error = await #expect(throws: UPnPError.self) {
          try await firewall.updatePinhole(id, client: Self.client, lease: 1200)
        }
        #expect(error?.code == .refused(.noSuchPinhole))
      }
    }

    @Test func anOpeningForSomebodyElseIsRefused() async throws {
      try await withIPv6 { lab, firewall in
        try await lab.run(in: .host, ["ip", "-6", "address", "add", "2a01:77::20/64", "dev", "eth0", "nodad"])
        let other = try #require(IPv6Address("2a01:77::30"))
        let request = try PinholeRequest(.udp, client: other, port: 5353, lease: 600)
        await #expect(throws: UPnPError.self, "this machine does not have the address") {
          _ = try await firewall.addPinhole(request)
        }
        let second = try #require(IPv6Address("2a01:77::20"))
        let own = try PinholeRequest(.udp, client: second, port: 5353, lease: 600)
        #expect(try await firewall.addPinhole(own) > 0, "asked from the address that the opening is for")
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

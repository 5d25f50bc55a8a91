import PortControl
import Testing
import UPnP

@Suite("Which IPv6 openings are known")
struct PinholeBookTests {
  private static let client = IPv6Address(high: 0x2001_0000_0000_0001, low: 0x10)

  private func request(_ transport: TransportProtocol = .tcp, _ port: UInt16 = 8080) throws -> PinholeRequest {
    try PinholeRequest(transport, client: Self.client, port: port, lease: 600)
  }

  @Test func anOpeningKeepsItsNumberWhenRenewedAndEndsWithItsLease() throws {
    var book = PinholeBook()
    let id = book.granted(try request(), lifetime: 600, at: .seconds(1))
    let renewed = book.granted(try request(), lifetime: 600, at: .seconds(500))
    #expect(id == renewed)
    let expected = try request()
    #expect(book.request(id, at: .seconds(1000)) == expected)
    #expect(book.request(id, at: .seconds(1100)) == nil)
  }

  @Test func openingsOfOnePortHaveNumbersOfTheirOwn() throws {
    var book = PinholeBook()
    let numbers = try [
      book.granted(request(), lifetime: 600, at: .zero), book.granted(request(.udp), lifetime: 600, at: .zero),
      book.granted(request(.tcp, 8081), lifetime: 600, at: .zero),
    ]
    #expect(Set(numbers).count == 3)
    book.removed(numbers[0])
    #expect(book.request(numbers[0], at: .zero) == nil)
    #expect(book.request(numbers[1], at: .zero)?.transport == .udp)
  }

  @Test func aRestartedRouterHasClosedThem() throws {
    var book = PinholeBook()
    book.heard(epoch: 1000, at: .seconds(1))
    let id = book.granted(try request(), lifetime: 600, at: .seconds(1))
    book.heard(epoch: 1001, at: .seconds(2))
    #expect(book.request(id, at: .seconds(2)) != nil)
    book.heard(epoch: 0, at: .seconds(3))
    #expect(book.request(id, at: .seconds(3)) == nil)
  }

  /// From a machine with a tunnel: the default route through it has no next hop, the router's is link-local.
  @Test func theRoutingTableNamesTheGateway() {
    let zero = String(repeating: "0", count: 32)
    let table = """
      20010000000000010000000000000000 40 \(zero) 00 \(zero) 00000100 00000001 00000000 00000001     eth0
      \(zero) 00 \(zero) 00 \(zero) 00000010 00000001 00000000 00000001     wg0
      \(zero) 00 \(zero) 00 fe800000000000000000000000000002 00000400 00000001 00000000 00000003     eth1
      \(zero) 00 \(zero) 00 fe800000000000000000000000000001 00000200 00000001 00000000 00000003     eth0
      \(zero) 00 garbage
      """
    let gateways = IPv6DefaultRoute.gateways(inRouteTable: table)
    #expect(gateways.map(\.interface) == ["eth0", "eth1"])
    #expect(gateways.first?.address == ControlAddress(high: 0xFE80 << 48, low: 1))
    #expect(IPv6DefaultRoute.gateways(inRouteTable: "").isEmpty)
  }
}

#if os(Linux)
  import RouterLab

  @Suite(
    "A real router's IPv6 firewall in PCP",
    .enabled(if: Lab.unavailable == nil, Comment(rawValue: Lab.unavailable ?? "")),
    .timeLimit(.minutes(2))
  )
  struct RealPinholeTests {
    private static let home = "home home machines=host,neighbour pcp=on natpmp=on"

    private func pinholes(_ lab: Lab) async throws -> (any PinholeGateway)? {
      let finder = PortControlFinder(calls: lab.calls(in: "home/host")) {
        PCPNonce(high: 7, low: UInt64($0.externalPort))
      }
      return try await finder.find(remembered: nil).pinholes
    }

    /// Whether somebody on the internet reaches the machine's web server.
    private func isReachable(_ lab: Lab, _ address: String) async throws -> Bool {
      let url = "http://[\(address)]:8080/"
      let status = ["-w", "%{http_code}", "-o", "/dev/null", "-g", "-s", "--max-time", "2", url]
      let words = (["curl"] + status).joined(separator: " ")
      return try await lab.run(in: "internet", ["sh", "-c", "\(words) || true"]).contains("200")
    }

    @Test func opensRenewsAndClosesSoon() async throws {
      try await Lab.with(Self.home + " ipv6=on") { lab in
        let text = try lab.machine("home/host").address6
        let address = try #require(IPv6Address(text))
        let serve = "setsid python3 -m http.server --bind :: --directory /var/empty 8080 </dev/null >/dev/null 2>&1 &"
        try await lab.run(in: "home/host", ["sh", "-c", "mkdir -p /var/empty; \(serve)"])
        let pinholes = try #require(try await pinholes(lab))
        #expect(try await pinholes.firewallStatus().allowsPinholes)
        #expect(try await !isReachable(lab, text))
        let wish = try PinholeRequest(.tcp, client: address, port: 8080, lease: 600)
        let id = try await pinholes.addPinhole(wish)
        let isOpen = try await eventually { try await isReachable(lab, text) }
        #expect(isOpen)
        #expect(try await pinholes.checkPinhole(id, client: address) == .unused)
        try await pinholes.updatePinhole(id, client: address, lease: 900)
        try await pinholes.deletePinhole(id, client: address)
        // miniupnpd cannot close it in PCP, but lets its lease be cut to two minutes: until then it shows.
        #expect(try await pinholes.checkPinhole(id, client: address) == .unused)
      }
    }

    @Test func aNumberThatIsNotKnownIsGone() async throws {
      try await Lab.with(Self.home + " ipv6=on") { lab in
        let address = try #require(IPv6Address(try lab.machine("home/host").address6))
        let pinholes = try #require(try await pinholes(lab))
        #expect(try await pinholes.checkPinhole(8080, client: address) == .gone)
        let error = await #expect(throws: UPnPError.self) {
          try await pinholes.updatePinhole(8080, client: address, lease: 600)
        }
        #expect(error?.code == .refused(.noSuchPinhole))
        try await pinholes.deletePinhole(8080, client: address)
        let foreign = try PinholeRequest(.tcp, client: IPv6Address(high: 0x2001 << 48, low: 9), port: 8080, lease: 600)
        await #expect(throws: UPnPError.self) { _ = try await pinholes.addPinhole(foreign) }
      }
    }

    @Test func aHomeWithoutIPv6HasNone() async throws {
      try await Lab.with(Self.home) { lab in
        let pinholes = try await pinholes(lab)
        #expect(pinholes == nil)
      }
    }
  }
#endif

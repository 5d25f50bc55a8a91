#if os(Linux)
  import GatewayDriver
  import Synchronization
  import UPnP

  /// A router in memory, for what no UPnP router can be made to do: other methods, other devices, IPv6.
  final class FakeRouter: PortMappingGateway, PinholeGateway {
    struct State {
      var table: [PortMappingKey: PortMapping] = [:]
      var status = GatewayStatus(externalAddress: IPv4Address("11.0.0.2"), isConnected: true, uptime: 1000)
      var refusal: UPnPErrorCode?
      var firewall = IPv6FirewallStatus(isEnabled: true, allowsPinholes: true)
      var pinholeRefusal: UPnPErrorCode?
      var openings: [UInt16: PinholeRequest] = [:]
      var nextPinhole: UInt16 = 1
      var pinholeCalls: [String] = []
    }

    let identity: GatewayIdentity
    let method: PortMappingMethod
    let hasPinholes: Bool
    private let state = Mutex(State())

    init(_ method: PortMappingMethod, udn: String = "uuid:one", hasPinholes: Bool = false) {
      self.method = method
      self.hasPinholes = hasPinholes
      let local = IPv4Address("127.0.0.1") ?? IPv4Address(rawValue: 0)
      var identity = GatewayIdentity(
        descriptionURL: "http://127.0.0.254/root.xml",
        localAddress: local,
        isConnected: true
      )
      identity.udn = udn
      identity.manufacturer = "Fake"
      identity.model = "Box 1"
      self.identity = identity
    }

    var now: State { state.withLock { $0 } }
    func change(_ body: @Sendable (inout State) -> Void) { state.withLock { body(&$0) } }

    var pinholes: (any PinholeGateway)? { hasPinholes ? self : nil }
    func status() async throws -> GatewayStatus { now.status }
    func externalAddress() async throws -> IPv4Address? { now.status.externalAddress }

    func add(_ request: PortMappingRequest) async throws {
      if let refusal = now.refusal { throw UPnPError.refused(refusal, "forward \(request.key)") }
      state.withLock {
        $0.table[request.key] = PortMapping(
          key: request.key,
          client: request.client.description,
          internalPort: request.internalPort,
          label: request.label,
          remainingLease: request.lease
        )
      }
    }

    func entry(_ key: PortMappingKey) async throws -> PortMapping? { now.table[key] }
    func entries(limit: Int) async throws -> [PortMapping] { Array(now.table.values) }
    func delete(_ key: PortMappingKey) async throws { state.withLock { $0.table[key] = nil } }

    func firewallStatus() async throws -> IPv6FirewallStatus { now.firewall }

    func addPinhole(_ request: PinholeRequest) async throws -> UInt16 {
      if let refusal = now.pinholeRefusal { throw UPnPError.refused(refusal, "open its firewall") }
      return state.withLock { state in
        state.pinholeCalls.append("add")
        let known = state.openings.first { _, opening in
          (opening.transport, opening.client, opening.port) == (request.transport, request.client, request.port)
        }
        if let known { return known.key }
        state.openings[state.nextPinhole] = request
        state.nextPinhole += 1
        return state.nextPinhole - 1
      }
    }

    func updatePinhole(_ id: UInt16, client: IPv6Address, lease: UInt32) async throws {
      change { $0.pinholeCalls.append("update") }
      if now.openings[id] == nil { throw UPnPError.refused(.noSuchPinhole, "renew the opening") }
    }

    func deletePinhole(_ id: UInt16, client: IPv6Address) async throws {
      state.withLock { state in
        state.pinholeCalls.append("delete")
        state.openings[id] = nil
      }
    }

    func checkPinhole(_ id: UInt16, client: IPv6Address) async throws -> PinholeState {
      now.openings[id] == nil ? .gone : .unused
    }
  }

  /// Finds what it is told to, and counts how often it was asked.
  final class FakeFinder: GatewayFinding {
    private let result: Mutex<Result<FakeRouter, UPnPError>>
    private let asked = Mutex(0)

    init(_ router: FakeRouter?) { result = Mutex(Self.result(router)) }

    var count: Int { asked.withLock { $0 } }
    func find(_ router: FakeRouter?) { result.withLock { $0 = Self.result(router) } }

    func find(remembered: String?) async throws -> any PortMappingGateway {
      asked.withLock { $0 += 1 }
      return try result.withLock { $0 }.get()
    }

    private static func result(_ router: FakeRouter?) -> Result<FakeRouter, UPnPError> {
      router.map { .success($0) } ?? .failure(UPnPError(.noRouter, "no router answers here"))
    }
  }

  /// Searches for ever, until cancelled.
  struct EndlessFinder: GatewayFinding {
    func find(remembered: String?) async throws -> any PortMappingGateway {
      try await Task.sleep(for: .seconds(600))
      throw UPnPError(.noRouter, "nobody answered for ten minutes")
    }
  }
#endif

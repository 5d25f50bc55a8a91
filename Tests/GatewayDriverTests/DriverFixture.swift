#if os(Linux)
  import GatewayDriver
  import RhizomeDriver
  import RhizomeModel
  import RouterLab
  import Synchronization
  import UPnP

  /// A driver for one home, its settings, and the operations a reconciler would send.
  struct DriverFixture: Sendable {
    static let clusterID = "0123abcd-4567-89ab-cdef-0123456789ab"
    static let address = Address(.portMapping, "home.tcp-8443")
    static let mark = OwnershipMark(clusterID: clusterID, address: address)

    let driver: ZoneGatewayDriver
    let settings: Mutable<ZoneGateway?>
    /// What the driver remembers of homes.
    let homes: Mutable<[String: HomeRecord]>
    /// This machine's routes, as the driver sees them.
    let routes = Mutable("192.168.77.1")
    /// Other nodes by their addresses.
    let nodes = Mutable<[String: String]>([:])
    /// This machine's IPv6 addresses, as `/proc/net/if_inet6` has them.
    let addresses6 = Mutable("")

    init(
      _ gateway: ZoneGateway,
      finder: some GatewayFinding,
      homes: Mutable<[String: HomeRecord]> = Mutable([:]),
      time: GatewayTime = .system()
    ) {
      var gateway = gateway
      gateway.methods = [.upnp]
      self.init(gateway, homes: homes, time: time) { _ in finder }
    }

    init(
      _ gateway: ZoneGateway,
      homes: Mutable<[String: HomeRecord]> = Mutable([:]),
      time: GatewayTime = .system(),
      finder: @escaping @Sendable (PortMappingMethod) -> any GatewayFinding
    ) {
      let settings = Mutable<ZoneGateway?>(gateway)
      let (routes, nodes, addresses6) = (routes, nodes, addresses6)
      (self.settings, self.homes) = (settings, homes)
      driver = ZoneGatewayDriver(
        clusterID: Self.clusterID,
        gateways: { $0 == "home" ? settings.value : nil },
        makeFinder: { method, _ in finder(method) },
        network: HomeNetwork(
          routes: { routes.value },
          ipv6Addresses: { addresses6.value },
          announcements: { AsyncStream { $0.finish() } },
          otherNode: { nodes.value[$0] }
        ),
        records: HomeRecords(
          all: { homes.value },
          save: { zone, record in homes.change { $0[zone] = record } },
          remove: { zone in homes.change { $0[zone] = nil } }
        ),
        time: time
      )
    }

    static func address(_ port: Int64) -> Address { Address(.portMapping, "home.tcp-\(port)") }

    static func attributes(
      client: String = "127.0.0.1",
      port: Int64 = 8080,
      externalPort: Int64 = 8443,
      lease: Int64? = nil
    ) -> Value {
      var value: Value = [
        "zone": "home", "protocol": "tcp", "externalPort": .integer(externalPort), "internalAddress": .string(client),
        "internalPort": .integer(port), "service": "web",
      ]
      if let lease { value["lease"] = .integer(lease) }
      return value
    }

    static func record(_ attributes: Value) -> InventoryRecord {
      InventoryRecord(
        address: address(attributes["externalPort"].integer ?? 0),
        attributes: attributes,
        driver: "gateway",
        source: "test",
        revision: 1
      )
    }

    @discardableResult
    func perform(_ verb: Operation.Verb, _ attributes: Value?) async throws -> Outcome {
      let address = attributes?["externalPort"].integer.map(Self.address) ?? Self.address
      return try await driver.perform(
        Operation(
          verb,
          address,
          desired: attributes.map { Resource(address, attributes: $0) },
          prior: verb == .create ? nil : attributes.map(Self.record),
          mark: OwnershipMark(clusterID: Self.clusterID, address: address)
        )
      )
    }

    /// The error of an operation that shall fail.
    func failure(_ verb: Operation.Verb, _ attributes: Value?) async -> DriverError? {
      do {
        _ = try await perform(verb, attributes)
        return nil
      } catch { return error as? DriverError }
    }

    func report(_ attributes: Value, isRecorded: Bool = true) async -> ObservationReport {
      await driver.observe([Self.target(attributes, isRecorded: isRecorded)])
    }

    static func target(_ attributes: Value, isRecorded: Bool = true) -> ObservationTarget {
      let address = attributes["externalPort"].integer.map(Self.address) ?? Self.address
      return ObservationTarget(
        address: address,
        desired: Resource(address, attributes: attributes),
        prior: isRecorded ? record(attributes) : nil
      )
    }

    func observe(_ attributes: Value, isRecorded: Bool = true) async -> Observation? {
      await report(attributes, isRecorded: isRecorded).observations[Self.address]
    }

    /// Runs `body` while the driver keeps leases.
    func running<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
      let service = Task { try await driver.run() }
      defer { service.cancel() }
      return try await body()
    }

    /// The first notice with this reason.
    func notice(_ reason: String) async -> DriverNotice? {
      for await notice in driver.notices where notice.reason == reason { return notice }
      return nil
    }
  }

  /// A value that a test changes while a driver reads it.
  final class Mutable<Value: Sendable>: Sendable {
    private let state: Mutex<Value>
    init(_ value: Value) { state = Mutex(value) }
    var value: Value {
      get { state.withLock { $0 } }
      set { state.withLock { $0 = newValue } }
    }
    func change(_ body: @Sendable (inout Value) -> Void) { state.withLock { body(&$0) } }
  }

  /// Waits until `condition` holds; false when it does not in time, or the test is over.
  func holds(within limit: Duration = .seconds(20), _ condition: () async throws -> Bool) async -> Bool {
    (try? await eventually(within: limit, condition)) ?? false
  }

  extension GatewayTime {
    /// The machine's time, running so many times faster: a test need not wait for a heartbeat.
    static func fast(_ factor: Int = 40) -> GatewayTime {
      let system = GatewayTime.system()
      return GatewayTime(
        uptime: { system.uptime() * factor },
        wall: system.wall,
        // Short waits for an answer are left as they are: the router is as slow as ever.
        sleep: { try await system.sleep($0 == .milliseconds(2500) ? $0 : $0 / factor) },
        jitter: { 0.5 }
      )
    }
  }

  extension Observation {
    var seen: ObservedResource? { if case .present(let seen) = self { seen } else { nil } }
    var isUnknown: Bool { if case .unknown = self { true } else { false } }
  }
#endif

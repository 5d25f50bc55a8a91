#if os(Linux)
  import PortControl
  import Synchronization
  import UPnP

  /// A router that shows no table, in memory: it forwards what it was asked for and tells its epoch, and only the book of
  /// the present life of the program knows of what.
  final class FakeTablelessRouter: TablelessGateway, GatewayFinding {
    /// The device itself, which outlives the program.
    final class Device: Sendable {
      struct State {
        var held: Set<PortMappingKey> = []
        var asked: [PortMappingKey] = []
        var epoch: UInt32 = 1000
        var isOff = false
      }

      private let state = Mutex(State())
      var now: State { state.withLock { $0 } }
      func change(_ body: @Sendable (inout State) -> Void) { state.withLock { body(&$0) } }

      func restart() {
        change { state in
          state.held = []
          state.epoch = 0
        }
      }
    }

    let identity = GatewayIdentity(
      descriptionURL: "",
      localAddress: IPv4Address("127.0.0.1") ?? IPv4Address(rawValue: 0),
      isConnected: true
    )
    let method = PortMappingMethod.pcp
    let place = "127.0.0.254:5351"
    private let device: Device
    private let book = Mutex(MappingBook(.pcp))
    private let start = ContinuousClock.now

    init(_ device: Device) { self.device = device }

    private var uptime: Duration { start.duration(to: .now) }
    var granted: GrantedMappings? { book.withLock { $0.granted(at: uptime) } }
    func takeUp(_ known: GrantedMappings) { book.withLock { $0.takeUp(known, at: uptime) } }

    func find(remembered: String?) async throws -> any PortMappingGateway {
      try answer()
      return self
    }

    func status() async throws -> GatewayStatus {
      try answer()
      book.withLock { _ = $0.heard(epoch: device.now.epoch, at: uptime) }
      return GatewayStatus(externalAddress: nil, isConnected: true, uptime: device.now.epoch)
    }

    func externalAddress() async throws -> IPv4Address? { nil }

    func add(_ request: PortMappingRequest) async throws {
      _ = try await status()
      device.change { state in
        state.held.insert(request.key)
        state.asked.append(request.key)
      }
      book.withLock { $0.granted(request, lifetime: request.lease, at: uptime) }
    }

    func entry(_ key: PortMappingKey) async throws -> PortMapping? { book.withLock { $0.mapping(key, at: uptime) } }
    func entries(limit: Int) async throws -> [PortMapping] { book.withLock { $0.mappings(at: uptime) } }

    func delete(_ key: PortMappingKey) async throws {
      device.change { $0.held.remove(key) }
      book.withLock { $0.removed(key) }
    }

    private func answer() throws {
      if device.now.isOff { throw UPnPError(.unreachable, "the router does not answer") }
    }
  }
#endif

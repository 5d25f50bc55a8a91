#if os(Linux)
  import Glibc
  import Synchronization
  package import UPnP

  /// One home with a real router in network namespaces, through `Tests/Integration/Lab/home.sh`, which makes the same
  /// home for people and for the demonstration.
  package struct RouterLab: Sendable {
    /// A machine of the lab.
    package enum Place: String, Sendable, CaseIterable {
      case internet, router, host, neighbour
    }

    package let name: String
    /// What `home.sh info` prints: addresses and paths.
    package let facts: [String: String]

    /// Why no lab can be made here; nil when one can. For `.enabled(if:)` of tests.
    package static let unavailable: String? = {
      if getuid() != 0 { return "making network namespaces needs root" }
      let missing = ["ip", "nft", "miniupnpd"].filter { !isInstalled($0) }
      return missing.isEmpty ? nil : "these tools are not installed: \(missing.joined(separator: ", "))"
    }()

    private static func isInstalled(_ tool: String) -> Bool {
      ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].contains { access("\($0)/\(tool)", X_OK) == 0 }
    }

    /// Makes a home, runs `body` and removes the home, whatever happens. Homes that killed test runs left behind
    /// are swept first.
    package static func with<Result>(_ body: (RouterLab) async throws -> Result) async throws -> Result {
      _ = try await HomeScript.run(["sweep"])
      let name = nextName()
      let facts = HomeScript.facts(try await HomeScript.run(["up", name]))
      do {
        let result = try await body(RouterLab(name: name, facts: facts))
        try await remove(name)
        return result
      } catch {
        try await remove(name)
        throw error
      }
    }

    /// In a task of its own, so that a cancelled test (over its time limit) cleans up too.
    private static func remove(_ name: String) async throws {
      _ = try await Task { try await HomeScript.run(["down", name]) }.value
    }

    private static let counter = Mutex(0)

    private static func nextName() -> String {
      let number = counter.withLock { count in
        count += 1
        return count
      }
      return "t\(getpid())-\(number)"
    }

    /// Where the router describes itself.
    package var descriptionURL: String { facts["ROUTER_DESCRIPTION_URL"] ?? "" }
    /// The router's public address.
    package var publicAddress: String { facts["ROUTER_WAN_ADDRESS"] ?? "" }
    package var hostAddress: String { facts["HOST_ADDRESS"] ?? "" }
    package var neighbourAddress: String { facts["NEIGHBOUR_ADDRESS"] ?? "" }

    /// Runs a program in a place of the lab and returns what it prints.
    @discardableResult
    package func run(in place: Place, _ command: [String]) async throws -> String {
      try await HomeScript.run(["exec", name, place.rawValue] + command)
    }

    /// Ends the router's daemon; its forwarding rules stay.
    package func stopRouter() async throws { _ = try await HomeScript.run(["router-stop", name]) }
    package func startRouter() async throws { _ = try await HomeScript.run(["router-start", name]) }
    /// Power cycle: rules and leases are gone.
    package func rebootRouter() async throws { _ = try await HomeScript.run(["router-reboot", name]) }

    /// Runs blocking calls on threads that stand in `place`.
    package func calls(in place: Place) -> BlockingCalls {
      let namespace = NetworkNamespace("rz-\(name)-\(place.rawValue)")
      return BlockingCalls { try namespace.enterOnThisThread() }
    }

    /// A finder that searches as the machine in `place` would.
    package func finder(in place: Place, _ change: (inout UPnPGatewayFinder.Options) -> Void = { _ in })
      -> UPnPGatewayFinder
    {
      var options = UPnPGatewayFinder.Options()
      options.interface = "eth0"
      options.searchDelay = .milliseconds(200)
      change(&options)
      return UPnPGatewayFinder(options, calls: calls(in: place))
    }
  }
#endif

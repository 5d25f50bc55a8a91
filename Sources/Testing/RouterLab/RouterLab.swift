#if os(Linux)
  package import UPnP

  /// The smallest laboratory: one home with a real router, a member's server and somebody else's device.
  package struct RouterLab: Sendable {
    /// A machine of the lab.
    package enum Place: String, Sendable, CaseIterable {
      case internet, router, host, neighbour

      var path: String { self == .internet ? rawValue : "home/\(rawValue)" }
    }

    /// The laboratory that this is.
    package let lab: Lab
    private let home: LabFacts.Home

    /// Why no lab can be made here; nil when one can. For `.enabled(if:)` of tests.
    package static var unavailable: String? { Lab.unavailable }

    /// Makes a home, runs `body` and removes the home, whatever happens.
    ///
    /// - Parameter options: of the home, such as `leases=file natpmp=on`, as in a `.lab` file.
    package static func with<Result>(
      _ options: String = "natpmp=off pcp=off",
      _ body: (RouterLab) async throws -> Result
    ) async throws -> Result {
      try await Lab.with("home home machines=host,neighbour \(options)") { lab in
        try await body(RouterLab(lab: lab, home: lab.home("home")))
      }
    }

    package var name: String { lab.name }
    /// Where the router describes itself.
    package var descriptionURL: String { home.router.descriptionURL }
    /// The router's public address.
    package var publicAddress: String { home.publicAddress }
    package var hostAddress: String { home.machines.first?.address ?? "" }
    package var neighbourAddress: String { home.machines.last?.address ?? "" }

    /// Runs a program in a place of the lab and returns what it prints.
    @discardableResult
    package func run(in place: Place, _ command: [String]) async throws -> String {
      try await lab.run(in: place.path, command)
    }

    /// Ends the router's daemon; its forwarding rules stay.
    package func stopRouter() async throws { try await lab.stopRouter(of: "home") }
    package func startRouter() async throws { try await lab.startRouter(of: "home") }
    /// Power cycle: rules and leases are gone.
    package func rebootRouter() async throws { try await lab.rebootRouter(of: "home") }

    /// Runs blocking calls on threads that stand in `place`.
    package func calls(in place: Place) -> BlockingCalls { lab.calls(in: place.path) }

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

    /// Runs `body` while a server stands on `port` of the lab's host and greets everybody who connects.
    package func serving<Result>(
      _ greeting: String,
      port: UInt16,
      _ body: () async throws -> Result
    ) async throws -> Result {
      try await lab.serving(greeting, on: Place.host.path, port: port, body)
    }

    /// What somebody on the internet reads from a port of the home's public address; nil when the connection fails.
    package func fetchFromInternet(port: UInt16) async throws -> String? {
      try await lab.fetch(publicAddress, port: port)
    }
  }
#endif

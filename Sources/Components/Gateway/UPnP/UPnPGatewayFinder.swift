/// Finds the home's router by a UPnP search, or by its known description URL.
package struct UPnPGatewayFinder: GatewayFinding {
  /// Where and how long to look.
  package struct Options: Sendable {
    /// The network interface that faces the home (or one of its addresses). Name it on machines with more than one,
    /// so that the search does not leave through a tunnel or a container bridge; nil lets the system choose.
    package var interface: String?
    /// Asks only here and never searches. For networks that drop multicast.
    package var descriptionURL: String?
    /// How long to wait for answers to a search. It ends at once when the default gateway has answered.
    package var searchDelay: Duration = .seconds(3)
    /// The longest a whole search may take.
    package var searchDeadline: Duration = .seconds(20)
    /// The longest one question to the router may take.
    package var callDeadline: Duration = .seconds(10)

    package init() {}
  }

  private let options: Options
  private let calls: BlockingCalls

  package init(_ options: Options = Options(), calls: BlockingCalls = BlockingCalls()) {
    self.options = options
    self.calls = calls
  }

  package func find(remembered: String?) async throws -> any PortMappingGateway {
    if let url = options.descriptionURL { return try await ask(url) }
    if let remembered, let gateway = try await answering(remembered), gateway.identity.isConnected { return gateway }
    return try await search()
  }

  private func search() async throws -> UPnPGateway {
    let search = try await calls.run("answer a search", deadline: options.searchDeadline) { [options] interruption in
      try SSDPSearch.run(
        interface: options.interface,
        gateways: DefaultRoute.gateways(),
        patience: options.searchDelay,
        interruption
      )
    }
    let urls = search.candidates
    if urls.isEmpty, let other = search.stranger {
      throw UPnPError(
        .noInternetGateway,
        "\(UPnPError.printable(other)) answers the search, but it is not this machine's default gateway; if it is the "
          + "router all the same, set the zone's gateway.descriptionURL to it"
      )
    }
    guard !urls.isEmpty else {
      throw UPnPError(
        .noRouter,
        "no router answers on the home's network; switch on UPnP in its settings, or declare the gateway as static"
      )
    }
    return try await best(of: urls)
  }

  /// The first connected gateway in order of preference, else the first gateway at all.
  private func best(of urls: [String]) async throws -> UPnPGateway {
    var fallback: UPnPGateway?
    for url in urls {
      guard let gateway = try await answering(url) else { continue }
      if gateway.identity.isConnected { return gateway }
      fallback = fallback ?? gateway
    }
    guard let fallback else {
      throw UPnPError(
        .noInternetGateway,
        "devices answer the search (\(urls.joined(separator: ", "))), but none of them forwards ports"
      )
    }
    return fallback
  }

  /// The gateway described at `url`; nil when there is none. Cancellation passes through.
  private func answering(_ url: String) async throws -> UPnPGateway? {
    do {
      return try await ask(url)
    } catch is UPnPError {
      return nil
    }
  }

  private func ask(_ url: String) async throws -> UPnPGateway {
    guard let address = WebAddress(url) else {
      throw UPnPError(
        .invalidRequest,
        "\(UPnPError.printable(url)) cannot be a router's description; write http://, the router's address as a "
          + "number, its port and path, such as http://192.168.1.1:5000/rootDesc.xml"
      )
    }
    return try await calls.run("describe itself", deadline: options.callDeadline) { [options, calls] interruption in
      let page = try RouterPage(address, interruption)
      let points = try page.controlPoints()
      guard case .v4(let local)? = page.localAddress, let first = points.first else {
        throw UPnPError(.noInternetGateway, "the device at \(address) does not forward ports of IPv4")
      }
      let connected = try Self.connected(points, interruption)
      let identity = page.identity(local: local, isConnected: connected != nil)
      let deadline = options.callDeadline
      return UPnPGateway(
        identity: identity,
        pinholes: page.description.firewall.map { _ in
          UPnPPinholes(page: address, udn: identity.udn, calls: calls, deadline: deadline)
        },
        point: connected ?? first,
        calls: calls,
        deadline: deadline
      )
    }
  }

  /// The first service whose connection is up, with one that has a public address before others: a router may have
  /// one for each line it ever had. Nil when all are down or do not answer.
  private static func connected(
    _ points: [RouterLibrary.ControlPoint],
    _ interruption: Interruption
  ) throws(UPnPError) -> RouterLibrary.ControlPoint? {
    var up: [RouterLibrary.ControlPoint] = []
    for point in points {
      do throws(UPnPError) {
        if try RouterLibrary(point, interruption).connection().isUp { up.append(point) }
      } catch {
        if interruption.isInterrupted { throw error }
      }
    }
    guard up.count > 1 else { return up.first }
    return up.first { point in
      ((try? RouterLibrary(point, interruption).externalAddress()) ?? nil).map { !$0.isReserved } ?? false
    } ?? up.first
  }
}

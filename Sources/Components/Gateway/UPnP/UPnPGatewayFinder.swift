/// Finds the home's router by a UPnP search, or by its known description URL.
package struct UPnPGatewayFinder: GatewayFinding {
  /// Where and how long to look.
  package struct Options: Sendable {
    /// The network interface that faces the home (or one of its addresses). Name it on machines with more than one,
    /// so that the search does not leave through a tunnel or a container bridge; nil lets the system choose.
    package var interface: String?
    /// Asks only here and never searches. For networks that drop multicast.
    package var descriptionURL: String?
    /// Quiet time after the last answer that ends a search; four times this when nobody answers.
    package var searchDelay: Duration = .seconds(1)
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
    let (found, urls) = try await calls.run("answer a search", deadline: options.searchDeadline) { [options] in
      let delay = options.searchDelay / Duration.milliseconds(1)
      let found = try RouterLibrary.search(interface: options.interface, delay: Int32(min(max(delay, 50), 5000)))
      return (found, RouterDescription.candidates(found, defaultGateways: DefaultRoute.gateways()))
    }
    if urls.isEmpty, let other = found.first {
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
    try await calls.run("describe itself", deadline: options.callDeadline) { [options, calls] in
      guard let description = RouterLibrary.describe(url) else {
        throw UPnPError(.unreachable, "no UPnP device answers at \(UPnPError.printable(url))")
      }
      let points = description.services.filter {
        RouterDescription.host(ofURL: $0.url) == RouterDescription.host(ofURL: url)
      }
      guard let local = description.localAddress, let first = points.first else {
        throw UPnPError(.noInternetGateway, "the device at \(UPnPError.printable(url)) does not forward ports")
      }
      let connected = points.first(where: RouterLibrary.isConnected)
      return UPnPGateway(
        identity: GatewayIdentity(descriptionURL: url, localAddress: local, isConnected: connected != nil),
        point: connected ?? first,
        calls: calls,
        deadline: options.callDeadline
      )
    }
  }
}

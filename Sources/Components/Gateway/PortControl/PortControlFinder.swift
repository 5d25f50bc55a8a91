package import UPnP

/// Finds out whether the machine's default gateway speaks PCP or NAT-PMP.
package struct PortControlFinder: GatewayFinding {
  /// What to try, and how long.
  package struct Options: Sendable {
    /// Which protocols may be found; `upnp` is ignored. With both, PCP is preferred.
    package var methods: Set<PortMappingMethod> = [.pcp, .natpmp]
    /// The longest a search may take when nobody answers.
    package var searchDeadline: Duration = .seconds(2)
    /// The longest one question to the router may take.
    package var callDeadline: Duration = .seconds(10)
    /// Asks here instead of at the default gateway, and then for IPv6 only at `router6`.
    package var router: ControlEndpoint?
    /// The same for IPv6.
    package var router6: ControlEndpoint?

    package init() {}
  }

  private let options: Options
  private let shell: ControlShell
  private let memory = RouterMemory()
  private let nonce: @Sendable (PortMappingKey) -> PCPNonce

  /// - Parameter nonce: what proves to a PCP router that a mapping is ours: always the same for a key, so that it can
  ///   be renewed after a restart, and not to be guessed by other devices of the home. Derive it from a secret.
  package init(
    _ options: Options = Options(),
    calls: BlockingCalls = BlockingCalls(),
    nonce: @escaping @Sendable (PortMappingKey) -> PCPNonce
  ) {
    (self.options, self.nonce, shell) = (options, nonce, ControlShell(calls: calls))
  }

  /// - Parameter remembered: of no use here, where searching is one question.
  package func find(remembered: String?) async throws -> any PortMappingGateway {
    let held = try await discover()
    let finding = held.outcome
    guard let method = finding.method else { throw Self.nobody(held.server, finding) }
    guard let local = held.client.ipv4 else {
      throw UPnPError(.noRouter, "the router \(held.server) has no IPv4 address, so it cannot forward ports")
    }
    return PortControlGateway(
      identity: GatewayIdentity(descriptionURL: "", localAddress: local, isConnected: finding.isConnected),
      method: method == .pcp ? .pcp : .natpmp,
      router: held.server,
      tellsAddressInNATPMP: finding.natPMP != nil,
      shell: shell,
      memory: memory,
      nonce: nonce,
      deadline: options.callDeadline,
      pinholes: method == .pcp ? try await pinholes() : nil
    )
  }

  /// How long a router that speaks PCP over IPv4 may take to say that it does so over IPv6 too.
  private static let pinholePatience = Duration.milliseconds(500)

  /// The IPv6 firewall of the default gateway for IPv6, when that speaks PCP.
  private func pinholes() async throws -> PCPPinholes? {
    let router = try await shell.calls.run("look at the IPv6 routes", deadline: options.searchDeadline) {
      [options] in options.router6 ?? (options.router == nil ? IPv6DefaultRoute.gateway() : nil)
    }
    guard let router else { return nil }
    let pinholes = memory.pinholes(of: router) {
      PCPPinholes(router: router, shell: shell, nonce: nonce, deadline: options.callDeadline)
    }
    return try await pinholes.answers(within: Self.pinholePatience) ? pinholes : nil
  }

  private func discover() async throws -> ControlShell.Held<ControlDiscovery.Finding> {
    let protocols = Self.protocols(options.methods)
    return try await shell.hold(
      "say whether it speaks PCP or NAT-PMP",
      within: options.searchDeadline,
      with: { [router = options.router] in try router ?? Self.defaultGateway() }
    ) {
      ControlDiscovery(protocols, of: $0, client: $1, at: $2, deadline: $3)
    }
  }

  private static func protocols(_ methods: Set<PortMappingMethod>) -> ControlDiscovery.Protocols {
    var protocols: ControlDiscovery.Protocols = []
    if methods.contains(.pcp) { protocols.insert(.pcp) }
    if methods.contains(.natpmp) { protocols.insert(.natPMP) }
    return protocols
  }

  private static func defaultGateway() throws -> ControlEndpoint {
    guard let gateway = DefaultRoute.gateways().first else {
      throw UPnPError(.noRouter, "this machine has no default gateway, so there is no router to ask")
    }
    return ControlEndpoint(ControlAddress(gateway))
  }

  private static func nobody(_ router: ControlEndpoint, _ finding: ControlDiscovery.Finding) -> UPnPError {
    let manner = finding.isPortClosed ? "says that nothing listens there" : "does not answer"
    return UPnPError(
      .noRouter,
      "the default gateway \(router) \(manner), so it speaks neither PCP nor NAT-PMP; switch one on in its settings, "
        + "or declare the gateway as static"
    )
  }
}

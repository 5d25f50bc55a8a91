package import UPnP

/// What the facts come to, before it is put into words.
package enum Finding: Hashable, Sendable {
  /// Why nobody has looked from outside.
  package enum Unseen: Hashable, Sendable {
    case notYet, noProber, udp
    case noAnswer([String])
    case inside(prober: String, address: String)
  }

  case reachable(prober: String, address: IPv4Address)
  case unreachable(PortView, prober: String, address: IPv4Address)
  case staticUnreachable(PortView, prober: String, address: IPv4Address)
  case mapped(Unseen, isPermanent: Bool)
  case staticUnseen(Unseen)
  case notListening
  case conflict(RouterSays.Holder)
  case refused(UPnPErrorCode)
  case otherPort(UInt16)
  case noGateway
  case deadRouter(IPv4Address?)
  case upnpDisabled(IPv4Address)
  case multicastBlocked(IPv4Address)
  case silentRouter
  case routerFailed(String)
  case carrierNAT(IPv4Address)
  case doubleNAT(IPv4Address)
  /// The router tells of no public address, and the next box above it has one of a provider's own.
  case carrierAbove(IPv4Address)
  /// The same, and the next box has a private one.
  case routerAbove(IPv4Address)
  case addressDiffers(router: IPv4Address, outside: IPv4Address)
  case disagreement([InternetSays.Statement])
  case notAskedYet
  case homeVerified(address: IPv4Address?)
  case homeUnverified(address: IPv4Address?, HomeWait)

  package var word: Verdict.Word {
    switch self {
    case .reachable, .homeVerified: .reachable
    case .unreachable, .staticUnreachable: .unreachable
    case .mapped: .mapped
    case .notListening: .notListening
    case .conflict: .conflicting
    case .refused, .otherPort: .refused
    case .noGateway, .deadRouter, .multicastBlocked: .noRouter
    case .upnpDisabled: .upnpDisabled
    case .carrierNAT, .carrierAbove, .addressDiffers: .carrierNAT
    case .doubleNAT, .routerAbove: .doubleNAT
    case .staticUnseen, .silentRouter, .routerFailed, .disagreement, .notAskedYet, .homeUnverified: .unknown
    }
  }
}

// MARK: - One port

extension Finding {
  /// What somebody saw from outside outweighs everything; then comes the nearest cause.
  package init(_ facts: PortFacts) {
    if case .looked(.arrived, let prober, let address) = facts.prober {
      self = .reachable(prober: prober, address: address)
    } else {
      self = facts.isStatic ? Self.byHand(facts) : Self.byRouter(facts)
    }
  }

  private static func byHand(_ facts: PortFacts) -> Finding {
    if facts.isListening == false { return .notListening }
    if case .looked(let view, let prober, let address) = facts.prober {
      return .staticUnreachable(view, prober: prober, address: address)
    }
    if case .disagreement(let statements) = facts.internet { return .disagreement(statements) }
    return .staticUnseen(Unseen(facts))
  }

  private static func byRouter(_ facts: PortFacts) -> Finding {
    if let finding = above(facts.router, facts.secondHop) ?? behind(facts) { return finding }
    if let problem = problem(facts.router) { return problem }
    guard case .mapped(let address, let isPermanent) = facts.router else { return .notAskedYet }
    var outside = facts.internet.agreed
    if case .looked(_, _, let seen) = facts.prober { outside = seen }
    if let finding = translation(address, outside) { return finding }
    if facts.isListening == false { return .notListening }
    if case .looked(let view, let prober, let seen) = facts.prober {
      return .unreachable(view, prober: prober, address: seen)
    }
    if case .disagreement(let statements) = facts.internet { return .disagreement(statements) }
    return .mapped(Unseen(facts), isPermanent: isPermanent)
  }

  /// Why the router does not forward; nil when it does, or was not asked.
  private static func problem(_ router: RouterSays) -> Finding? {
    switch router {
    case .notYet, .mapped: nil
    case .conflict(let holder): .conflict(holder)
    case .refused(.conflictWithOtherMechanism): .conflict(.router)
    case .refused(.conflict): .conflict(.undisclosed)
    case .refused(let code): .refused(code)
    case .otherPort(let port): .otherPort(port)
    case .silent: .silentRouter
    case .failed(let clause): .routerFailed(clause)
    case .notFound(let search): lost(search)
    }
  }

  private static func lost(_ search: RouterSearch) -> Finding {
    guard let gateway = search.gateway else { return .noGateway }
    if search.answersAlone { return .multicastBlocked(gateway) }
    return search.isAlive == true ? .upnpDisabled(gateway) : .deadRouter(gateway)
  }

  /// A router without a public address tells of none, and fails when it is asked for ports (miniupnpd: 501 in UPnP, no
  /// resources in PCP); then the next box above it tells why. Where the router is known to have an address, that box is
  /// not looked for: many providers number their own lines privately.
  private static func above(_ router: RouterSays, _ hop: IPv4Address?) -> Finding? {
    switch router {
    case .refused(.actionFailed), .refused(.noPortsAvailable), .mapped(nil, _): break
    default: return nil
    }
    guard let hop, hop.isReserved else { return nil }
    return hop.isSharedByProvider ? .carrierAbove(hop) : .routerAbove(hop)
  }

  /// A router whose own address is not public fails the same way; that is why, whatever reason it gives.
  private static func behind(_ facts: PortFacts) -> Finding? {
    guard case .refused(let code) = facts.router, [.actionFailed, .noPortsAvailable].contains(code) else { return nil }
    return translation(facts.routerAddress, facts.internet.agreed)
  }

  /// Another box that translates addresses above the router; nil when there is none to be seen.
  private static func translation(_ router: IPv4Address?, _ outside: IPv4Address?) -> Finding? {
    guard let router else { return nil }
    if router.isSharedByProvider { return .carrierNAT(router) }
    if router.isReserved { return .doubleNAT(router) }
    guard let outside, outside != router else { return nil }
    return .addressDiffers(router: router, outside: outside)
  }
}

extension Finding.Unseen {
  init(_ facts: PortFacts) {
    if facts.port.key.transport == .udp {
      self = .udp
      return
    }
    switch facts.prober {
    case .notAsked(.noProber): self = .noProber
    case .notAsked(.udp): self = .udp
    case .notAsked(.notYet), .looked: self = .notYet
    case .noAnswer(let probers): self = .noAnswer(probers.sorted())
    case .inside(let prober, let address): self = .inside(prober: prober, address: address)
    }
  }
}

// MARK: - A home

extension Finding {
  /// The home's own way to the internet; what its ports need is told with them.
  package init(_ facts: HomeFacts) {
    self = Self.home(facts)
  }

  private static func home(_ facts: HomeFacts) -> Finding {
    let outside = facts.seenByPeer ?? facts.internet.agreed
    if facts.ports[.reachable, default: 0] > 0 { return .homeVerified(address: outside) }
    if !facts.isStatic, let finding = above(facts.router, facts.secondHop) { return finding }
    if !facts.isStatic, let problem = problem(facts.router) { return problem }
    if case .mapped(let address, _) = facts.router, let finding = translation(address, outside) { return finding }
    if facts.seenByPeer == nil, case .disagreement(let statements) = facts.internet {
      return .disagreement(statements)
    }
    if case .mapped(let address?, _) = facts.router { return .homeUnverified(address: address, facts.wait) }
    return outside == nil && !facts.isStatic ? .notAskedYet : .homeUnverified(address: outside, facts.wait)
  }
}

extension IPv4Address {
  /// In the range that providers share among customers (RFC 6598).
  package var isSharedByProvider: Bool { rawValue >> 22 == 0x6440_0000 >> 22 }
}

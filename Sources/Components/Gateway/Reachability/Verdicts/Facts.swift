package import UPnP

/// One public port, and what it leads to.
package struct PublicPort: Hashable, Sendable {
  package let zone: String
  /// The service that it is for.
  package let service: String
  package let key: PortMappingKey
  package let internalPort: UInt16

  package init(zone: String, service: String, key: PortMappingKey, internalPort: UInt16) {
    (self.zone, self.service, self.key, self.internalPort) = (zone, service, key, internalPort)
  }
}

/// All that is known of one public port, from whom it is known.
package struct PortFacts: Hashable, Sendable {
  package var port: PublicPort
  /// True when a person forwards ports by hand.
  package var isStatic: Bool
  package var router: RouterSays
  /// The router's own address on the internet, when it told of one with any port.
  package var routerAddress: IPv4Address?
  package var internet: InternetSays
  package var prober: ProberSays
  /// Whether something on this machine listens for it; nil when that could not be seen.
  package var isListening: Bool?
  /// The router's address on the home's network, when known.
  package var gateway: IPv4Address?
  /// The next box above the router, when it gave itself away.
  package var secondHop: IPv4Address?

  package init(
    port: PublicPort,
    isStatic: Bool = false,
    router: RouterSays = .notYet,
    internet: InternetSays = .notAsked,
    prober: ProberSays = .notAsked(.notYet),
    isListening: Bool? = nil,
    gateway: IPv4Address? = nil
  ) {
    (self.port, self.isStatic, self.router, self.internet) = (port, isStatic, router, internet)
    (self.prober, self.isListening, self.gateway) = (prober, isListening, gateway)
  }
}

/// All that is known of a home's way to the internet.
package struct HomeFacts: Hashable, Sendable {
  package var zone: String
  package var isStatic: Bool
  /// `mapped` stands for a router that was found and answers.
  package var router: RouterSays
  package var internet: InternetSays
  /// The address that a node of another home saw this one under.
  package var seenByPeer: IPv4Address?
  /// How many public ports have which verdict.
  package var ports: [Verdict.Word: Int]
  package var gateway: IPv4Address?
  package var secondHop: IPv4Address?
  /// Why nobody has connected from outside.
  package var wait = HomeWait.look

  package init(
    zone: String,
    isStatic: Bool = false,
    router: RouterSays = .notYet,
    internet: InternetSays = .notAsked,
    seenByPeer: IPv4Address? = nil,
    ports: [Verdict.Word: Int] = [:],
    gateway: IPv4Address? = nil
  ) {
    (self.zone, self.isStatic, self.router, self.internet) = (zone, isStatic, router, internet)
    (self.seenByPeer, self.ports, self.gateway) = (seenByPeer, ports, gateway)
  }
}

/// What the home's router said of a port.
package enum RouterSays: Hashable, Sendable {
  /// Nothing was asked so far.
  case notYet
  /// It forwards the port.
  ///
  /// - Parameters:
  ///   - address: its own address on the internet; nil when it has none or does not tell.
  ///   - isPermanent: it keeps mappings without an end only.
  case mapped(address: IPv4Address?, isPermanent: Bool)
  case conflict(Holder)
  /// It refused, with a code of the standard.
  case refused(UPnPErrorCode)
  /// It would only forward another port.
  case otherPort(UInt16)
  case notFound(RouterSearch)
  /// It was found before, and no longer answers.
  case silent
  /// It answered something that leads nowhere; a clause in plain words.
  case failed(String)

  /// Who holds a port.
  package enum Holder: Hashable, Sendable {
    /// A device of the home that is none of ours; its address, and the label it left.
    case device(address: String, label: String)
    /// Another node of this cluster, by its address.
    case otherNode(address: String)
    /// Another rhizome, by its short id.
    case otherCluster(id: String)
    /// The router itself, or a rule made by hand on it.
    case router
    /// The router does not say.
    case undisclosed
  }
}

/// What was seen on the way to a router that was not found.
package struct RouterSearch: Hashable, Sendable {
  /// Where packets for the internet go; nil when this machine knows no way there.
  package var gateway: IPv4Address?
  /// Whether that router tells of itself when asked alone, although it did not answer the search.
  package var answersAlone: Bool
  /// Whether anything answers at its address; nil when nobody tried.
  package var isAlive: Bool?

  package init(gateway: IPv4Address? = nil, answersAlone: Bool = false, isAlive: Bool? = nil) {
    (self.gateway, self.answersAlone, self.isAlive) = (gateway, answersAlone, isAlive)
  }
}

/// Under which address servers on the internet (STUN) see the home.
package enum InternetSays: Hashable, Sendable {
  case notAsked
  /// None of these servers answered.
  case silent([String])
  /// Everybody who answered said the same.
  case address(IPv4Address)
  /// They contradict each other, so at least one is wrong.
  case disagreement([Statement])

  package struct Statement: Hashable, Sendable, Comparable {
    package let server: String
    package let address: IPv4Address

    package init(server: String, address: IPv4Address) { (self.server, self.address) = (server, address) }

    package static func < (left: Self, right: Self) -> Bool {
      (left.server, left.address) < (right.server, right.address)
    }
  }

  /// Weighs what servers said.
  package init(_ statements: [Statement], silent: [String]) {
    let addresses = Set(statements.map(\.address))
    switch (addresses.count, addresses.first) {
    case (0, _): self = silent.isEmpty ? .notAsked : .silent(silent.sorted())
    case (1, let address?): self = .address(address)
    default: self = .disagreement(statements.sorted())
    }
  }

  var agreed: IPv4Address? { if case .address(let address) = self { address } else { nil } }
}

/// What a node of another home saw.
package enum ProberSays: Hashable, Sendable {
  case notAsked(Reason)
  /// These were asked and did not answer.
  case noAnswer([String])
  /// It sees us under an address that is not on the internet, so its view is none from outside.
  case inside(prober: String, address: String)
  case looked(PortView, prober: String, address: IPv4Address)

  /// Why nobody looked.
  package enum Reason: Hashable, Sendable {
    case notYet
    /// No node of another home offers to look.
    case noProber
    /// The port is UDP, where silence says nothing.
    case udp
  }
}

/// What came of one connection from outside.
package enum PortView: Hashable, Sendable {
  /// It was made, and this machine saw it arrive.
  case arrived
  /// It was made, and never arrived here: something else answers at that address.
  case answeredElsewhere
  /// It was refused at once.
  case refused
  /// Nobody answered.
  case timedOut
  /// The way there does not exist.
  case noWay
}

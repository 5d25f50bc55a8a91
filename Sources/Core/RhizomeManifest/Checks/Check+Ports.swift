internal import RhizomeModel

/// Which ports services take, in homes and on machines.
extension Check {
  /// One owner for each public port of a home, and for each port of a machine.
  ///
  /// Services that may go to several places avoid each other; told are those that cannot.
  @Sendable static func claims(_ catalog: Catalog, _ report: inout Report) {
    let homes = PortHomes(catalog)
    for service in catalog.all(.service) {
      for clash in doubles(in: service) { report.add(describe(clash, catalog, homes)) }
      for clash in clashes(of: service, catalog) { report.add(describe(clash, catalog, homes)) }
    }
  }

  /// Two that want one port.
  private struct Clash {
    let isPublic: Bool
    let claim: PortClaim
    let first: PortClaim.Owner
    let second: PortClaim.Owner
  }

  /// Two ports of one service with one number.
  private static func doubles(in service: Declaration) -> [Clash] {
    let demand = Demand(service.address.name, service.spec)
    return [(true, demand.publicPorts), (false, demand.localPorts)].flatMap { isPublic, ports in
      var seen: [PortClaim: PortClaim.Owner] = [:]
      return ports.compactMap { port -> Clash? in
        let (claim, owner) = (port.claim(in: ""), port.owner(demand.name))
        guard let first = seen[claim] else {
          seen[claim] = owner
          return nil
        }
        return Clash(isPublic: isPublic, claim: claim, first: first, second: owner)
      }
    }
  }

  /// The ports of others that keep a service from having its place, each told once.
  private static func clashes(of service: Declaration, _ catalog: Catalog) -> [Clash] {
    let name = service.address.name
    let demand = Demand(name, service.spec)
    var told: Set<PortClaim.Owner> = []
    return (catalog.placement.shortages[name]?.refusals ?? []).compactMap { _, refusal -> Clash? in
      guard let owner = refusal.portOwner(otherThan: name), told.insert(owner).inserted else { return nil }
      switch refusal {
      case .publicPort(let claim, _): return clash(true, claim, owner, demand.publicPorts, demand)
      case .localPort(let claim, _): return clash(false, claim, owner, demand.localPorts, demand)
      case .lack, .drained: return nil
      }
    }
  }

  private static func clash(
    _ isPublic: Bool,
    _ claim: PortClaim,
    _ owner: PortClaim.Owner,
    _ ports: [Demand.Port],
    _ demand: Demand
  ) -> Clash? {
    let port = ports.first { $0.transport == claim.transport && $0.number == claim.number }
    return port.map { Clash(isPublic: isPublic, claim: claim, first: owner, second: $0.owner(demand.name)) }
  }

  /// Told at the place that comes later in the files, whichever service chose first.
  private static func describe(_ clash: Clash, _ catalog: Catalog, _ homes: PortHomes) -> Diagnostic {
    let places = [clash.first, clash.second].map { ($0, catalog.location(of: $0, isPublic: clash.isPublic)) }
      .sorted { $0.1 < $1.1 }
    let what = clash.isPublic ? "public port" : "port"
    let kind = clash.isPublic ? "Zone" : "Node"
    let place = clash.claim.place.isEmpty ? "" : " of \(kind)/\(clash.claim.place)"
    let free = clash.isPublic ? homes.free(like: clash.claim) : nil
    let help =
      clash.isPublic
      ? free.map { "port \($0) is free in this home" } : "choose another port, or place them on different machines"
    return Diagnostic(
      .portClaimedTwice,
      "\(what) \(clash.claim.number)/\(clash.claim.transport)\(place) is claimed by Service/\(places[0].0.service) already",
      at: places[1].1,
      suggestion: help,
      related: [.init(location: places[0].1, message: "claimed here first")]
    )
  }

  /// Public ports within what their home has, and homes that share a public address apart from each other.
  @Sendable static func homePorts(_ catalog: Catalog, _ report: inout Report) {
    let homes = PortHomes(catalog)
    for port in catalog.publicPorts {
      let range = homes.range(of: port.zone)
      if !range.contains(port.external) { report.add(outside(port, range, catalog, homes)) }
    }
    for (first, second) in homes.sharing {
      if let diagnostic = overlap(first, second) { report.add(diagnostic) }
    }
    for (port, other) in homes.claimedInBoth(catalog.publicPorts) { report.add(shared(port, other, catalog, homes)) }
  }

  private static func outside(
    _ port: PublicPort,
    _ range: ClosedRange<Int64>,
    _ catalog: Catalog,
    _ homes: PortHomes
  ) -> Diagnostic {
    let free = homes.free(like: port.claim)
    let isWellKnown = port.external < 1_024 && range.lowerBound >= 1_024
    let remark = isWellKnown ? "; people then write it behind the name, as in name:\(free ?? range.lowerBound)" : ""
    return Diagnostic(
      .portOutsideRange,
      "Zone/\(port.zone) has the ports \(range.lowerBound) to \(range.upperBound) only, not \(port.external)",
      at: catalog.location(of: port),
      suggestion: free.map { "port \($0) is free in this home\(remark)" } ?? "no port of this home is free"
    )
  }

  /// Two homes behind one public address whose ranges overlap.
  private static func overlap(_ first: Declaration, _ second: Declaration) -> Diagnostic? {
    let path = FieldPath(["gateway", "portRange"])
    let (one, two) = (PortHomes.written(first), PortHomes.written(second))
    guard let one, let two, one.overlaps(two) else { return nil }
    let common = "\(max(one.lowerBound, two.lowerBound)) to \(min(one.upperBound, two.upperBound))"
    let message = "\(second.address) and \(first.address) share a public address, and both have the ports \(common)"
    return Diagnostic(
      .portClaimedTwice,
      message,
      at: second.location(of: path),
      suggestion: "give each home ports of its own",
      related: [.init(location: first.location(of: path), message: "the other range")]
    )
  }

  /// One port of a public address that two homes share.
  private static func shared(_ port: PublicPort, _ other: PublicPort, _ catalog: Catalog, _ homes: PortHomes)
    -> Diagnostic
  {
    let name = "\(port.external)/\(port.transport)"
    let isOne = port.service == other.service
    let message =
      isOne
      ? "public port \(name) of Service/\(port.service) is wanted in Zone/\(other.zone) and Zone/\(port.zone), which share"
        + " a public address"
      : "public port \(name) is claimed by Service/\(other.service) in Zone/\(other.zone), which shares the public address"
        + " of Zone/\(port.zone)"
    return Diagnostic(
      .portClaimedTwice,
      message,
      at: catalog.location(of: port),
      suggestion: homes.free(like: port.claim).map { "port \($0) is free in Zone/\(port.zone)" },
      related: isOne ? [] : [.init(location: catalog.location(of: other), message: "claimed here first")]
    )
  }

  /// Ports of a machine on which the embedded engines listen unless the daemon was told otherwise.
  @Sendable static func builtinPorts(_ catalog: Catalog, _ report: inout Report) {
    for service in catalog.all(.service) {
      for (name, port) in service.spec["ports"].map ?? [:] {
        guard let number = port["port"].integer, port["protocol"].text != "udp" else { continue }
        guard let engine = builtinEngines[number], engine != service.spec["run"]["builtin"].text else { continue }
        let location = service.location(of: FieldPath(["ports", name, "port"]))
        let message = "on every machine, Rhizome's own \(engine) engine listens on port \(number)"
        let help = "choose another port, or move the engine with: rhizome agent --\(engine)-listen HOST:PORT"
        report.add(Diagnostic(.builtinPort, message, at: location, suggestion: help, severity: .warning))
      }
    }
  }

  /// The daemon's defaults.
  private static let builtinEngines: [Int64: String] = [3_900: "s3", 3_902: "web", 1_389: "ldap"]
}

extension PublicPort {
  var claim: PortClaim { PortClaim(place: zone, transport: transport, number: external) }
}

extension Catalog {
  /// The public ports of all instances, in the order of the files.
  var publicPorts: [PublicPort] {
    all(.service).flatMap { PublicPort.all(of: $0.address.name, spec: $0.spec, in: placement) }
  }

  /// Where the number of a public port is written.
  func location(of port: PublicPort) -> SourceLocation {
    self[.service, port.service]?.location(of: port.path) ?? start
  }

  /// Where the number of a port is written.
  fileprivate func location(of owner: PortClaim.Owner, isPublic: Bool) -> SourceLocation {
    let path = isPublic ? PublicPort.path(owner.port) : FieldPath(["ports", owner.port, "port"])
    return self[.service, owner.service]?.location(of: path) ?? start
  }
}

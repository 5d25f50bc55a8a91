internal import RhizomeModel

/// Where services can run.
extension Check {
  /// Enough machines, and enough homes where a public port is wanted.
  @Sendable static func placement(_ catalog: Catalog, _ report: inout Report) {
    let places = catalog.all(.node) + catalog.all(.zone)
    guard catalog.isComplete, places.allSatisfy({ !$0.hasErrors && $0.isRooted(in: catalog) }) else { return }
    for service in catalog.all(.service) where !service.hasErrors && service.isRooted(in: catalog) {
      guard let shortage = catalog.placement.shortages[service.address.name] else { continue }
      if let diagnostic = describe(shortage, service, catalog) { report.add(diagnostic) }
    }
  }

  private static func describe(_ shortage: PlacementShortage, _ service: Declaration, _ catalog: Catalog)
    -> Diagnostic?
  {
    if shortage.fitting == 0 { return nobodyFits(service, catalog) }
    // A port in the way is told by `claims`, with both places.
    if shortage.hasPortClash(of: service.address.name) { return nil }
    let isPublic = !Demand(service.address.name, service.spec).publicPorts.isEmpty
    let room = isPublic ? shortage.homes : shortage.fitting
    if shortage.wanted > room { return tooMany(shortage.wanted, room, isPublic, service) }
    return noRoom(shortage, service)
  }

  private static func nobodyFits(_ service: Declaration, _ catalog: Catalog) -> Diagnostic {
    let machines = catalog.placement.machines.keys.sorted()
    let help =
      machines.isEmpty ? "declare a Node" : "loosen 'placement', or label a Node; there is \(names(machines))"
    let location = service.location(of: FieldPath(["placement"]))
    return Diagnostic(.noPlace, "no machine fits \(service.address)", at: location, suggestion: help)
  }

  private static func tooMany(_ wanted: Int, _ room: Int, _ isPublic: Bool, _ service: Declaration) -> Diagnostic {
    let why = isPublic ? "a public port has one owner in each home" : "a machine runs one instance of a service"
    let what = isPublic ? count(room, "home") : count(room, "machine")
    let message = "\(wanted) instances do not fit on \(what): \(why)"
    let location = service.location(of: FieldPath(["replicas"]))
    return Diagnostic(.noPlace, message, at: location, suggestion: "write replicas: \(room), or add places")
  }

  /// The machines fit, and are full or drained. While a machine is drained, fewer instances are what was asked for.
  private static func noRoom(_ shortage: PlacementShortage, _ service: Declaration) -> Diagnostic {
    let drained = shortage.refusals.count { $0.refusal == .drained }
    let isTemporary = drained >= shortage.wanted - shortage.placed
    let reasons = shortage.refusals.map { "Node/\($0.machine): \($0.refusal)" }
    let message =
      "\(shortage.placed) of \(shortage.wanted) wanted instances of \(service.address) find a place; "
      + names(reasons, joinedBy: "; ")
    let help = isTemporary ? "end the maintenance, or loosen 'placement'" : "ask for less in 'needs', or add places"
    return Diagnostic(
      .noPlace,
      message,
      at: service.location(of: FieldPath(["placement"])),
      suggestion: help,
      severity: isTemporary ? .warning : .error
    )
  }

  private static func names(_ all: [String], joinedBy separator: String = ", ") -> String {
    let shown = all.prefix(5).joined(separator: separator)
    return all.count > 5 ? "\(shown) and \(all.count - 5) more" : shown
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  /// A range that ends before it begins, and public ports in homes that do not say how they are opened.
  @Sendable static func gateways(_ catalog: Catalog, _ report: inout Report) {
    for zone in catalog.all(.zone) {
      let range = zone.spec["gateway"]["portRange"]
      if let from = range["from"].integer, let to = range["to"].integer, from > to {
        let location = zone.location(of: FieldPath(["gateway", "portRange", "to"]))
        report.add(Diagnostic(.outOfRange, "the range ends at \(to), before it begins at \(from)", at: location))
      }
      waysToAsk(of: zone, &report)
      publicAddress(of: zone, &report)
    }
    for port in catalog.publicPorts {
      guard let zone = catalog[.zone, port.zone], zone.specNode?["gateway"]?.value["mode"] == nil else { continue }
      let message = "Zone/\(port.zone) does not say how ports are opened, so nobody outside reaches this one"
      let help = "write 'gateway: {mode: upnp}' in Zone/\(port.zone), or mode: none to be content with that"
      let location = catalog.location(of: port)
      report.add(Diagnostic(.noGateway, message, at: location, suggestion: help, severity: .warning))
    }
  }
}

extension PlacementShortage {
  /// True when a port of another service stands in the way.
  func hasPortClash(of service: String) -> Bool {
    refusals.contains { $0.refusal.portOwner(otherThan: service) != nil }
  }
}

extension PlacementRefusal {
  /// Who has the port that is in the way; nil when it is the service itself, or something else than a port.
  func portOwner(otherThan service: String) -> PortClaim.Owner? {
    switch self {
    case .publicPort(_, let owner), .localPort(_, let owner): owner.service == service ? nil : owner
    case .lack, .drained: nil
    }
  }
}

extension Declaration {
  /// Everything that it names exists.
  fileprivate func isRooted(in catalog: Catalog) -> Bool {
    uses.allSatisfy { catalog.declarations[$0.target] != nil }
  }
}

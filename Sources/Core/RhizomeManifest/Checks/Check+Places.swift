internal import RhizomeModel

/// Where services can run, and which ports they take there.
extension Check {
  /// Enough machines, and enough homes where a public port is wanted.
  @Sendable static func placement(_ catalog: Catalog, _ report: inout Report) {
    let places = catalog.all(.node) + catalog.all(.zone)
    guard catalog.isComplete, places.allSatisfy({ !$0.hasErrors && $0.isRooted(in: catalog) }) else { return }
    let index = PlacementIndex(catalog)
    for service in catalog.all(.service) where !service.hasErrors && service.isRooted(in: catalog) {
      check(service, index, &report)
    }
  }

  private static func check(_ service: Declaration, _ index: PlacementIndex, _ report: inout Report) {
    let wanted = service.spec["replicas"].integer ?? 1
    let machines = index.machines(for: service.spec)
    guard wanted > 0 else { return }
    if machines.isEmpty {
      let help =
        index.machines.isEmpty
        ? "declare a Node" : "loosen 'placement', or label a Node; there is \(names(index.machines))"
      let location = service.location(of: FieldPath(["placement"]))
      report.add(Diagnostic(.noPlace, "no machine fits \(service.address)", at: location, suggestion: help))
      return
    }
    let isPublic = !PublicPort.all(of: service.address.name, spec: service.spec, in: index).isEmpty
    let zones = PlacementIndex.zones(of: machines)
    let room = isPublic ? zones.count : machines.count
    guard wanted > room else { return }
    let why = isPublic ? "a public port has one owner in each home" : "a machine runs one instance of a service"
    let what = isPublic ? count(room, "home") : count(room, "machine")
    let message = "\(wanted) instances do not fit on \(what): \(why)"
    let location = service.location(of: FieldPath(["replicas"]))
    report.add(Diagnostic(.noPlace, message, at: location, suggestion: "write replicas: \(room), or add places"))
  }

  private static func names(_ machines: [PlacementIndex.Machine]) -> String {
    let shown = machines.prefix(5).map(\.name).joined(separator: ", ")
    return machines.count > 5 ? "\(shown) and \(machines.count - 5) more" : shown
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  /// One owner for each public port of a home, within the ports that the home has.
  @Sendable static func publicPorts(_ catalog: Catalog, _ report: inout Report) {
    let index = PlacementIndex(catalog)
    let ports = catalog.all(.service).flatMap {
      PublicPort.all(of: $0.address.name, spec: $0.spec, in: index)
    }
    let taken = Set(ports.map(\.mappingName))
    var owners: [String: PublicPort] = [:]
    for port in ports {
      guard let service = catalog[.service, port.service] else { continue }
      let range = portRange(of: port.zone, catalog)
      if let owner = owners[port.mappingName] {
        report.add(clash(port, owner, service, catalog, free: nextFree(port, taken, range)))
      } else {
        owners[port.mappingName] = port
      }
      if !range.contains(port.external) { report.add(outside(port, service, range)) }
    }
  }

  private static func clash(
    _ port: PublicPort,
    _ owner: PublicPort,
    _ service: Declaration,
    _ catalog: Catalog,
    free: Int64?
  ) -> Diagnostic {
    let first = catalog[.service, owner.service]?.location(of: owner.path) ?? catalog.start
    let name = "\(port.external)/\(port.transport)"
    return Diagnostic(
      .portClaimedTwice,
      "public port \(name) of Zone/\(port.zone) is claimed by Service/\(owner.service) already",
      at: service.location(of: port.path),
      suggestion: free.map { "port \($0) is free in this home" },
      related: [.init(location: first, message: "claimed here first")]
    )
  }

  private static func outside(_ port: PublicPort, _ service: Declaration, _ range: ClosedRange<Int64>) -> Diagnostic {
    Diagnostic(
      .portOutsideRange,
      "Zone/\(port.zone) has the ports \(range.lowerBound) to \(range.upperBound) only, not \(port.external)",
      at: service.location(of: port.path),
      suggestion: "choose a port from this range"
    )
  }

  private static func portRange(of zone: String, _ catalog: Catalog) -> ClosedRange<Int64> {
    let range = catalog[.zone, zone]?.spec["gateway"]["portRange"] ?? .null
    guard let from = range["from"].integer, let to = range["to"].integer, from <= to else { return 1...65_535 }
    return from...to
  }

  private static func nextFree(_ port: PublicPort, _ taken: Set<String>, _ range: ClosedRange<Int64>) -> Int64? {
    let candidates = Array(range).filter { $0 > port.external } + range.filter { $0 < port.external && $0 >= 1_024 }
    return candidates.first { !taken.contains("\(port.zone).\(port.transport)-\($0)") }
  }

  /// Two services that must both run on one machine cannot listen on one port there.
  @Sendable static func localPorts(_ catalog: Catalog, _ report: inout Report) {
    let index = PlacementIndex(catalog)
    var owners: [String: (service: Declaration, path: FieldPath)] = [:]
    for service in catalog.all(.service) {
      for (name, port) in (service.spec["ports"].map ?? [:]).sorted(by: { $0.key < $1.key }) {
        guard let number = port["port"].integer, let transport = port["protocol"].text else { continue }
        let path = FieldPath(["ports", name, "port"])
        for node in certainMachines(of: service, index) {
          let key = "\(node)/\(transport)/\(number)"
          if let owner = owners[key] {
            report.add(localClash(service, path, owner, "\(number)/\(transport)", node))
          } else {
            owners[key] = (service, path)
          }
        }
      }
    }
  }

  /// The machines that a service is sure to run on: all that fit, when it needs all of them.
  private static func certainMachines(of service: Declaration, _ index: PlacementIndex) -> [String] {
    let machines = index.machines(for: service.spec)
    return (service.spec["replicas"].integer ?? 1) >= machines.count ? machines.map(\.name) : []
  }

  private static func localClash(
    _ service: Declaration,
    _ path: FieldPath,
    _ owner: (service: Declaration, path: FieldPath),
    _ port: String,
    _ node: String
  ) -> Diagnostic {
    let first = owner.service.location(of: owner.path)
    return Diagnostic(
      .portClaimedTwice,
      "port \(port) of Node/\(node) is claimed by \(owner.service.address) already",
      at: service.location(of: path),
      suggestion: "choose another port, or place them on different machines",
      related: [.init(location: first, message: "claimed here first")]
    )
  }

  /// A range that ends before it begins, and public ports in homes that do not say how they are opened.
  @Sendable static func gateways(_ catalog: Catalog, _ report: inout Report) {
    let index = PlacementIndex(catalog)
    for zone in catalog.all(.zone) {
      let range = zone.spec["gateway"]["portRange"]
      if let from = range["from"].integer, let to = range["to"].integer, from > to {
        let location = zone.location(of: FieldPath(["gateway", "portRange", "to"]))
        report.add(Diagnostic(.outOfRange, "the range ends at \(to), before it begins at \(from)", at: location))
      }
    }
    for service in catalog.all(.service) {
      for port in PublicPort.all(of: service.address.name, spec: service.spec, in: index) {
        guard let zone = catalog[.zone, port.zone], zone.specNode?["gateway"]?.value["mode"] == nil else { continue }
        let message = "Zone/\(port.zone) does not say how ports are opened, so nobody outside reaches this one"
        let help = "write 'gateway: {mode: upnp}' in Zone/\(port.zone), or mode: none to be content with that"
        let location = service.location(of: port.path)
        report.add(Diagnostic(.noGateway, message, at: location, suggestion: help, severity: .warning))
      }
    }
  }
}

extension Declaration {
  /// Everything that it names exists.
  fileprivate func isRooted(in catalog: Catalog) -> Bool {
    uses.allSatisfy { catalog.declarations[$0.target] != nil }
  }
}

import RhizomeModel

/// The machines with what is taken on them so far.
struct PlacementBoard {
  private let machines: [String: Machine]
  private let gateways: Set<String>
  /// Instances on each machine.
  private var load: [String: Int] = [:]
  private var used: [String: Room] = [:]
  /// Who holds which public port in which home.
  private var owners: [PortClaim: Address] = [:]

  init(nodes: [Resource], zones: [Resource]) {
    machines = Dictionary(nodes.map { ($0.address.name, Machine($0)) }, uniquingKeysWith: { first, _ in first })
    gateways = Set(zones.filter { ($0.attributes["gateway"]["mode"].text ?? "none") != "none" }.map(\.address.name))
  }

  /// Those of the machines that run the service now and still fit, up to the wanted number.
  mutating func keep(_ service: Resource, on names: [String]) -> [String] {
    let demand = Demand(service)
    var kept: [String] = []
    for name in Set(names).sorted() where kept.count < demand.replicas && refusal(demand, name) == nil {
      take(demand, name)
      kept.append(name)
    }
    return kept
  }

  /// Adds machines until there are enough; otherwise says why there are not.
  mutating func fill(_ service: Resource, _ kept: [String]) -> ([String], String?) {
    let demand = Demand(service)
    var placed = kept
    while placed.count < demand.replicas {
      guard let next = best(demand, without: placed) else { return (placed.sorted(), shortage(demand, placed)) }
      take(demand, next)
      placed.append(next)
    }
    return (placed.sorted(), nil)
  }

  /// The machine that spreads best: a home with fewer instances of this service, a home with a gateway where that
  /// matters, a machine with less on it, the smaller name.
  private func best(_ demand: Demand, without placed: [String]) -> String? {
    let zones = placed.compactMap { machines[$0]?.zone }
    let fitting = machines.keys.filter { !placed.contains($0) && refusal(demand, $0) == nil }
    return fitting.min { score($0, demand, zones) < score($1, demand, zones) }
  }

  private func score(_ name: String, _ demand: Demand, _ zones: [String]) -> (Int, Int, Int, String) {
    let zone = machines[name]?.zone ?? ""
    let lacksGateway = demand.publicPorts.isEmpty || gateways.contains(zone) ? 0 : 1
    return (zones.count { $0 == zone }, lacksGateway, load[name] ?? 0, name)
  }

  private mutating func take(_ demand: Demand, _ name: String) {
    guard let machine = machines[name] else { return }
    load[name, default: 0] += 1
    used[name, default: Room()].add(demand.room)
    for port in demand.publicPorts { owners[PortClaim(zone: machine.zone, port: port)] = demand.address }
  }

  /// Why a machine does not do; nil when it does.
  private func refusal(_ demand: Demand, _ name: String) -> String? {
    guard let machine = machines[name] else { return "it is not declared" }
    if machine.isDrained { return "it is drained" }
    if let reason = demand.mismatch(with: machine) { return reason }
    if let lack = machine.room.lack(of: demand.room, beside: used[name] ?? Room()) { return lack }
    for port in demand.publicPorts {
      guard let owner = owners[PortClaim(zone: machine.zone, port: port)] else { continue }
      return "port \(port) of Zone/\(machine.zone) belongs to \(owner)"
    }
    return nil
  }

  private func shortage(_ demand: Demand, _ placed: [String]) -> String {
    let reasons = machines.keys.sorted().filter { !placed.contains($0) }.compactMap { name in
      refusal(demand, name).map { "Node/\(name): \($0)" }
    }
    let why = reasons.isEmpty ? "there are only \(machines.count) machines" : reasons.joined(separator: "; ")
    return "\(placed.count) of \(demand.replicas) instances have a place (\(why))"
  }
}

/// A public port in a home.
private struct PortClaim: Hashable {
  let zone: String
  let port: String
}

/// A machine, as placement sees it.
struct Machine {
  let name: String
  let zone: String
  let labels: [String: String]
  let arch: String?
  let isDrained: Bool
  let room: Room

  init(_ node: Resource) {
    name = node.address.name
    zone = node.attributes["zone"].text ?? ""
    labels = node.labels
    arch = node.attributes["capacity"]["arch"].text
    isDrained = node.attributes["maintenance"]["drain"] == true
    room = Room(node.attributes["capacity"])
  }
}

/// Memory (bytes), processor (thousandths of a core) and disk (bytes); what is not said does not limit.
struct Room {
  private var amounts: [String: Int64] = [:]

  init() {}

  init(_ value: Value) {
    for name in ["cpu", "disk", "memory"] { amounts[name] = value[name].integer }
  }

  mutating func add(_ other: Room) { amounts.merge(other.amounts) { $0.addingReportingOverflow($1).partialValue } }

  func lack(of demand: Room, beside used: Room) -> String? {
    for (name, wanted) in demand.amounts.sorted(by: { $0.key < $1.key }) {
      guard let total = amounts[name] else { continue }
      if total - (used.amounts[name] ?? 0) < wanted { return "not enough \(name)" }
    }
    return nil
  }
}

/// A service, as placement sees it.
struct Demand {
  let address: Address
  let replicas: Int
  let room: Room
  /// `tcp/443`, sorted.
  let publicPorts: [String]
  private let arch: String?
  private let zones: [String]
  private let nodes: [String]
  private let labels: [String: Value]

  init(_ service: Resource) {
    address = service.address
    replicas = Int(clamping: service.attributes["replicas"].integer ?? 1)
    let placement = service.attributes["placement"]
    room = Room(placement["needs"])
    arch = placement["needs"]["arch"].text
    zones = placement["zones"].texts ?? []
    nodes = placement["nodes"].texts ?? []
    labels = placement["labels"].map ?? [:]
    publicPorts = (service.attributes["ports"].map ?? [:]).values.compactMap { port in
      port["public"]["port"].integer.map { "\(port["protocol"].text ?? "tcp")/\($0)" }
    }.sorted()
  }

  /// Why the machine can never do; nil when it can.
  func mismatch(with machine: Machine) -> String? {
    if !zones.isEmpty, !zones.contains(machine.zone) { return "it is in Zone/\(machine.zone)" }
    if !nodes.isEmpty, !nodes.contains(machine.name) { return "it is not one of the wanted machines" }
    for (name, wanted) in labels.sorted(by: { $0.key < $1.key }) where machine.labels[name] != wanted.text {
      return "its label \(name) is not \(wanted.text ?? "")"
    }
    if let arch, let has = machine.arch, arch != has { return "its processor is \(has)" }
    return nil
  }
}

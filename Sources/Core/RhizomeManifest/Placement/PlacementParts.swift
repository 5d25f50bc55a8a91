internal import RhizomeModel

/// A machine, as placement sees it.
struct Machine: Sendable {
  let name: String
  let zone: String
  let labels: [String: String]
  let spec: Value
  let isDrained: Bool
  let room: Room

  init(_ name: String, labels: [String: String], _ spec: Value) {
    self.name = name
    self.labels = labels
    self.spec = spec
    zone = spec["zone"].text ?? ""
    isDrained = spec["maintenance"]["drain"] == true
    room = Room(spec["capacity"])
  }

  /// The address that others reach it under; nil when none but its own loopback was written.
  var address: String? { spec["address"].text.flatMap { $0.hasPrefix("127.") || $0 == "::1" ? nil : $0 } }

  var arch: String? { spec["capacity"]["arch"].text }
}

/// A service, as placement sees it.
struct Demand: Sendable {
  let name: String
  let replicas: Int
  let room: Room
  /// Sorted by name.
  let publicPorts: [Port]
  let localPorts: [Port]
  private let arch: String?
  private let zones: Set<String>?
  private let nodes: Set<String>?
  private let labels: Members

  /// A port that it wants, under the name that the service gives it.
  struct Port: Sendable {
    let name: String
    let transport: String
    let number: Int64

    func claim(in place: String) -> PortClaim { PortClaim(place: place, transport: transport, number: number) }

    func owner(_ service: String) -> PortClaim.Owner { .init(service: service, port: name) }
  }

  init(_ name: String, _ spec: Value) {
    self.name = name
    replicas = max(0, Int(clamping: spec["replicas"].integer ?? 1))
    let placement = spec["placement"]
    room = Room(placement["needs"])
    arch = placement["needs"]["arch"].text
    zones = placement["zones"].texts.map(Set.init)
    nodes = placement["nodes"].texts.map(Set.init)
    labels = placement["labels"].map ?? [:]
    let ports = spec["ports"].map ?? [:]
    publicPorts = ports.compactMap { Demand.port($0.key, $0.value, $0.value["public"]["port"]) }
    localPorts = ports.compactMap { Demand.port($0.key, $0.value, $0.value["port"]) }
  }

  private static func port(_ name: String, _ port: Value, _ number: Value) -> Port? {
    number.integer.map { Port(name: name, transport: port["protocol"].text ?? "tcp", number: $0) }
  }

  /// Whether a machine does by what is declared of it. Capacity that nobody declared is no reason against it.
  func fits(_ machine: Machine) -> Bool {
    guard zones?.contains(machine.zone) ?? true, nodes?.contains(machine.name) ?? true else { return false }
    guard labels.allSatisfy({ machine.labels[$0.key] == $0.value.text }) else { return false }
    if let arch, let has = machine.arch, arch != has { return false }
    return machine.room.lack(of: room, beside: Room()) == nil
  }
}

/// A port of a home or of a machine.
struct PortClaim: Sendable, Hashable {
  /// The name of the home or machine.
  let place: String
  let transport: String
  let number: Int64

  /// The service that has it, and how it calls it.
  struct Owner: Sendable, Hashable {
    let service: String
    let port: String
  }
}

/// Memory (bytes), processor (thousandths of a core) and disk (bytes); what is not said does not limit.
struct Room: Sendable {
  private var amounts: [String: Int64] = [:]

  init() {}

  init(_ value: Value) {
    for name in ["cpu", "disk", "memory"] { amounts[name] = value[name].integer }
  }

  mutating func add(_ other: Room) {
    amounts.merge(other.amounts) { left, right in
      let (sum, overflow) = left.addingReportingOverflow(right)
      return overflow ? Int64.max : sum
    }
  }

  /// What there is too little of; nil when there is room.
  func lack(of demand: Room, beside used: Room) -> String? {
    guard !amounts.isEmpty else { return nil }
    return demand.amounts.sorted { $0.key < $1.key }.first { name, wanted in
      guard let total = amounts[name] else { return false }
      let (left, overflow) = total.subtractingReportingOverflow(used.amounts[name] ?? 0)
      return overflow || left < wanted
    }?.key
  }
}

/// The machines with what is taken on them so far.
struct PlacementBoard {
  let byName: [String: Machine]
  /// Sorted by name.
  private let machines: [Machine]
  private let gateways: Set<String>
  private var used: [String: Room] = [:]
  /// Who holds which public port in which home.
  private var publicPorts: [PortClaim: PortClaim.Owner] = [:]
  /// Who listens on which port of which machine.
  private var localPorts: [PortClaim: PortClaim.Owner] = [:]

  init(_ machines: [Machine], gateways: Set<String>) {
    byName = Dictionary(machines.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.machines = byName.values.sorted { $0.name < $1.name }
    self.gateways = gateways
  }

  /// The machines that fit by what is declared of them, whatever else runs there.
  func candidates(for demand: Demand) -> [Machine] { machines.filter(demand.fits) }

  /// The candidates, best first, as if nothing ran on them.
  func ranking(of demand: Demand, among candidates: [Machine]) -> [String] {
    candidates.map { ($0.name, Rendezvous.weight(demand.name, $0.name)) }
      .sorted { ($1.1, $0.0) < ($0.1, $1.0) }.map(\.0)
  }

  /// Takes as many machines as are wanted and to be had; returns their names, sorted.
  mutating func place(_ demand: Demand, on candidates: [Machine]) -> [String] {
    var rest = candidates.map { ($0, Rendezvous.weight(demand.name, $0.name)) }
    var inHome: [String: Int] = [:]
    var placed: [String] = []
    while placed.count < demand.replicas {
      rest.removeAll { refusal(demand, $0.0) != nil }
      let best = rest.indices.min { isBetter(rest[$0], rest[$1], demand, inHome) }
      guard let best else { break }
      let machine = rest.remove(at: best).0
      take(demand, machine)
      inHome[machine.zone, default: 0] += 1
      placed.append(machine.name)
    }
    return placed.sorted()
  }

  /// A home with fewer instances of this service, a home with a gateway where that matters, the higher rank, the smaller
  /// name.
  private func isBetter(
    _ left: (machine: Machine, weight: UInt64),
    _ right: (machine: Machine, weight: UInt64),
    _ demand: Demand,
    _ inHome: [String: Int]
  ) -> Bool {
    let (leftCount, rightCount) = (inHome[left.machine.zone] ?? 0, inHome[right.machine.zone] ?? 0)
    if leftCount != rightCount { return leftCount < rightCount }
    let (leftOpens, rightOpens) = (gateways.contains(left.machine.zone), gateways.contains(right.machine.zone))
    if !demand.publicPorts.isEmpty, leftOpens != rightOpens { return leftOpens }
    return left.weight == right.weight ? left.machine.name < right.machine.name : left.weight > right.weight
  }

  private mutating func take(_ demand: Demand, _ machine: Machine) {
    used[machine.name, default: Room()].add(demand.room)
    for port in demand.publicPorts { publicPorts[port.claim(in: machine.zone)] = port.owner(demand.name) }
    for port in demand.localPorts { localPorts[port.claim(in: machine.name)] = port.owner(demand.name) }
  }

  /// Why a machine that fits by its declaration does not do; nil when it does.
  private func refusal(_ demand: Demand, _ machine: Machine) -> PlacementRefusal? {
    for port in demand.publicPorts {
      let claim = port.claim(in: machine.zone)
      if let owner = publicPorts[claim] { return .publicPort(claim, owner: owner) }
    }
    for port in demand.localPorts {
      let claim = port.claim(in: machine.name)
      if let owner = localPorts[claim] { return .localPort(claim, owner: owner) }
    }
    // There is nowhere to move to from the only machine.
    if machine.isDrained, machines.count > 1 { return .drained }
    return machine.room.lack(of: demand.room, beside: used[machine.name] ?? Room()).map(PlacementRefusal.lack)
  }

  /// What is missing, and why; nil when nothing is.
  func shortage(of demand: Demand, _ placed: [String], _ candidates: [Machine]) -> PlacementShortage? {
    guard placed.count < demand.replicas else { return nil }
    let refusals = candidates.filter { !placed.contains($0.name) }.compactMap { machine in
      refusal(demand, machine).map { (machine.name, $0) }
    }
    return PlacementShortage(
      wanted: demand.replicas,
      placed: placed.count,
      fitting: candidates.count,
      homes: Set(candidates.map(\.zone)).count,
      refusals: refusals
    )
  }
}

/// The rank of a machine for a service.
enum Rendezvous {
  /// The same on every machine and in every run: FNV-1a over both names, then the finisher of SplitMix64, because names
  /// that differ in their last letter only must rank independently.
  static func weight(_ service: String, _ machine: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    for byte in service.utf8 { mix(byte) }
    mix(0)
    for byte in machine.utf8 { mix(byte) }
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    return hash ^ (hash >> 31)
  }
}

internal import RhizomeModel

/// Which machines run which services: a pure function of what is declared, and of nothing else.
///
/// Every machine of a rhizome works this out for itself from the same manifests, and nothing else brings their answers
/// together. So the answer must not depend on what runs where now, and a small change of the manifests must move little:
///
/// - Machines are ranked for each service by rendezvous hashing (Thaler and Ravishankar, 1998): a machine's rank for a
///   service depends on their two names alone. A machine that comes takes over only what ranks it highest, one that goes
///   gives up only what it had. Counting what a machine has already would share out more evenly, and would shift
///   everything with every change; who wants evenness writes `needs` and `capacity`.
/// - An instance goes to a machine that fits: in the wanted homes and machines, with the wanted labels and processor, not
///   drained, with room left, with its ports free. A public port has one owner in a home.
/// - Instances of a service spread over homes first; homes with a gateway come first for services with a public port.
/// - Services that fit fewer machines choose first, then the smaller name does.
///
/// It lives beside the derivations because port mappings follow from it, and checks and shares have to agree with them.
struct Placement: Sendable {
  /// The machines by name.
  let machines: [String: Machine]
  /// The names of the machines of each service, sorted; fewer than wanted where `shortages` says so.
  private(set) var nodes: [String: [String]] = [:]
  /// The machine that cares for a service of which no instance is wanted.
  private(set) var keepers: [String: String] = [:]
  /// By the names of services.
  private(set) var shortages: [String: PlacementShortage] = [:]

  /// - Parameter gateways: the homes in which ports can be opened.
  init(services: [Demand], machines: [Machine], gateways: Set<String>) {
    var board = PlacementBoard(machines, gateways: gateways)
    self.machines = board.byName
    let ranked = services.map { ($0, board.candidates(for: $0)) }
      .sorted { ($0.1.count, $0.0.name) < ($1.1.count, $1.0.name) }
    for (service, candidates) in ranked {
      nodes[service.name] = board.place(service, on: candidates)
      if service.replicas == 0 { keepers[service.name] = board.ranking(of: service, among: candidates).first }
      shortages[service.name] = board.shortage(of: service, nodes[service.name] ?? [], candidates)
    }
  }

  /// The machine that runs the instance of a service in a home; nil when none does. For a service with a public port
  /// there is at most one.
  func machine(of service: String, in zone: String) -> Machine? {
    machines(of: service).first { $0.zone == zone }
  }

  func machines(of service: String) -> [Machine] { (nodes[service] ?? []).compactMap { machines[$0] } }

  /// The machines that care for a service: those that run it, or the one that knows that none shall.
  func caretakers(of service: String) -> [String] {
    keepers[service].map { [$0] } ?? nodes[service] ?? []
  }
}

/// A service with fewer instances than wanted.
struct PlacementShortage: Sendable {
  let wanted: Int
  let placed: Int
  /// How many machines fit by what is declared of them.
  let fitting: Int
  /// How many homes these stand in.
  let homes: Int
  /// Why each further machine that fits does not do, by the names of machines.
  let refusals: [(machine: String, refusal: PlacementRefusal)]
}

/// Why a machine that fits by its declaration cannot take an instance.
enum PlacementRefusal: Sendable, Hashable {
  /// `memory`, `cpu` or `disk` is used up.
  case lack(String)
  case drained
  /// The public port of the home belongs to another service, or to another instance of this one.
  case publicPort(PortClaim, owner: PortClaim.Owner)
  /// Another service listens on the port there.
  case localPort(PortClaim, owner: PortClaim.Owner)
}

extension PlacementRefusal: CustomStringConvertible {
  var description: String {
    switch self {
    case .lack(let what): "not enough \(what)"
    case .drained: "it is drained"
    case .publicPort(let claim, let owner):
      "public port \(claim.number)/\(claim.transport) of Zone/\(claim.place) belongs to Service/\(owner.service)"
    case .localPort(let claim, let owner):
      "port \(claim.number)/\(claim.transport) belongs to Service/\(owner.service)"
    }
  }
}

// MARK: - From declarations

extension Placement {
  init(_ catalog: Catalog) {
    self.init(
      services: catalog.all(.service).map { Demand($0.address.name, $0.spec) },
      machines: catalog.all(.node).map { Machine($0.address.name, labels: $0.labels, $0.spec) },
      gateways: Placement.gateways(catalog.all(.zone).map { ($0.address.name, $0.spec) })
    )
  }

  init(_ desired: DesiredState) {
    self.init(
      services: desired.all(.service).map { Demand($0.address.name, $0.attributes) },
      machines: desired.all(.node).map { Machine($0.address.name, labels: $0.labels, $0.attributes) },
      gateways: Placement.gateways(desired.all(.zone).map { ($0.address.name, $0.attributes) })
    )
  }

  private static func gateways(_ zones: [(name: String, spec: Value)]) -> Set<String> {
    Set(zones.filter { ($0.spec["gateway"]["mode"].text ?? "none") != "none" }.map(\.name))
  }
}

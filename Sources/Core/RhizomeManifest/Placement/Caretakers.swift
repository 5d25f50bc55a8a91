internal import RhizomeModel

/// Who drives what, where several machines are declared and nothing brings them together.
struct Caretakers {
  /// The names of all machines, sorted.
  let nodes: [String]
  /// The machine that cares for what belongs to the whole cluster.
  let lead: String
  private let placement: Placement

  /// Nil where there is one machine or none, and so nothing to share out.
  init?(_ desired: DesiredState) {
    let machines = desired.all(.node)
    guard machines.count > 1, let first = machines.first else { return nil }
    nodes = machines.map(\.address.name)
    let keepers = machines.filter { $0.attributes["storage"]["capacity"].integer != nil }
    // The embedded engines keep everything on one machine: the one that says what it stores, where only one does.
    lead = keepers.count == 1 ? keepers[0].address.name : first.address.name
    placement = Placement(desired)
  }

  /// The machines that drive a resource, sorted; nil when all of them do.
  func of(_ resource: Resource) -> [String]? {
    switch resource.address.kind {
    // Records without an engine, which every machine reads: which engines, which homes, which machines there are.
    case .cluster, .zone, .node: nil
    case .service: placement.caretakers(of: resource.address.name)
    case .portMapping: mappingMachine(resource).map { [$0] } ?? []
    default: if case .node(let name) = resource.home { [name] } else { [lead] }
    }
  }

  /// A router in its secure mode takes requests only from the machine that they are for.
  private func mappingMachine(_ mapping: Resource) -> String? {
    guard let service = mapping.attributes["service"].text, let zone = mapping.attributes["zone"].text else {
      return nil
    }
    return placement.machine(of: service, in: zone)?.name
  }
}

internal import RhizomeModel

/// Which machines a service may run on, by what manifests say.
struct PlacementIndex: Sendable {
  struct Machine: Sendable {
    let name: String
    let zone: String
    let labels: [String: String]
    let spec: Value

    /// The address that others reach it under; nil when none but its own loopback was written.
    var address: String? { spec["address"].text.flatMap { $0.hasPrefix("127.") || $0 == "::1" ? nil : $0 } }
  }

  let machines: [Machine]

  init(_ catalog: Catalog) {
    machines = catalog.all(.node).map { .init(name: $0.address.name, labels: $0.labels, spec: $0.spec) }
  }

  init(_ desired: DesiredState) {
    let nodes = desired.resources.values.filter { $0.address.kind == .node }
    machines = nodes.map { .init(name: $0.address.name, labels: $0.labels, spec: $0.attributes) }
      .sorted { $0.name < $1.name }
  }

  /// The machines that the placement of a service's spec allows, by their declared capacity also.
  func machines(for service: Value) -> [Machine] {
    let placement = service["placement"]
    let zones = placement["zones"].texts.map(Set.init)
    let nodes = placement["nodes"].texts.map(Set.init)
    let labels = placement["labels"].map ?? [:]
    return machines.filter { machine in
      (zones?.contains(machine.zone) ?? true) && (nodes?.contains(machine.name) ?? true)
        && labels.allSatisfy { machine.labels[$0.key] == $0.value.text }
        && PlacementIndex.fits(placement["needs"], machine.spec["capacity"])
    }
  }

  /// The homes of these machines, sorted.
  static func zones(of machines: [Machine]) -> [String] { Set(machines.map(\.zone)).sorted() }

  /// Capacity that nobody declared is not a reason against a machine.
  private static func fits(_ needs: Value, _ capacity: Value) -> Bool {
    let amounts = ["memory", "cpu", "disk"].allSatisfy { name in
      guard let need = needs[name].integer, let has = capacity[name].integer else { return true }
      return need <= has
    }
    guard let arch = needs["arch"].text, let has = capacity["arch"].text else { return amounts }
    return amounts && arch == has
  }
}

extension PlacementIndex.Machine {
  fileprivate init(name: String, labels: [String: String], spec: Value) {
    self.init(name: name, zone: spec["zone"].text ?? "", labels: labels, spec: spec)
  }
}

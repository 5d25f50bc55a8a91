internal import RhizomeModel

/// One public port that a service asks for, in one home.
struct PublicPort: Sendable {
  let service: String
  /// The name of the port in the service.
  let name: String
  let zone: String
  let transport: String
  let external: Int64
  let inner: Int64

  /// What makes it one of a kind in the whole cluster, and the name of its `PortMapping`.
  var mappingName: String { "\(zone).\(transport)-\(external)" }

  /// Where the number stands in the service's spec.
  var path: FieldPath { FieldPath(["ports", name, "public", "port"]) }

  /// The public ports of a service in every home where it can be placed.
  static func all(of service: String, spec: Value, in index: PlacementIndex) -> [PublicPort] {
    guard spec["replicas"].integer != 0 else { return [] }
    let zones = PlacementIndex.zones(of: index.machines(for: spec))
    let ports = (spec["ports"].map ?? [:]).sorted { $0.key < $1.key }
    return ports.flatMap { name, port in
      guard let external = port["public"]["port"].integer, let inner = port["port"].integer else {
        return [PublicPort]()
      }
      let transport = port["protocol"].text ?? "tcp"
      return zones.map { zone in
        PublicPort(service: service, name: name, zone: zone, transport: transport, external: external, inner: inner)
      }
    }
  }
}

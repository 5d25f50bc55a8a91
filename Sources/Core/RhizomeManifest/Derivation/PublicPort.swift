internal import RhizomeModel

/// One public port that a service asks for, in the home of one of its instances.
struct PublicPort: Sendable {
  let service: String
  /// The name of the port in the service.
  let name: String
  /// The machine that the router passes it on to.
  let machine: Machine
  let transport: String
  let external: Int64
  let inner: Int64

  var zone: String { machine.zone }

  /// What makes it one of a kind in the whole cluster, and the name of its `PortMapping`.
  var mappingName: String { "\(zone).\(transport)-\(external)" }

  /// Where the number stands in the service's spec.
  var path: FieldPath { PublicPort.path(name) }

  static func path(_ port: String) -> FieldPath { FieldPath(["ports", port, "public", "port"]) }

  /// The public ports of a service, where its instances are.
  static func all(of service: String, spec: Value, in placement: Placement) -> [PublicPort] {
    let ports = spec["ports"].map ?? [:]
    return ports.flatMap { name, port in
      guard let external = port["public"]["port"].integer, let inner = port["port"].integer else {
        return [PublicPort]()
      }
      let transport = port["protocol"].text ?? "tcp"
      return placement.machines(of: service).map { machine in
        PublicPort(
          service: service,
          name: name,
          machine: machine,
          transport: transport,
          external: external,
          inner: inner
        )
      }
    }
  }
}

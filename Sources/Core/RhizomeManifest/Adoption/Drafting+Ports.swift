import RhizomeModel

/// Ports of the home's router, declared as ports of services that somebody else runs.
extension Drafting {
  /// Declares the mappings that lead to machines of this home: one service for each machine and label.
  mutating func declarePorts() {
    var services: [ServiceKey: [ForwardedPort]] = [:]
    var inner: Set<String> = []
    for object in objects where object.kind == .portMapping && object.managed == nil {
      guard let port = forwarded(object) else { continue }
      guard inner.insert("\(port.node) \(port.transport) \(port.inner)").inserted else {
        remark(object, "leads to a port that another public port leads to; a port of a Service has one public port")
        continue
      }
      services[ServiceKey(node: port.node, label: port.label), default: []].append(port)
    }
    var taken = context.taken
    for (key, ports) in services.sorted(by: { ($0.key.node, $0.key.label) < ($1.key.node, $1.key.label) }) {
      let name = Drafting.unique(key.label.isEmpty ? "ports-of-\(key.node)" : key.label, .service, taken)
      let address = Address(.service, name)
      taken.insert(address)
      let declaration = WrittenDeclaration(address, annotations: Adoption.annotations, spec: service(key.node, ports))
      if let problem = ManifestReader.problem(with: declaration) {
        for port in ports { remark(port.object, "cannot be declared: \(problem)") }
      } else {
        declarations.append(declaration)
      }
    }
  }

  private struct ServiceKey: Hashable {
    let node: String
    let label: String
  }

  /// A mapping that can be declared.
  private struct ForwardedPort {
    let object: SurveyedObject
    let node: String
    let label: String
    let transport: String
    let external: Int64
    let inner: Int64
  }

  private func service(_ node: String, _ ports: [ForwardedPort]) -> Value {
    let isGuarded = machine(node)?.attributes["firewall"]["mode"].text == "managed"
    var members: [String: Value] = [:]
    for port in ports {
      var value: Value = [
        "port": .integer(port.inner), "protocol": .string(port.transport), "public": ["port": .integer(port.external)],
      ]
      // A managed firewall lets in what it let in before.
      if isGuarded { value["open"] = "none" }
      members["\(port.transport)-\(port.external)"] = value
    }
    return [
      "run": ["external": .map([:])], "replicas": 1, "placement": ["nodes": [.string(node)]], "ports": .map(members),
      "stopGrace": .integer(10_000), "onPartition": "keep",
    ]
  }

  // MARK: Which can be declared

  private mutating func forwarded(_ object: SurveyedObject) -> ForwardedPort? {
    if let obstacle = object.obstacle {
      remark(object, obstacle)
      return nil
    }
    if let mark = object.mark, mark.clusterID != context.clusterID {
      remark(object, "was made by another rhizome, and stays that one's")
      return nil
    }
    guard let zone = object.attributes["zone"].text, let transport = object.attributes["protocol"].text,
      let external = object.attributes["externalPort"].integer, let inner = object.attributes["internalPort"].integer
    else { return nil }
    guard let node = node(object, in: zone) else {
      let client = YAMLScalar.inline(String((object.attributes["internalAddress"].text ?? "").prefix(45)))
      remark(object, "leads to \(client), which is the address of no declared Node of this home")
      return nil
    }
    if let problem = claimed(node, transport, inner, external, zone) {
      remark(object, problem)
      return nil
    }
    return ForwardedPort(
      object: object,
      node: node,
      label: object.names.first.map(Drafting.slug) ?? "",
      transport: transport,
      external: external,
      inner: inner
    )
  }

  private func machine(_ name: String) -> Resource? { context.desired?.resources[Address(.node, name)] }

  /// The declared machine of the home that a mapping leads to.
  private func node(_ object: SurveyedObject, in zone: String) -> String? {
    if object.attributes["isThisMachine"].boolean == true { return context.desired?.localNode?.address.name }
    let nodes = (context.desired?.resources.values.filter { $0.address.kind == .node } ?? []).filter { node in
      node.attributes["zone"].text == zone
        && node.attributes["address"].text == object.attributes["internalAddress"].text
    }
    return nodes.count == 1 ? nodes.first?.address.name : nil
  }

  /// Why a declared service, or the home, stands in the way.
  private func claimed(_ node: String, _ transport: String, _ inner: Int64, _ external: Int64, _ zone: String)
    -> String?
  {
    let range = context.desired?.resources[Address(.zone, zone)]?.attributes["gateway"]["portRange"] ?? .null
    if let from = range["from"].integer, let to = range["to"].integer, !(from...max(from, to)).contains(external) {
      return "is outside the ports that Zone/\(zone) has (\(from) to \(to))"
    }
    let services = context.desired?.resources.values.filter { $0.address.kind == .service } ?? []
    for service in services.sorted(by: { $0.address < $1.address }) {
      for (name, port) in service.attributes["ports"].map ?? [:] {
        guard port["port"].integer == inner, (port["protocol"].text ?? "tcp") == transport else { continue }
        return "leads to the port '\(name)' of \(service.address), which is declared without it; to keep that, add "
          + "'public: {port: \(external)}' to the port, and 'rhizome/adopt: \"true\"' to its annotations"
      }
    }
    return nil
  }
}

internal import RhizomeModel

/// Makes the desired state of a catalog in which everything is right.
enum Derivation {
  /// - Parameter memory: what followed from the same files before.
  static func desiredState(from catalog: Catalog, source: String, _ memory: inout ManifestMemory) -> DesiredState? {
    guard let cluster = catalog.all(.cluster).first else { return nil }
    let maker = ResourceMaker(catalog: catalog, placement: catalog.placement, drift: DriftRules(cluster))
    let declared = memory.resources(
      of: catalog.ordered,
      cluster: cluster,
      isLasting: maker.isLasting,
      make: maker.resources
    )
    let resources = declared + maker.portMappings() + maker.firewalls()
    return DesiredState(clusterName: cluster.address.name, source: source, resources: resources)
  }
}

/// Turns declarations into resources.
private struct ResourceMaker {
  let catalog: Catalog
  let placement: Placement
  let drift: DriftRules

  /// Whether the resource follows from its declaration and the Cluster's alone; a Service depends on where it is placed.
  func isLasting(_ declaration: Declaration) -> Bool { declaration.address.kind != .service }

  /// The declaration's own resource, and the rights that a bucket declares.
  func resources(_ declaration: Declaration) -> [Resource] {
    let own = resource(declaration)
    guard declaration.address.kind == .bucket else { return [own] }
    return [own] + DeclaredGrant.all(of: declaration).map { grant($0, declaration) }
  }

  private func resource(_ declaration: Declaration) -> Resource {
    Resource(
      declaration.address,
      attributes: declaration.spec,
      labels: declaration.labels,
      dependencies: catalog.dependencies[declaration.address] ?? [],
      policies: policies(of: declaration),
      home: home(of: declaration),
      declaredAt: declaration.location
    )
  }

  /// What the annotations say, and the cluster's policy where they say nothing.
  private func policies(of declaration: Declaration) -> Policies {
    let annotations = declaration.annotations.mapValues(\.value)
    let words = drift.words(for: declaration.address.kind, nearer: DriftAnnotations.words(of: declaration))
    return Policies(
      isProtected: annotations["rhizome/protect"] == "true",
      drift: words.whole ?? .heal,
      fieldDrift: words.fields,
      adopts: annotations["rhizome/adopt"] == "true",
      deletion: declaration.spec["deletionPolicy"].text.flatMap(DeletionPolicy.init) ?? .delete
    )
  }

  /// What follows from a declaration is handled like it, but neither protected nor retained by itself: what the
  /// declaration says of its own fields, and the rules for its kind, say nothing of what follows.
  private func inherited(from declaration: Declaration, _ kind: Kind) -> Policies {
    let words = drift.words(for: kind, nearer: DriftWords(whole: DriftAnnotations.words(of: declaration).whole))
    return Policies(
      drift: words.whole ?? .heal,
      fieldDrift: words.fields,
      adopts: declaration.annotations["rhizome/adopt"]?.value == "true"
    )
  }

  private func home(of declaration: Declaration) -> Home {
    switch declaration.address.kind {
    case .zone: return .zone(declaration.address.name)
    case .node: return .node(declaration.address.name)
    case .service:
      let machines = placement.caretakers(of: declaration.address.name)
      return machines.count == 1 ? .node(machines[0]) : .cluster
    default: return .cluster
    }
  }

  private func grant(_ grant: DeclaredGrant, _ bucket: Declaration) -> Resource {
    Resource(
      grant.address,
      attributes: [
        "bucket": .string(grant.bucket), "accessKey": .string(grant.key),
        "read": .boolean(grant.permissions.contains("read")), "write": .boolean(grant.permissions.contains("write")),
        "owner": .boolean(grant.permissions.contains("owner")),
      ],
      dependencies: [Address(.bucket, grant.bucket), Address(.accessKey, grant.key)],
      policies: inherited(from: bucket, .grant),
      declaredAt: bucket.location(of: FieldPath(["access", grant.key]))
    )
  }

  func portMappings() -> [Resource] {
    catalog.all(.service).flatMap { service in
      PublicPort.all(of: service.address.name, spec: service.spec, in: placement).compactMap {
        portMapping($0, service)
      }
    }
  }

  /// Nil in a home where nothing is reachable from outside.
  private func portMapping(_ port: PublicPort, _ service: Declaration) -> Resource? {
    let gateway = catalog[.zone, port.zone]?.spec["gateway"] ?? .null
    guard let mode = gateway["mode"].text, mode != "none" else { return nil }
    var attributes: Value = [
      "zone": .string(port.zone), "protocol": .string(port.transport), "externalPort": .integer(port.external),
      "internalAddress": internalAddress(of: port), "internalPort": .integer(port.inner),
      "service": .string(port.service),
    ]
    if mode == "upnp" { attributes["lease"] = gateway["lease"] }
    return Resource(
      Address(.portMapping, port.mappingName),
      attributes: attributes,
      dependencies: [service.address, Address(.zone, port.zone)],
      policies: inherited(from: service, .portMapping),
      home: .zone(port.zone),
      declaredAt: service.location(of: port.path)
    )
  }

  /// One for each machine whose firewall Rhizome looks after.
  func firewalls() -> [Resource] {
    catalog.all(.node).filter(HostFirewall.isManaged).map { node in
      Resource(
        Address(.firewall, node.address.name),
        attributes: HostFirewall.attributes(of: node, catalog),
        dependencies: [node.address],
        policies: inherited(from: node, .firewall),
        home: .node(node.address.name),
        declaredAt: node.location(of: FieldPath(["firewall"]))
      )
    }
  }

  /// The machine's address where it has one; found out on the machine itself otherwise.
  private func internalAddress(of port: PublicPort) -> Value {
    if let address = port.machine.address { return .string(address) }
    return (try? Template(parsing: "${node.address}")).map(Value.template) ?? .null
  }
}

import RhizomeDriver
import RhizomeModel
import UPnP

extension UPnPZone {
  /// Looks at the targets and at everything else the router shows. A look that fails leaves all targets unknown.
  func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    do {
      return try await DriverError.wrapping { try await lock.run { try await look(targets) } }
    } catch {
      return .unknown(targets, reason: error.message)
    }
  }

  private func look(_ targets: [ObservationTarget]) async throws -> ObservationReport {
    let named = targets.map { target in (target, name: try? MappingName(target.address)) }
    let keys = named.compactMap(\.name?.key)
    // Found anew each time, which costs little: this machine's own address may have changed.
    await connection.forget()
    let view = try await connection.ask { try await RouterView.look($0, for: keys) }
    var report = ObservationReport(foreign: foreign(view, besides: Set(keys)))
    for (target, name) in named {
      report.observations[target.address] =
        name.map { observation(target, $0.key, view) } ?? .unknown(reason: "its name is not one of a port mapping")
    }
    return report
  }

  private func observation(_ target: ObservationTarget, _ key: PortMappingKey, _ view: RouterView) -> Observation {
    guard let entry = view.mappings[key], entry.isEnabled || !label.isOurs(entry) else {
      held[target.address] = nil
      return .absent
    }
    keepAlive(target, entry, view)
    return .present(
      ObservedResource(
        attributes: attributes(entry, target, view),
        mark: label.mark(entry, target.address),
        facts: facts(entry, external: view.externalAddress, held: held[target.address])
      )
    )
  }

  /// Takes up renewing what was made before this process started, and lets go of what is no longer as it was made.
  private func keepAlive(_ target: ObservationTarget, _ entry: PortMapping, _ view: RouterView) {
    let address = target.address
    guard label.isOurs(entry), let prior = target.prior, let wish = try? MappingWish(address, prior.attributes),
      entry.client == wish.client(local: view.identity.localAddress).description,
      entry.internalPort == wish.internalPort
    else {
      held[address] = nil
      return
    }
    if held[address]?.wish != wish { held[address] = HeldMapping(wish, .timed(entry.remainingLease), time) }
  }

  private func attributes(_ entry: PortMapping, _ target: ObservationTarget, _ view: RouterView) -> Value {
    [
      "zone": .string(zone),
      "protocol": .string(entry.key.transport.rawValue.lowercased()),
      "externalPort": .integer(Int64(entry.key.externalPort)),
      "internalAddress": .string(internalAddress(entry, target, view)),
      "internalPort": .integer(Int64(entry.internalPort)),
    ]
  }

  /// The router's word, put as the declaration puts it when both mean this machine.
  private func internalAddress(_ entry: PortMapping, _ target: ObservationTarget, _ view: RouterView) -> String {
    let attributes = target.desired?.attributes ?? target.prior?.attributes
    guard entry.client == view.identity.localAddress.description,
      let wish = attributes.flatMap({ try? MappingWish(target.address, $0) }), wish.leadsToThisMachine
    else { return UPnPError.printable(entry.client) }
    return wish.internalAddress
  }

  private func foreign(_ view: RouterView, besides keys: Set<PortMappingKey>) -> [ForeignObject] {
    view.mappings.values.filter { !keys.contains($0.key) }.map { entry in
      let address = MappingName.address(zone, entry.key)
      return ForeignObject(address: address, mark: label.mark(entry, address), summary: Self.summary(entry))
    }.sorted()
  }

  /// A few words on a mapping, made of what the router says.
  static func summary(_ entry: PortMapping) -> String {
    let label = entry.label.isEmpty ? "without a label" : "labelled '\(UPnPError.printable(entry.label))'"
    return "\(entry.key) to \(UPnPError.printable(entry.client)) port \(entry.internalPort), \(label)"
  }

  /// What is worth showing of a mapping beyond its spec.
  func facts(_ entry: PortMapping, external: IPv4Address?, held: HeldMapping?) -> [String: Value] {
    var facts: [String: Value] = ["gateway": "upnp", "verdict": .string(verdict(entry, external))]
    let address = external?.description ?? settings.publicAddress
    facts["publicAddress"] = address.map(Value.string)
    facts["holder"] = label.isOurs(entry) ? "this cluster" : .string(Self.summary(entry))
    if let held { facts["leaseEnds"] = .string(held.leaseEnds?.description ?? "never") }
    return facts
  }

  /// Whether the mapping can be of use: a router behind another router or a provider's NAT forwards in vain.
  private func verdict(_ entry: PortMapping, _ external: IPv4Address?) -> String {
    guard label.isOurs(entry) else { return "conflicting" }
    guard let external else { return settings.publicAddress == nil ? "mapped, no public address known" : "mapped" }
    return external.isReserved ? "mapped, but the router itself is behind another NAT (\(external))" : "mapped"
  }
}

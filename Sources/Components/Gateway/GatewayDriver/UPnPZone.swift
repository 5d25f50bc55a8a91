import RhizomeDriver
import RhizomeModel
import UPnP

/// The mappings of one home whose router speaks UPnP: looks, acts, and keeps leases alive.
actor UPnPZone {
  let zone: String
  let settings: ZoneGateway
  let label: MappingLabel
  let time: GatewayTime
  let connection: RouterConnection
  /// Looks and changes come one after the other: routers are slow machines, and a renewal must never bring back what
  /// was just deleted.
  let lock = AsyncLock()
  var quirks = RouterQuirks()
  var held: [Address: HeldMapping] = [:]

  init(zone: String, settings: ZoneGateway, label: MappingLabel, finder: any GatewayFinding, time: GatewayTime) {
    (self.zone, self.settings, self.label, self.time) = (zone, settings, label, time)
    connection = RouterConnection(finder: finder)
  }

  /// Asks for a mapping, or changes it.
  ///
  /// - Parameter adopting: also takes over a mapping that leads to this machine under another label.
  func establish(_ wish: MappingWish, _ address: Address, adopting: Bool) async throws(DriverError) -> Outcome {
    try checkRange(wish)
    return try await DriverError.wrapping {
      try await lock.run { try await obtain(wish, address, adopting: adopting) }
    }
  }

  private func obtain(_ wish: MappingWish, _ address: Address, adopting: Bool) async throws -> Outcome {
    let (quirks, label) = (quirks, label)
    let lease = wish.lease ?? settings.lease
    let (grant, external) = try await connection.ask { gateway in
      let request = try Self.request(wish, lease, label, gateway.identity)
      let grant = try await gateway.grant(request, quirks: quirks) {
        label.isOurs($0) || adopting && $0.client == gateway.identity.localAddress.description
      }
      return (grant, try await RouterView.address(gateway))
    }
    self.quirks = grant.quirks
    let mapping = HeldMapping(wish, grant.lease, time)
    held[address] = mapping
    return Outcome(facts: facts(grant.entry, external: external, held: mapping))
  }

  /// Removes a mapping of ours; fine when there is none, and one that is not ours is left alone.
  func withdraw(_ address: Address, _ key: PortMappingKey) async throws(DriverError) {
    try await DriverError.wrapping {
      try await lock.run {
        held[address] = nil
        let label = label
        _ = try await connection.ask { try await $0.withdraw(key) { label.isOurs($0) } }
      }
    }
  }

  /// Removes all mappings that are kept alive here, for a home whose gateway is no longer ours to drive.
  ///
  /// - Returns: false when something could not be removed yet.
  func withdrawAll() async -> Bool {
    for (address, mapping) in held.sorted(by: { $0.key < $1.key }) {
      do { try await withdraw(address, mapping.wish.key) } catch { return false }
    }
    return true
  }

  /// What to ask a router for.
  static func request(
    _ wish: MappingWish,
    _ lease: UInt32,
    _ label: MappingLabel,
    _ identity: GatewayIdentity
  ) throws -> PortMappingRequest {
    try PortMappingRequest(
      key: wish.key,
      client: wish.client(local: identity.localAddress),
      internalPort: wish.internalPort,
      label: label.text(wish.key),
      lease: lease
    )
  }

  private func checkRange(_ wish: MappingWish) throws(DriverError) {
    guard let range = settings.portRange, !range.contains(Int64(wish.key.externalPort)) else { return }
    throw DriverError(
      .invalid,
      "public port \(wish.key.externalPort) is outside the ports that \(zone) has "
        + "(\(range.lowerBound) to \(range.upperBound)); choose one of those"
    )
  }
}

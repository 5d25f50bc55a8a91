package import RhizomeModel

/// What is to be made true now: the current revision and what it declares.
package struct World: Sendable {
  /// Nil before anything was applied.
  package let revision: Revision?
  /// Without what was excluded by name.
  package let desired: DesiredState
  /// Only these may be deleted or let go.
  package let approvedDeletions: Set<Address>

  package init(revision: Revision, desired: DesiredState) {
    self.revision = revision
    self.desired = desired.excluding(Set(revision.excluded))
    approvedDeletions = Set(revision.approvedDeletions)
  }

  private init() {
    revision = nil
    desired = DesiredState(clusterName: "", source: "", resources: [])
    approvedDeletions = []
  }

  /// Before anything was applied.
  package static let empty = World()

  package var number: Int { revision?.number ?? 0 }

  /// Whether a resource that is no longer declared may be deleted or let go: because that was approved, or because it
  /// followed from a declaration that is still there without it, such as a grant that was taken back; or because another
  /// machine drives it now.
  func mayRemove(_ address: Address, _ record: InventoryRecord?) -> Bool {
    if approvedDeletions.contains(address) || desired.hasMovedAway(address) { return true }
    return record?.owner.map { desired.resources[$0] != nil } ?? false
  }

  /// Who may run when: every declared resource after what it depends on, and every approved deletion after those that
  /// depend on it.
  func charges(_ prior: PriorState, _ registry: DriverRegistry) -> [Address: Charge] {
    var charges: [Address: Charge] = [:]
    for (address, resource) in desired.resources {
      let lane = registry.driverName(resource, prior.records[address], in: desired) ?? World.noDriver
      charges[address] = Charge(lane: lane, afterReady: resource.dependencies.filter { desired.resources[$0] != nil })
    }
    let dependents = World.dependents(prior)
    for (address, record) in prior.records where desired.resources[address] == nil {
      charges[address] = removal(address, record, dependents[address] ?? [])
    }
    for (address, _) in prior.intents where charges[address] == nil {
      charges[address] = Charge(lane: registry.driverName(of: address, in: prior) ?? World.noDriver)
    }
    return charges
  }

  /// The lane of resources that no driver cares for.
  static let noDriver = "none"
  static let noDriverReason =
    "No driver is configured for it; the engine that its kind needs is not part of this rhizome"

  private func removal(_ address: Address, _ record: InventoryRecord, _ dependents: [Address]) -> Charge {
    guard mayRemove(address, record) else { return Charge(lane: record.driver) }
    return Charge(
      lane: record.driver,
      afterReady: dependents.filter { desired.resources[$0] != nil },
      afterGone: dependents.filter { desired.resources[$0] == nil && approvedDeletions.contains($0) }
    )
  }

  /// For each resource, those of the inventory that depend on it.
  private static func dependents(_ prior: PriorState) -> [Address: [Address]] {
    var result: [Address: [Address]] = [:]
    for record in prior.records.values {
      for dependency in record.dependencies { result[dependency, default: []].append(record.address) }
    }
    return result.mapValues { $0.sorted() }
  }
}

extension DesiredState {
  /// The same without these resources.
  func excluding(_ addresses: Set<Address>) -> DesiredState {
    guard !addresses.isEmpty else { return self }
    var copy = self
    copy.resources = resources.filter { !addresses.contains($0.key) }
    for address in addresses { copy.share?.elsewhere[address] = nil }
    copy.deletedByName.formUnion(addresses)
    return copy
  }
}

extension InventoryRecord {
  /// The declaration that a derived resource follows from.
  fileprivate var owner: Address? {
    switch address.kind {
    case .grant: attributes["bucket"].text.map { Address(.bucket, $0) }
    case .portMapping: attributes["service"].text.map { Address(.service, $0) }
    case .firewall: Address(.node, address.name)
    default: nil
    }
  }
}

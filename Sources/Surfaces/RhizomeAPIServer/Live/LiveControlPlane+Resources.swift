package import RhizomeAPI
import RhizomeModel
import RhizomeReconciler

extension LiveControlPlane {
  /// Everything that is declared, and what was made and is not declared any more.
  package func resources(showSecrets: Bool) async throws -> [ResourceView] {
    let desired = await reconciler.desired.resources
    let records = await reconciler.inventory()
    let inventory = Dictionary(records.map { ($0.address, $0) }, uniquingKeysWith: { $1 })
    let statuses = Dictionary(await reconciler.statuses().map { ($0.address, $0) }, uniquingKeysWith: { $1 })
    return Set(desired.keys).union(inventory.keys).sorted().map { address in
      view(of: address, desired[address], inventory[address], statuses[address], showSecrets)
    }
  }

  private func view(
    of address: Address,
    _ desired: Resource?,
    _ record: InventoryRecord?,
    _ status: ResourceStatus?,
    _ showSecrets: Bool
  ) -> ResourceView {
    let spec = desired?.attributes ?? record?.attributes ?? .null
    return ResourceView(
      address: address,
      declared: desired != nil,
      declaredAt: desired?.declaredAt,
      component: address.kind.component,
      home: desired?.home ?? record?.home ?? .cluster,
      spec: showSecrets ? spec.revealed : spec,
      labels: desired?.labels ?? [:],
      status: status,
      revision: record?.revision,
      policies: desired?.policies ?? record?.policies
    )
  }
}

extension Value {
  /// The same value with its secrets in clear, where they are at hand. Only for a person who asked to see them.
  fileprivate var revealed: Value {
    switch self {
    case .sensitive(let secret): secret.cleartext.map(Value.string) ?? self
    case .list(let elements): .list(elements.map(\.revealed))
    case .map(let members): .map(members.mapValues(\.revealed))
    default: self
    }
  }
}

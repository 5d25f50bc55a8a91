package import RhizomeAPI
import RhizomeModel
import RhizomeReconciler

extension LiveControlPlane {
  /// Everything that is declared, and what was made and is not declared any more.
  package func resources(showSecrets: Bool) async throws -> [ResourceView] {
    var snapshot = try await refusing { try await reconciler.snapshot() }
    let cluster = Address(.cluster, snapshot.desired.clusterName)
    snapshot.statuses[cluster]?.conditions += await parts.clusterConditions()
    return Set(snapshot.desired.resources.keys).union(snapshot.records.keys).sorted().map { address in
      view(of: address, snapshot, showSecrets)
    }
  }

  private func view(of address: Address, _ snapshot: Snapshot, _ showSecrets: Bool) -> ResourceView {
    let (desired, record) = (snapshot.desired.resources[address], snapshot.records[address])
    let spec = desired?.attributes ?? record?.attributes ?? .null
    return ResourceView(
      address: address,
      declared: desired != nil,
      declaredAt: desired?.declaredAt,
      component: address.kind.component,
      home: desired?.home ?? record?.home ?? .cluster,
      spec: showSecrets ? spec.revealed : spec,
      labels: desired?.labels ?? [:],
      status: snapshot.statuses[address],
      revision: record?.revision,
      policies: desired?.policies ?? record?.policies,
      caretaker: snapshot.desired.caretaker(of: address)
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

import RhizomeDriver
package import RhizomeModel
import RhizomePlanner
import RhizomeStateStore

/// What a deletion by name comes to, before anything of it is written.
private struct Deletion {
  let revision: Revision
  let desired: DesiredState
  let look: Look
  let plan: Plan
  let excluded: Set<Address>
  /// What is ours and not in the books yet.
  let orphans: [InventoryRecord]
}

extension Reconciler {
  /// What deleting resources by name would do. Looks at everything and writes nothing.
  /// - Throws: `ApplyError`, and what the state store throws.
  package func previewDeletion(_ addresses: [Address]) async throws -> Plan {
    try await alone { try await deletion(addresses).plan }
  }

  /// Deletes resources by name: what is declared, what is in the inventory, and what carries our mark without being either.
  /// They stay away until a later apply declares them again.
  /// - Parameter expectedPlan: a plan that a person approved; it must still be what would be done.
  /// - Throws: `ApplyError`, and what the state store throws.
  package func delete(_ addresses: [Address], author: String, expectedPlan: Plan? = nil) async throws -> ApplyReceipt {
    try await alone {
      let deletion = try await deletion(addresses)
      if let expectedPlan { try check(deletion.plan, against: expectedPlan) }
      guard deletion.plan.refusals.isEmpty else { throw ApplyError.refused(deletion.plan) }
      for record in deletion.orphans { try await takeIn(record) }
      let revision = deletion.revision
      let draft = RevisionDraft(
        source: revision.source,
        origin: Reconciler.origin(ofDeleting: addresses, from: revision.number),
        author: author,
        files: revision.files
      )
      let excluded = deletion.excluded.union(revision.excluded)
      return try await store(deletion.desired, draft, deletion.plan, deletion.look, excluded: excluded)
    }
  }

  /// Where a revision comes from that nobody has written down in a folder or repository.
  private static func origin(ofDeleting addresses: [Address], from number: Int) -> String {
    let names = addresses.prefix(5).map(\.description).joined(separator: " ")
    let rest = addresses.count > 5 ? " and \(addresses.count - 5) more" : ""
    return "rhizome delete \(names)\(rest), on top of revision \(number)"
  }

  private func deletion(_ addresses: [Address]) async throws -> Deletion {
    try await takeUp()
    guard let revision = world.revision else { throw ApplyError.noRevision }
    let unknown = addresses.filter { world.desired.resources[$0] == nil && prior.records[$0] == nil }
    let excluded = try withDerived(addresses)
    let desired = world.desired.excluding(excluded)
    var look = await lookAtEverything(desired)
    let orphans = try await orphans(unknown, revision, &look)
    var known = prior
    for record in orphans { known.records[record.address] = record }
    let plan = plan(desired, look, PlanOptions(), approved: excluded, prior: known)
    return Deletion(
      revision: revision,
      desired: desired,
      look: look,
      plan: plan,
      excluded: excluded,
      orphans: orphans
    )
  }

  /// What carries our mark under these addresses, as records, and looked at.
  /// - Throws: `ApplyError` when there is nothing of ours under one of them.
  private func orphans(_ addresses: [Address], _ revision: Revision, _ look: inout Look) async throws
    -> [InventoryRecord]
  {
    var records: [InventoryRecord] = []
    for address in addresses {
      guard let (lane, object) = orphan(address, look), let driver = registry[lane] else {
        throw ApplyError.unknownResource(address)
      }
      var record = InventoryRecord(
        address: address,
        attributes: .null,
        engineID: object.engineID,
        driver: lane,
        source: revision.source,
        revision: revision.number
      )
      let target = ObservationTarget(address: address, desired: nil, prior: record)
      let seen = await calls.lookUp(target, with: driver)
      if case .present(let present) = seen { record.attributes = present.attributes }
      look.observed.resources[address] = seen
      look.observed.foreign.removeAll { $0 == object }
      records.append(record)
    }
    return records
  }

  private func orphan(_ address: Address, _ look: Look) -> (lane: String, object: ForeignObject)? {
    for (lane, objects) in look.foreign.sorted(by: { $0.key < $1.key }) {
      let ours = objects.first { $0.mark?.clusterID == settings.clusterID && $0.mark?.address == address }
      if let ours { return (lane, ours) }
    }
    return nil
  }

  private func takeIn(_ record: InventoryRecord) async throws {
    var change = Ledger.Change(record.address)
    change.record = .put(record)
    try await commit(change)
  }

  /// The addresses with all that follows from them alone.
  private func withDerived(_ addresses: [Address]) throws -> Set<Address> {
    if let cluster = addresses.first(where: { $0.kind == .cluster }) {
      let others = Set(world.desired.addresses).subtracting(addresses)
      if !others.isEmpty { throw ApplyError.needed(cluster, by: others.sorted()) }
    }
    var excluded = Set(addresses)
    for resource in world.desired.resources.values where resource.address.kind.isDerived {
      if !excluded.isDisjoint(with: resource.dependencies) { excluded.insert(resource.address) }
    }
    for address in addresses.sorted() {
      let others = world.desired.resources.values.filter {
        $0.dependencies.contains(address) && !excluded.contains($0.address)
      }
      if !others.isEmpty { throw ApplyError.needed(address, by: others.map(\.address).sorted()) }
    }
    return excluded
  }
}

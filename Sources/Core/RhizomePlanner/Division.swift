import RhizomeModel

/// Zeroth step: which resources a plan has to look into at all. Of thousands most are settled: declared, made and seen are
/// one, and there is nothing to find out about them that took more than this one comparison.
struct Division {
  /// How many are as they shall be.
  private(set) var settledCount = 0
  /// All others that this source declares, declared before, or was about to make; sorted.
  private(set) var open: [Address] = []
  /// Made for other sources and declared here, of everything.
  private(set) var moved: [InventoryRecord] = []
  /// Made for other sources and not declared here, of everything.
  private(set) var kept: [InventoryRecord] = []

  init(_ inputs: PlanningInputs) {
    var scope: Set<Address>?
    if case .only(let wanted) = inputs.context.scope { scope = Holding.neighbours(of: wanted, in: inputs) }
    let recorded = addDeclared(inputs, scope)
    if recorded < inputs.prior.records.count { addUndeclared(inputs, scope) }
    addIntents(inputs, scope)
    open.sort()
  }

  /// How many of those declared are in the inventory.
  private mutating func addDeclared(_ inputs: PlanningInputs, _ scope: Set<Address>?) -> Int {
    var recorded = 0
    for (address, resource) in inputs.desired.resources {
      let record = inputs.prior.records[address]
      if record != nil { recorded += 1 }
      if let record, !inputs.isOurs(record) { moved.append(record) }
      guard scope?.contains(address) ?? true else { continue }
      if Division.isSettled(resource, record, inputs) { settledCount += 1 } else { open.append(address) }
    }
    return recorded
  }

  private mutating func addUndeclared(_ inputs: PlanningInputs, _ scope: Set<Address>?) {
    for (address, record) in inputs.prior.records where inputs.desired.resources[address] == nil {
      guard inputs.isOurs(record) else {
        kept.append(record)
        continue
      }
      if scope?.contains(address) ?? true { open.append(address) }
    }
  }

  private mutating func addIntents(_ inputs: PlanningInputs, _ scope: Set<Address>?) {
    for address in inputs.prior.intents.keys where inputs.desired.resources[address] == nil {
      guard inputs.prior.records[address] == nil, scope?.contains(address) ?? true else { continue }
      open.append(address)
    }
  }

  /// What `Matching` would come to in the simplest of all cases, where it finds nothing to do and nothing to tell.
  private static func isSettled(_ desired: Resource, _ record: InventoryRecord?, _ inputs: PlanningInputs) -> Bool {
    guard let record, case .present(let seen)? = inputs.observed.resources[desired.address] else { return false }
    let clusterID = inputs.context.clusterID
    return (seen.mark?.clusterID ?? clusterID) == clusterID && !seen.isStranger
      && record.attributes == desired.attributes && seen.attributes == desired.attributes
      && !Matching.isReplaced(desired.address, record, seen)
  }
}

import RhizomeModel

/// Third step: what has to wait, because something that it needs is in doubt.
///
/// - To make or change a resource, what it depends on must exist or be made by the same plan. Where that could not be
///   looked at, the resource waits; where it is blocked, so is the resource. A dependency in the inventory is taken to
///   exist, so that a failed look holds up nothing that was converged before.
/// - A grant stays as long as its bucket does.
/// - What others depend on is not deleted while one of them could not be looked at.
struct Holding {
  private let inputs: PlanningInputs
  private var decisions: [Address: Decision]
  private let dependents: [Address: [Address]]

  init(_ decisions: [Decision], _ inputs: PlanningInputs) {
    self.inputs = inputs
    self.decisions = Dictionary(decisions.map { ($0.address, $0) }, uniquingKeysWith: { $1 })
    let removed = decisions.contains { $0.action?.isRemoval == true }
    self.dependents = removed ? Holding.dependents(inputs.prior) : [:]
  }

  /// For each resource, those of the inventory that depend on it.
  static func dependents(_ prior: PriorState) -> [Address: [Address]] {
    var result: [Address: [Address]] = [:]
    for record in prior.records.values {
      for dependency in record.dependencies { result[dependency, default: []].append(record.address) }
    }
    return result
  }

  /// The decisions with waiting filled in.
  func held() -> [Address: Decision] {
    var copy = self
    let (order, cycles) = copy.order()
    for cycle in cycles { copy.refuse(cycle) }
    for address in order { copy.hold(address) }
    return copy.decisions
  }

  private func order() -> ([Address], [[Address]]) {
    var graph = Graph<Address>()
    for (address, decision) in decisions {
      guard let action = decision.action else { continue }
      graph.add(address)
      if action.isRemoval {
        for bucket in owner(of: address) { graph.require(bucket, before: address) }
      } else {
        for dependency in action.dependencies where decisions[dependency]?.action != nil {
          graph.require(dependency, before: address)
        }
      }
    }
    return graph.sorted()
  }

  /// Things that need each other can never be made; what exists already may stay as it is.
  private mutating func refuse(_ cycle: [Address]) {
    let path = (cycle + cycle.prefix(1)).map(\.description).joined(separator: " -> ")
    for address in cycle where decisions[address]?.action?.isRemoval == false {
      guard inputs.prior.records[address] == nil else { continue }
      block(address, "it needs itself: \(path); take one of these references out")
    }
  }

  private mutating func hold(_ address: Address) {
    guard let action = decisions[address]?.action else { return }
    switch action.verb {
    case .create, .adopt, .update: holdForDependencies(address, action)
    case .delete, .forget: holdRemoval(address)
    case .blocked: break
    }
  }

  private mutating func holdForDependencies(_ address: Address, _ action: Action) {
    for dependency in action.dependencies where inputs.prior.records[dependency] == nil {
      switch decisions[dependency]?.outcome {
      case .unknown(let reason): return wait(address, "it waits for \(dependency): \(reason)")
      case .act(let other) where other.verb == .blocked:
        return block(address, "it waits for \(dependency): \(other.reason)")
      default: continue
      }
    }
  }

  private mutating func holdRemoval(_ address: Address) {
    for bucket in owner(of: address) {
      switch decisions[bucket]?.outcome {
      case .act(let other) where other.verb == .blocked:
        return block(address, "it stays as long as \(bucket): \(other.reason)")
      case .unknown(let reason): return wait(address, "it waits for \(bucket): \(reason)")
      default: continue
      }
    }
    for dependent in (dependents[address] ?? []).sorted() where inputs.desired.resources[dependent] == nil {
      guard case .unknown(let reason)? = decisions[dependent]?.outcome else { continue }
      return wait(address, "\(dependent) still depends on it: \(reason)")
    }
  }

  /// The undeclared bucket of an undeclared grant.
  private func owner(of address: Address) -> [Address] {
    guard address.kind == .grant, let owner = Subject(address, in: inputs).owner else { return [] }
    return inputs.desired.resources[owner] == nil && decisions[owner] != nil ? [owner] : []
  }

  private mutating func wait(_ address: Address, _ reason: String) {
    decisions[address]?.outcome = .unknown(reason: reason)
  }

  private mutating func block(_ address: Address, _ reason: String) {
    decisions[address]?.outcome = .act(Action(.blocked, address, reason: reason))
  }
}

extension Holding {
  /// Everything whose decision bears on that of `address`, and itself.
  static func neighbours(of address: Address, in inputs: PlanningInputs) -> Set<Address> {
    var found: Set<Address> = [address]
    var waiting = [address]
    while let next = waiting.popLast() {
      let dependencies = (inputs.desired.resources[next]?.dependencies ?? []).filter { inputs.prior.records[$0] == nil }
      for other in dependencies where found.insert(other).inserted { waiting.append(other) }
    }
    guard inputs.desired.resources[address] == nil else { return found }
    if let owner = Subject(address, in: inputs).owner { found.insert(owner) }
    return found.union(dependents(inputs.prior)[address] ?? [])
  }
}

extension Action {
  /// True when the resource leaves the inventory.
  package var isRemoval: Bool { verb == .delete || verb == .forget }
}

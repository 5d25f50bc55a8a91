import RhizomeModel

/// Third step: what has to wait, because something that it needs, or that needs it, is in doubt.
///
/// - To make or change a resource, what it depends on must exist or be made by the same plan. Where that could not be
///   looked at, the resource waits; where it is blocked, so is the resource. A dependency in the inventory is taken to
///   exist, so that a failed look holds up nothing that was converged before.
/// - A grant is not withdrawn while its bucket has to stay: somebody may need it to empty the bucket.
/// - What others of the inventory depend on stays as long as one of them does, or may do.
struct Holding {
  private let inputs: PlanningInputs
  /// As each resource was decided for itself.
  private let matched: [Address: Decision]
  private var decisions: [Address: Decision]
  private let dependents: [Address: [Address]]

  init(_ decisions: [Decision], _ inputs: PlanningInputs) {
    self.inputs = inputs
    self.matched = Dictionary(decisions.map { ($0.address, $0) }, uniquingKeysWith: { $1 })
    self.decisions = matched
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
      let first = action.isRemoval ? dependents[address] ?? [] : action.dependencies
      for other in first where decisions[other]?.action != nil { graph.require(other, before: address) }
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
    if let bucket = bucket(of: address) {
      switch matched[bucket]?.outcome {
      case .act(let other) where other.verb == .blocked:
        return block(address, "it stays as long as \(bucket): \(other.reason)")
      case .unknown(let reason): return wait(address, "it waits for \(bucket): \(reason)")
      default: break
      }
    }
    for dependent in (dependents[address] ?? []).sorted() where !holdRemoval(address, for: dependent) { return }
  }

  /// False when the dependent keeps the resource from being removed.
  private mutating func holdRemoval(_ address: Address, for dependent: Address) -> Bool {
    if let source = otherSource(of: dependent) {
      block(address, "\(dependent), which '\(source)' declared, still depends on it; remove that first")
      return false
    }
    switch decisions[dependent]?.outcome {
    case .unknown(let reason): wait(address, "\(dependent) still depends on it: \(reason)")
    case .act(let other) where other.verb == .blocked:
      block(address, "\(dependent) still depends on it: \(other.reason)")
    case .unpruned: block(address, "\(dependent) still depends on it, and is kept; remove that first")
    default: return true
    }
    return false
  }

  /// The undeclared bucket of an undeclared grant that is still there.
  private func bucket(of address: Address) -> Address? {
    guard address.kind == .grant, matched[address]?.action?.verb == .delete else { return nil }
    guard let bucket = Subject(address, in: inputs).owner, inputs.desired.resources[bucket] == nil else { return nil }
    return bucket
  }

  /// The source of a resource that is none of this plan's business.
  private func otherSource(of address: Address) -> String? {
    guard let record = inputs.prior.records[address], inputs.desired.resources[address] == nil else { return nil }
    return inputs.isOurs(record) ? nil : record.source
  }

  private mutating func wait(_ address: Address, _ reason: String) {
    decisions[address]?.outcome = .unknown(reason: reason)
  }

  private mutating func block(_ address: Address, _ reason: String) {
    decisions[address]?.outcome = .act(Action(.blocked, address, reason: reason))
  }
}

extension Holding {
  /// Everything whose decision bears on those of `addresses`, and they themselves.
  static func neighbours(of addresses: Set<Address>, in inputs: PlanningInputs) -> Set<Address> {
    let isRemoving = addresses.contains { inputs.desired.resources[$0] == nil }
    let dependents = isRemoving ? dependents(inputs.prior) : [:]
    var found = addresses
    var waiting = Array(addresses)
    while let next = waiting.popLast() {
      let others: [Address] =
        if let resource = inputs.desired.resources[next] {
          resource.dependencies.filter { inputs.prior.records[$0] == nil }
        } else {
          (dependents[next] ?? []) + [Subject(next, in: inputs).owner].compactMap { $0 }
        }
      for other in others where found.insert(other).inserted { waiting.append(other) }
    }
    return found
  }
}

extension Action {
  /// True when the resource leaves the inventory.
  package var isRemoval: Bool { verb == .delete || verb == .forget }
}

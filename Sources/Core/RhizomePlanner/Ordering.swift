import RhizomeModel

/// Fourth step: in which order.
///
/// What others need comes before them; what is removed goes after everything that still uses it, and after all other
/// work, unless it holds something that somebody else is about to take: a public port, a bucket name, a key id.
struct Ordering {
  private let inputs: PlanningInputs
  private let actions: [Address: Action]
  private var graph = Graph<Address>()

  private init(_ actions: [Action], _ inputs: PlanningInputs) {
    self.inputs = inputs
    self.actions = Dictionary(actions.map { ($0.address, $0) }, uniquingKeysWith: { $1 })
  }

  /// The actions in order, each with all that has to be done before it.
  static func order(_ actions: [Action], _ inputs: PlanningInputs) -> [Action] {
    var ordering = Ordering(actions, inputs)
    ordering.addNodes()
    let releases = ordering.addClaims()
    return ordering.sorted(releases)
  }

  private mutating func addNodes() {
    for (address, action) in actions {
      graph.add(address)
      if !action.isRemoval {
        for dependency in action.dependencies where actions[dependency] != nil {
          graph.require(dependency, before: address)
        }
      }
      for dependency in inputs.prior.records[address]?.dependencies ?? [] {
        guard let other = actions[dependency], other.isRemoval else { continue }
        graph.require(address, before: dependency)
      }
    }
  }

  /// Who gives something up goes before who takes it. Returns, for each taker, the givers.
  private mutating func addClaims() -> [Address: [Address]] {
    var givers: [Claim: [Address]] = [:]
    for address in actions.keys {
      for claim in claims(before: address).subtracting(claims(after: address)) {
        givers[claim, default: []].append(address)
      }
    }
    guard !givers.isEmpty else { return [:] }
    var result: [Address: [Address]] = [:]
    for address in actions.keys where actions[address]?.verb != .blocked {
      for claim in claims(after: address).subtracting(claims(before: address)) {
        for giver in givers[claim] ?? [] where giver != address {
          graph.prefer(giver, before: address)
          result[address, default: []].append(giver)
        }
      }
    }
    return result
  }

  private func claims(before address: Address) -> Set<Claim> {
    guard actions[address]?.verb != .blocked, let record = inputs.prior.records[address] else { return [] }
    return Claim.all(address.kind, record.attributes)
  }

  private func claims(after address: Address) -> Set<Claim> {
    guard let action = actions[address], !action.isRemoval else { return [] }
    return Claim.all(address.kind, inputs.desired.resources[address]?.attributes ?? .null)
  }

  private func sorted(_ releases: [Address: [Address]]) -> [Action] {
    let building = actions.values.filter { !$0.isRemoval }.map(\.address)
    let early = graph.predecessors(of: building)
    let order = graph.sorted { address in
      actions[address]?.isRemoval == true && !early.contains(address) ? 1 : 0
    }.order
    var position: [Address: Int] = [:]
    for (index, address) in order.enumerated() { position[address] = index }
    return order.compactMap { address in
      actions[address].map { complete($0, releases[address] ?? [], position) }
    }
  }

  /// Adds what must be done before beyond what the declaration names.
  private func complete(_ action: Action, _ releases: [Address], _ position: [Address: Int]) -> Action {
    let here = position[action.address] ?? 0
    let before = { (other: Address) in (position[other] ?? Int.max) < here }
    let users = action.isRemoval ? dependents[action.address] ?? [] : []
    return action.depending(on: Set(action.dependencies + (releases + users).filter(before)))
  }

  /// For each removed resource, those that act and used it.
  private var dependents: [Address: [Address]] {
    var result: [Address: [Address]] = [:]
    for address in actions.keys {
      for dependency in inputs.prior.records[address]?.dependencies ?? [] {
        result[dependency, default: []].append(address)
      }
    }
    return result
  }
}

/// Something that only one resource can hold at a time.
struct Claim: Hashable {
  let text: String

  static func all(_ kind: Kind, _ attributes: Value) -> Set<Claim> {
    let texts: [String] =
      switch kind {
      case .portMapping: port(attributes)
      case .bucket: (attributes["aliases"].texts ?? []).map { "alias \($0)" }
      case .accessKey: [attributes["id"].text, attributes["imported"]["id"].text].compactMap { $0 }.map { "key \($0)" }
      default: []
      }
    return Set(texts.map(Claim.init))
  }

  /// A port is held in its home, and, as homes can be renamed, at the machine that it leads to.
  private static func port(_ attributes: Value) -> [String] {
    guard let port = attributes["externalPort"].integer, let name = attributes["protocol"].text else { return [] }
    let places = [attributes["zone"].text, attributes["internalAddress"].text].compactMap { $0 }
    return places.map { "port \(name) \(port) at \($0)" }
  }
}

extension Action {
  func depending(on addresses: Set<Address>) -> Action {
    Action(
      verb,
      address,
      reason: reason,
      changes: changes,
      dependencies: Array(addresses),
      cost: cost,
      seatbelt: seatbelt
    )
  }

  func costing(_ cost: Cost?) -> Action {
    Action(
      verb,
      address,
      reason: reason,
      changes: changes,
      dependencies: dependencies,
      cost: cost,
      seatbelt: seatbelt
    )
  }
}

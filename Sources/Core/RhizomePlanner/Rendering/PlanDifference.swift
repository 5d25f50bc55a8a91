package import RhizomeModel

extension Plan {
  /// Which inputs of a plan made anew differ from those of this one, which a person approved: by resource and field, and
  /// whether it is what was observed or what is declared. Empty when both do the same. Facts that move by themselves
  /// (costs, drift, what is unchanged) do not count.
  package func changes(in fresh: Plan) -> [String] {
    let cluster = clusterName == fresh.clusterName ? [] : ["declared: the cluster is now '\(fresh.clusterName)'"]
    let (old, new) = (byAddress, fresh.byAddress)
    let sentences = Set(old.keys).union(new.keys).sorted().flatMap { PlanDifference.sentences($0, old[$0], new[$0]) }
    let rest = sentences.count - PlanDifference.named
    return cluster + sentences.prefix(PlanDifference.named) + (rest > 0 ? ["and \(rest) more"] : [])
  }

  private var byAddress: [Address: Action] {
    Dictionary(actions.map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
  }
}

/// What differs between two plans for one resource, in sentences.
private enum PlanDifference {
  /// So many differences are named.
  static let named = 50

  static func sentences(_ address: Address, _ before: Action?, _ now: Action?) -> [String] {
    switch (before, now) {
    case (let before?, let now?) where before.verb == now.verb: fields(before, now)
    case (let before?, let now?):
      ["\(address) was to be \(words(before)), and is now to be \(words(now)): \(ValueText.escaped(now.reason))"]
    case (let before?, nil): ["\(address) was to be \(words(before)), and needs nothing now\(gone(before))"]
    case (nil, let now?):
      ["\(address) needed nothing, and is now to be \(words(now)): \(ValueText.escaped(now.reason))"]
    case (nil, nil): []
    }
  }

  private static func gone(_ action: Action) -> String {
    switch action.verb {
    case .create, .adopt: ": observed, it is there by now"
    case .update: ": observed, it is by now as it is declared"
    case .delete, .forget, .blocked: ""
    }
  }

  private static func fields(_ before: Action, _ now: Action) -> [String] {
    let old = Dictionary(before.changes.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    let new = Dictionary(now.changes.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    return Set(old.keys).union(new.keys).sorted().flatMap { field(before.address, $0, old[$0], new[$0]) }
  }

  private static func field(_ address: Address, _ path: FieldPath, _ old: FieldChange?, _ new: FieldChange?) -> [String]
  {
    let name = "\(address) \(ValueText.escaped(path.description))"
    let text = { (value: Value) in ValueText.text(value, Schema.type(of: address.kind, at: path)) }
    guard let old else {
      return [
        new.map { "observed: \(name) was as declared when the plan was made, and is \(text($0.from)) now" } ?? name
      ]
    }
    guard let new else {
      return ["observed: \(name) was \(text(old.from)) when the plan was made, and is by now as declared"]
    }
    let seen = "observed: \(name) was \(text(old.from)) when the plan was made, and is \(text(new.from)) now"
    let said = "declared: \(name) was to be \(text(old.to)) when the plan was made, and is to be \(text(new.to)) now"
    return (old.from == new.from ? [] : [seen]) + (old.to == new.to ? [] : [said])
  }

  private static func words(_ action: Action) -> String {
    let fields = action.verb == .update ? action.changes.map { ValueText.escaped($0.path.description) } : []
    return fields.isEmpty ? action.verb.done : "\(action.verb.done) (\(fields.joined(separator: ", ")))"
  }
}

extension Action.Verb {
  fileprivate var done: String {
    switch self {
    case .create: "created"
    case .update: "updated"
    case .delete: "deleted"
    case .adopt: "adopted"
    case .forget: "forgotten"
    case .blocked: "blocked"
    }
  }
}

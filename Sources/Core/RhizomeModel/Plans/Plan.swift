/// What would be done, in order: a value that can be printed, saved, approved and run exactly as printed.
package struct Plan: Sendable, Hashable, Codable {
  package static let currentFormatVersion = 1

  package let formatVersion: Int
  package let clusterName: String
  /// In an order that respects every dependency.
  package let actions: [Action]
  package let drift: [DriftEntry]
  /// Resources that could not be looked at, and so get no action; sorted by address.
  package let unknown: [UnknownResource]
  /// Seatbelts that refuse the whole plan. Not empty means: nothing of it may run.
  package let refusals: [Refusal]
  /// No longer declared, and kept because pruning was not asked for; sorted.
  package let unpruned: [Address]
  /// How many resources need nothing.
  package let unchangedCount: Int
  /// Which part of what is declared this plan speaks of; nil when it is all.
  package let share: PlanShare?
  /// What moves between sources, or is kept for an earlier one; nil when there is nothing of the kind.
  package let takeover: PlanTakeover?

  package init(
    clusterName: String,
    actions: [Action],
    drift: [DriftEntry] = [],
    unknown: [UnknownResource] = [],
    refusals: [Refusal] = [],
    unpruned: [Address] = [],
    unchangedCount: Int = 0,
    share: PlanShare? = nil,
    takeover: PlanTakeover? = nil
  ) {
    self.formatVersion = Plan.currentFormatVersion
    self.clusterName = clusterName
    self.actions = actions
    self.drift = drift
    self.unknown = unknown
    self.refusals = refusals
    self.unpruned = unpruned
    self.unchangedCount = unchangedCount
    self.share = share
    self.takeover = takeover
  }

  /// Nothing to do, nothing in doubt.
  package var isEmpty: Bool { actions.isEmpty && unknown.isEmpty && refusals.isEmpty }

  package func count(_ verb: Action.Verb) -> Int { actions.count { $0.verb == verb } }

  /// The same plan with other actions or refusals in the place of its own.
  package func replacing(actions: [Action]? = nil, refusals: [Refusal]? = nil) -> Plan {
    Plan(
      clusterName: clusterName,
      actions: actions ?? self.actions,
      drift: drift,
      unknown: unknown,
      refusals: refusals ?? self.refusals,
      unpruned: unpruned,
      unchangedCount: unchangedCount,
      share: share,
      takeover: takeover
    )
  }
}

/// Whose part of the declarations a plan speaks of.
package struct PlanShare: Sendable, Hashable, Codable {
  /// The name of the Node.
  package let node: String
  /// How many resources it drives.
  package let driven: Int
  /// How many are declared in all.
  package let declared: Int
  /// Made here, driven by another machine now, and left as they are; sorted.
  package let held: [HeldResource]

  package init(node: String, driven: Int, declared: Int, held: [HeldResource]) {
    self.node = node
    self.driven = driven
    self.declared = declared
    self.held = held
  }

  /// `This machine (Node/oak) drives 7 of 31 resources.`
  package var sentence: String { "This machine (Node/\(node)) drives \(driven) of \(declared) resources." }
}

/// A resource that was made on this machine, and that another one drives now.
package struct HeldResource: Sendable, Hashable, Codable {
  package let address: Address
  /// Who drives it, such as `Node/oak`.
  package let caretaker: String

  package init(address: Address, caretaker: String) {
    self.address = address
    self.caretaker = caretaker
  }
}

/// A resource that could not be observed.
package struct UnknownResource: Sendable, Hashable, Codable {
  package let address: Address
  package let reason: String
  /// It is no longer declared, and is removed as soon as it can be looked at.
  package let isRemoval: Bool

  package init(address: Address, reason: String, isRemoval: Bool = false) {
    self.address = address
    self.reason = reason
    self.isRemoval = isRemoval
  }
}

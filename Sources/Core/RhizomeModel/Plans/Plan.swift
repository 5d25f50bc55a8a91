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

  package init(
    clusterName: String,
    actions: [Action],
    drift: [DriftEntry] = [],
    unknown: [UnknownResource] = [],
    refusals: [Refusal] = [],
    unpruned: [Address] = [],
    unchangedCount: Int = 0
  ) {
    self.formatVersion = Plan.currentFormatVersion
    self.clusterName = clusterName
    self.actions = actions
    self.drift = drift
    self.unknown = unknown
    self.refusals = refusals
    self.unpruned = unpruned
    self.unchangedCount = unchangedCount
  }

  /// Nothing to do, nothing in doubt.
  package var isEmpty: Bool { actions.isEmpty && unknown.isEmpty && refusals.isEmpty }

  package func count(_ verb: Action.Verb) -> Int { actions.count { $0.verb == verb } }
}

/// A resource that could not be observed.
package struct UnknownResource: Sendable, Hashable, Codable {
  package let address: Address
  package let reason: String

  package init(address: Address, reason: String) {
    self.address = address
    self.reason = reason
  }
}

/// A seatbelt that holds: its name, and a sentence on what it saw and what to do.
package struct Refusal: Sendable, Hashable, Codable {
  package enum Rule: String, Sendable, Hashable, Codable, CaseIterable {
    case emptyTree
    case tooManyDeletions
    case protectedResource
    case lastAdministrator
    case lastOwnerKey
    case otherCluster
  }

  package let rule: Rule
  package let message: String

  package init(_ rule: Rule, _ message: String) {
    self.rule = rule
    self.message = message
  }
}

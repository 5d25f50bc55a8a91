/// One statement about a resource: true, false or unknown, with why and since when.
package struct Condition: Sendable, Hashable, Codable {
  package enum ConditionType: String, Sendable, Hashable, Codable, CaseIterable {
    /// It is as it shall be.
    case ready = "Ready"
    /// Rhizome is working on it.
    case reconciling = "Reconciling"
    /// It will not become ready by itself; somebody has to decide or repair something.
    case stalled = "Stalled"
    /// Of the Cluster alone: the newest commit of the followed repository is what runs.
    case synced = "Synced"
    /// Of the Cluster alone: scheduled reports arrive.
    case reported = "Reported"
  }

  package enum State: String, Sendable, Hashable, Codable {
    case `true` = "True"
    case `false` = "False"
    case unknown = "Unknown"
  }

  package let type: ConditionType
  package var state: State
  /// One word in CamelCase, for programs.
  package var reason: String
  /// A sentence, for people.
  package var message: String
  /// When the state last changed, as `lastTransitionTime` in Kubernetes: another reason for the same state leaves it, so
  /// that it answers "since when is this not ready?" also where one cause follows another.
  package var since: Timestamp

  package init(_ type: ConditionType, _ state: State, reason: String, message: String, since: Timestamp) {
    self.type = type
    self.state = state
    self.reason = reason
    self.message = message
    self.since = since
  }
}

/// What is known about a resource: its conditions, and of which revision they speak.
package struct ResourceStatus: Sendable, Hashable, Codable {
  package let address: Address
  package var revision: Int
  package var conditions: [Condition]
  /// Facts to show, such as a key's id or a mapping's public address; never secrets.
  package var facts: [String: Value]

  package init(address: Address, revision: Int, conditions: [Condition], facts: [String: Value] = [:]) {
    self.address = address
    self.revision = revision
    self.conditions = conditions
    self.facts = facts
  }

  package subscript(_ type: Condition.ConditionType) -> Condition? { conditions.first { $0.type == type } }
}

/// What may be asked of the firewall of the machine that the daemon runs on.
package enum FirewallStep: String, Sendable, Hashable {
  case show
  /// Somebody still gets in.
  case confirm
  /// Try again after it was taken away.
  case retry
}

/// `GET /v1/firewall`, `POST /v1/firewall/confirm` and `/retry`: how it stands.
package struct FirewallView: Sendable, Hashable, Codable {
  package enum State: String, Sendable, Hashable, Codable {
    /// There is none of ours.
    case none
    /// It is taken away again unless somebody confirms it.
    case waiting
    case confirmed
    /// Nobody confirmed it in time.
    case rolledBack
    /// There is one, and nobody was asked about it.
    case unasked
  }

  package var state: State
  /// Until it is taken away, while it waits.
  package var secondsLeft: Int64?
  /// What the state means.
  package var sentence: String
  /// What it comes to beside the firewalls of others.
  package var verdict: String
  /// What comes in.
  package var openings: [String]
  /// The home's own networks.
  package var lan: [String]
  /// The other machines.
  package var nodes: [String]
  /// Who is logged in through SSH from elsewhere.
  package var sessions: [String]

  package init(
    state: State,
    secondsLeft: Int64?,
    sentence: String,
    verdict: String,
    openings: [String],
    lan: [String],
    nodes: [String],
    sessions: [String]
  ) {
    self.state = state
    self.secondsLeft = secondsLeft
    self.sentence = sentence
    self.verdict = verdict
    self.openings = openings
    self.lan = lan
    self.nodes = nodes
    self.sessions = sessions
  }
}

import NFTables
import RhizomeModel

/// What this driver tells people.
enum Sentences {
  static let rolledBack = """
    The new firewall was taken away again, because nobody confirmed in time that they still get in: everything is open as \
    before. Look whether 'firewall.allow' of the Node lets you in; then run `rhizome firewall retry`, and within the time \
    given `rhizome firewall confirm` from a new connection.
    """

  static let nothingToConfirm = """
    There is no new firewall to confirm on this machine. A Node with 'firewall: {mode: managed}' makes one.
    """

  static func otherMachine(_ address: Address) -> String {
    "the firewall of Node/\(address.name) is kept by the daemon on that machine (rhizome agent --node \(address.name))"
  }

  static func confirmation(_ phase: SeatbeltPhase) -> String {
    switch phase {
    case .untried: "nobody was asked to confirm it"
    case .waiting:
      "it waits for `rhizome firewall confirm` from a new connection, and is taken away again if that does not come in time"
    case .confirmed: "confirmed"
    case .rolledBack: rolledBack
    }
  }

  /// What our table comes to beside those of others.
  static func verdict(_ foreign: [ForeignChain]) -> String {
    guard !foreign.isEmpty else { return "Only what is declared comes in." }
    let chains = foreign.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
    return
      "Another firewall on this machine turns people away too (\(chains)), so what is open here may still be closed "
      + "there. Let the same ports in there, or do without that firewall."
  }

  static func shutOut(_ sessions: [Session]) -> String {
    let who = sessions.prefix(5).map(\.description).joined(separator: "; ")
    return
      "This would shut out somebody who is logged in now through SSH (\(who)): they could not connect again. Add an "
      + "'allow' for them to the Node's firewall, or let them log out; to do it all the same, write the annotation "
      + "rhizome/firewall-force: \"true\" on the Node."
  }
}

import NFTables
import PrivateFiles
package import RhizomeDriver
import RhizomeModel

/// The first firewall of a machine, and those after it.
extension FirewallDriver {
  /// Writes the table that is declared, with the seatbelt on where nobody has confirmed one yet.
  func put(_ attributes: Value) async throws {
    try await endWhatIsOver()
    let phase = try files.phase()
    if phase == .rolledBack { throw DriverError(.refused, Sentences.rolledBack) }
    let lan = try surroundings.lan()
    let table = try FirewallTranslation.table(attributes, lan: lan)
    if phase == .confirmed {
      if attributes["force"].boolean != true { try refuseToShutOut(table) }
    } else {
      try await buckleUp(table, phase, confirm: attributes["confirm"].integer ?? 120_000)
    }
    // Before it is in the table: a crash between the two looks like drift, and is healed.
    try written.keep(lan)
    try await surroundings.tables().replace(with: table)
  }

  /// From here on the table goes away by itself unless it is confirmed.
  private func buckleUp(_ table: FirewallTable, _ phase: SeatbeltPhase, confirm: Int64) async throws {
    let script = try FirewallScript.replacing(with: table)
    // Putting back what somebody changed is no new attempt: it would put off the deadline.
    if case .waiting(let attempt) = phase, attempt.script == script { return }
    let attempt = Attempt(
      token: surroundings.makeToken(),
      deadline: surroundings.uptime() + confirm,
      boot: surroundings.boot(),
      script: script
    )
    try files.begin(attempt)
    do {
      try await surroundings.guardian().start(attempt, files, confirm)
    } catch {
      try files.clear()
      throw error
    }
  }

  /// Takes an unconfirmed firewall away when its time is over, also when this daemon was not there then.
  func endWhatIsOver() async throws {
    switch try files.phase() {
    case .waiting(let attempt):
      guard attempt.isOver(at: surroundings.uptime(), boot: surroundings.boot()) else { return }
      _ = files.rollBack(attempt)
      guard try files.phase() == .rolledBack else { return }
      try await surroundings.tables().remove()
      _ = try? await look()
      tell("RolledBack", Sentences.rolledBack, level: .warning)
    case .rolledBack:
      // The guard was faster than this daemon, or renamed the file and could not go on.
      let hadTable = seen?.table != nil
      if try await look().table != nil { try await surroundings.tables().remove() }
      if hadTable { tell("RolledBack", Sentences.rolledBack, level: .warning) }
    case .untried, .confirmed: return
    }
  }

  /// - Throws: `DriverError` with code `refused` when somebody who is logged in now could not come back.
  private func refuseToShutOut(_ table: FirewallTable) throws(DriverError) {
    let shutOut = surroundings.sessions().filter { !table.admits($0) }
    if !shutOut.isEmpty { throw DriverError(.refused, Sentences.shutOut(shutOut)) }
  }
}

// MARK: - What people say

extension FirewallDriver {
  /// Somebody still gets in: the firewall stays.
  /// - Throws: `DriverError` with code `refused` when there is nothing to confirm, or it is too late.
  package func confirm() async throws(DriverError) -> FirewallReport {
    try await DriverError.wrapping {
      try await self.exclusively {
        try await self.endWhatIsOver()
        switch try self.files.phase() {
        case .confirmed: break
        case .untried: throw DriverError(.refused, Sentences.nothingToConfirm)
        case .rolledBack: throw DriverError(.refused, Sentences.rolledBack)
        case .waiting(let attempt):
          guard self.files.confirm(attempt) else { throw DriverError(.refused, Sentences.rolledBack) }
          try PrivateFiles.sync(self.files.folder)
          self.tell("Confirmed", "The firewall was confirmed and stays.")
        }
        return try await self.reportAlone()
      }
    }
  }

  /// After a roll-back: try again.
  /// - Throws: `DriverError` with code `refused` when nothing was rolled back.
  package func retry() async throws(DriverError) -> FirewallReport {
    try await DriverError.wrapping {
      try await self.exclusively {
        try await self.endWhatIsOver()
        guard try self.files.phase() == .rolledBack else {
          throw DriverError(.refused, "No firewall was taken away on this machine, so there is nothing to try again.")
        }
        try self.files.clear()
        self.tell("TriedAgain", "The firewall is tried again.")
        return try await self.reportAlone()
      }
    }
  }

  /// How it stands now.
  package func report() async throws(DriverError) -> FirewallReport {
    try await DriverError.wrapping { try await self.exclusively { try await self.reportAlone() } }
  }

  private func reportAlone() async throws -> FirewallReport {
    let look = try await look()
    let phase = try files.phase()
    var left: Int64?
    if case .waiting(let attempt) = phase { left = max(attempt.deadline - surroundings.uptime(), 0) / 1_000 }
    return FirewallReport(
      state: FirewallReport.State(phase, hasTable: look.table != nil),
      secondsLeft: left,
      sentence: Sentences.confirmation(phase),
      verdict: look.table == nil ? "Rhizome turns nobody away on this machine." : Sentences.verdict(look.foreign),
      openings: look.table?.openings.sorted { $0.key < $1.key }.map { "\($0): \($1.sentence)" } ?? [],
      lan: look.table?.lan.map(\.description) ?? [],
      nodes: look.table?.nodes.map(\.description) ?? [],
      sessions: surroundings.sessions().map { session in
        let isSafe = look.table?.admits(session) ?? true
        return "\(session)" + (isSafe ? "" : ", which could not come in again")
      }
    )
  }
}

/// How the firewall of this machine stands, for people.
package struct FirewallReport: Sendable, Hashable {
  package enum State: String, Sendable, Hashable {
    /// There is none of ours.
    case none
    case waiting, confirmed, rolledBack
    /// There is one, and nobody was asked about it: it was there before, and was taken over.
    case unasked

    init(_ phase: SeatbeltPhase, hasTable: Bool) {
      switch phase {
      case .untried: self = hasTable ? .unasked : .none
      case .waiting: self = .waiting
      case .confirmed: self = hasTable ? .confirmed : .none
      case .rolledBack: self = .rolledBack
      }
    }
  }

  package let state: State
  /// Until it is taken away, while it waits.
  package let secondsLeft: Int64?
  package let sentence: String
  package let verdict: String
  package let openings: [String]
  package let lan: [String]
  package let nodes: [String]
  /// Who is logged in now from elsewhere, and whether they could come in again.
  package let sessions: [String]
}

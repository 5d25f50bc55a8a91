package import RhizomeModel
import RhizomePlanner
package import RhizomeStateStore

/// What the reconciler knows of all resources at one moment.
package struct Snapshot: Sendable {
  package let desired: DesiredState
  package let records: [Address: InventoryRecord]
  package var statuses: [Address: ResourceStatus]
}

// MARK: - What the surfaces ask for

extension Reconciler {
  /// What is declared now.
  package var desired: DesiredState { world.desired }

  /// What is declared, made and known, all of one moment.
  /// - Throws: `ApplyError.notTakenUp`.
  package func snapshot() async throws -> Snapshot {
    try await takeUp()
    return Snapshot(desired: world.desired, records: prior.records, statuses: statusBoard.mapValues(current))
  }

  /// The inventory, by address.
  package func inventory() -> [InventoryRecord] { prior.records.values.sorted { $0.address < $1.address } }

  /// What is known about one resource.
  package func status(of address: Address) -> ResourceStatus? { statusBoard[address].map(current) }

  /// What is known about every resource, by address.
  package func statuses() -> [ResourceStatus] {
    statusBoard.values.map(current).sorted { $0.address < $1.address }
  }

  /// A status is written when it changes; until then it speaks of the current revision too, once that was looked at.
  private func current(_ status: ResourceStatus) -> ResourceStatus {
    guard state.phase(of: status.address) == .ready else { return status }
    var copy = status
    copy.revision = world.number
    return copy
  }

  /// All kept revisions, oldest first; the last is the current one.
  package func revisions() async throws -> [RevisionSummary] { try await history.summaries() }

  /// A revision with its files.
  /// - Throws: `ApplyError.unknownRevision` when it is not kept any more, or never was.
  package func revision(_ number: Int) async throws -> Revision {
    guard let revision = try await history.get(number) else { throw ApplyError.unknownRevision(number) }
    return revision
  }

  /// What was done for one revision, oldest first.
  package func actions(of revision: Int) async throws -> [ActionRecord] {
    try await ledger.actions.records(of: revision)
  }

  /// How many actions of each kind were done for every revision, as far as they are kept. The log is read once, and
  /// counted along from then on.
  package func actionCounts() async throws -> ActionTally {
    if let actionTally { return actionTally }
    let before = writtenActions
    let tally = ActionTally(try await ledger.actions.records())
    if writtenActions == before { actionTally = tally }
    return tally
  }

  /// Events after number `sequence`, oldest first; with `follow`, also all that come.
  package func events(since sequence: Int, follow: Bool) async throws -> AsyncStream<Event> {
    let past = try await eventLog.events(after: sequence)
    if follow { return eventHub.follow(past: past, after: sequence) }
    let (stream, continuation) = AsyncStream<Event>.makeStream()
    for event in past { continuation.yield(event) }
    continuation.finish()
    return stream
  }

  /// The steps towards a revision, from its beginning to its last event.
  /// - Throws: `ApplyError.unknownRevision` for a revision that is not there yet, `ApplyError.notTakenUp`.
  package func progress(revision number: Int) async throws -> AsyncStream<ProgressEvent> {
    try await takeUp()
    guard number <= world.number, number > 0 else { throw ApplyError.unknownRevision(number) }
    guard number == world.number else {
      let message = "Revision \(world.number) has taken over."
      return ProgressHub.ended(
        ProgressEvent(.superseded(by: world.number), message: message, at: clock.wallTime())
      )
    }
    let stream = progressHub.follow()
    ring()
    return stream
  }

  /// Every known difference between what we made and what is there, and since when.
  ///
  /// - Parameter refresh: look at everything first; otherwise the last look counts.
  /// - Throws: `ApplyError.notTakenUp`: without knowing what is declared, nothing can be said.
  package func driftReport(refresh: Bool) async throws -> [DriftEntry] {
    try await takeUp()
    // Passes write drift while everything is looked at, so what is known is read after that.
    let news = refresh ? try await lookForDrift() : nil
    let found = news.map { drift.merging($0) { $1 } } ?? drift.merging(unseen()) { $0 + $1 }
    let known = found.merging(unmade()) { $0.isEmpty ? $1 : $0 }
    let entries = known.flatMap { address, entries in
      entries.map { DriftMemory.dated($0, lastSeen: driftLastSeen[address], resolvedDrift[address] ?? []) }
    }
    return (entries + foreign.values.flatMap { $0 }).sorted {
      ($0.address, $0.field?.description ?? "") < ($1.address, $1.field?.description ?? "")
    }
  }

  /// What nobody has looked at since this program was started, and of which nothing is remembered that says so. What is in
  /// our own records alone, nobody has to look at.
  private func unseen() -> [Address: [DriftEntry]] {
    let addresses = state.addresses.filter { address in
      address.kind.component != .records && observed[address] == nil
        && !(drift[address] ?? []).contains { $0.kind == .unknown }
    }
    let entries = addresses.map { ($0, judge($0).decision.drift.filter { $0.kind == .unknown }) }
    return Dictionary(entries, uniquingKeysWith: { $1 }).filter { !$0.value.isEmpty }
  }

  /// What is declared and was never made, because an engine refused or could not do it: nothing of it differs from what
  /// was made, and yet nobody may take it for being there.
  private func unmade() -> [Address: [DriftEntry]] {
    var entries: [Address: [DriftEntry]] = [:]
    for (address, resource) in world.desired.resources where prior.records[address] == nil {
      let policy = resource.policies.driftUnseen
      guard policy != .ignore, let failure = statusBoard[address]?.failure else { continue }
      var entry = DriftEntry.neverMade(address, failure.message, policy)
      entry.since = failure.since
      entries[address] = [entry]
    }
    return entries
  }

  /// Differences that went away after `moment`, the latest first.
  package func resolvedDrift(since moment: Timestamp) -> [ResolvedDrift] {
    resolvedDrift.values.flatMap(DriftMemory.counted).filter { $0.resolvedAt > moment }.sorted {
      ($1.resolvedAt, $0.entry.address) < ($0.resolvedAt, $1.entry.address)
    }
  }

  /// Puts something that a person did on record.
  package func note(_ address: Address?, _ reason: String, _ message: String) {
    say(.normal, address, reason, message, isDeed: true)
  }

  /// Looks at everything, and returns the drift of each resource where that is news. Passes will write it and, where the
  /// policy says so, heal it.
  /// - Returns: nil when other things were declared meanwhile, so that the look says nothing.
  private func lookForDrift() async throws -> [Address: [DriftEntry]]? {
    let number = world.number
    let before = prior.records
    let look = await refreshed(lookAtEverything(world.desired), world.desired)
    guard world.number == number else { return nil }
    // What was made while the look was taken is newer than the look, and would read as gone.
    let fresh = Set(state.addresses.filter { isFresh($0, look) })
    absorb(state.addresses, look)
    var news: [Address: [DriftEntry]] = [:]
    for address in state.addresses {
      let isFresh = fresh.contains(address)
      let isUntouched = prior.records[address] == before[address] && prior.intents[address] == nil
      guard isFresh || isUntouched || look.observed[address].isUnknown else { continue }
      switch driftChange(address, judge(address, seeing: isFresh ? nil : look.observed[address])) {
      case .keep: break
      case .put(let entries): news[address] = entries
      case .remove: news[address] = []
      }
    }
    reportedDrift = news
    await rememberForeign(look.foreign)
    ring()
    return news
  }

  /// Has everything looked at now.
  package func requestResync() {
    state.requestResync(now: clock.elapsed())
    ring()
  }
}

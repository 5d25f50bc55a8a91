internal import Foundation
internal import PrivateFiles

/// Keeps programs running: starts them, captures what they write, starts them again when they end, and stops them
/// together with everything that they started.
///
/// When this program is killed, Linux kills its children with it; whatever escapes that is found and ended by the next
/// supervisor with the same folder and mark before it starts anything, so that nothing ever runs twice.
package actor ProcessSupervisor {
  private struct Entry {
    var definition: ProcessDefinition
    var state: SupervisionState
    let folder: ProcessFolder
    let log: LogFile
    var child: ChildProcess?
    var alarm: Task<Void, Never>?
  }

  /// What came of a start, for those who wait for it.
  private typealias StartOutcome = Result<Void, ProcessSupervisorError>

  private static let olderLogs = 3

  /// Everything that happens, for one reader; the last thousand events wait for it.
  package nonisolated let events: AsyncStream<ProcessEvent>
  private let report: AsyncStream<ProcessEvent>.Continuation
  private let directory: String
  private let mark: String
  private let policy: RestartPolicy
  private let clock: ProcessClock
  private let random: @Sendable () -> Double
  private var entries: [String: Entry] = [:]
  private var startWaiters: [String: [AsyncStream<StartOutcome>.Continuation]] = [:]
  private var endWaiters: [String: [AsyncStream<Void>.Continuation]] = [:]
  private var logs: [String: LogFile] = [:]
  private var recovery: Task<Void, Never>?

  /// - Parameters:
  ///   - directory: where folders, logs and records are kept; made with mode 0700.
  ///   - mark: tells this supervisor's processes from those of others; the same after each restart.
  ///   - random: uniform in 0..<1.
  package init(
    directory: String,
    mark: String,
    policy: RestartPolicy = RestartPolicy(),
    clock: ProcessClock = .system,
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
  ) {
    self.directory = directory
    self.mark = mark
    self.policy = policy
    self.clock = clock
    self.random = random
    (events, report) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_000))
  }

  /// Ends what an earlier supervisor left behind, then stays until cancelled, and stops everything.
  package func run() async throws {
    await recover()
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    for await _ in stream {}
    continuation.finish()
    await stopAll()
  }

  /// Makes the program run as defined: starts it, starts it anew when its definition changed, or leaves it alone.
  /// Returns when it has started.
  /// - Throws: `ProcessSupervisorError`; after `couldNotStart` it is tried again in the background.
  package func apply(_ definition: ProcessDefinition) async throws {
    try definition.validate()
    await recover()
    let name = definition.name
    let isSame = entries[name].map { $0.state.isWanted && $0.definition.digest == definition.digest } ?? false
    entries[name, default: newEntry(definition)].definition = definition
    switch entries[name]?.state.phase {
    case .running where isSame: return
    case .starting where isSame, .stopping where isSame, .killing where isSame: try await started(name) {}
    default:
      try await started(name) {
        decide(name) { $0.run(now: $1, grace: definition.stopGrace) }
      }
    }
  }

  /// Stops the program and waits for its end, or until somebody else wants it again. Its log stays readable.
  package func stop(_ name: String) async {
    await recover()
    guard let entry = entries[name] else { return }
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    decide(name) { $0.stop(now: $1, grace: entry.definition.stopGrace) }
    guard entries[name]?.state.phase != .idle else { return }
    endWaiters[name, default: []].append(continuation)
    for await _ in stream { return }
  }

  /// Stops the program and removes its rendered files, its log and its record. What it wrote itself stays.
  /// - Throws: `ProcessSupervisorError` when a file cannot be removed.
  package func remove(_ name: String) async throws {
    repeat {
      await stop(name)
      try Task.checkCancellation()
      // While this waited somebody else may have wanted it again, and even stopped it again.
      if let entry = entries[name], entry.state.isWanted { return }
    } while entries[name].map { $0.state.phase != .idle } ?? false
    entries[name] = nil
    logs[name] = nil
    do {
      try folder(name).remove(olderLogs: ProcessSupervisor.olderLogs)
    } catch {
      throw ProcessSupervisorError(.fileSystem, "what \"\(name)\" left cannot be removed: \(error)")
    }
  }

  /// The rendered files of a program that somebody altered, with what they hold now; nil when they are gone.
  package func alteredFiles(_ name: String) -> [String: [UInt8]?] {
    entries[name].map { $0.folder.alteredFiles($0.definition) } ?? [:]
  }

  /// Writes the files of a program again, and leaves the program alone.
  package func renderFiles(_ name: String) throws {
    guard let entry = entries[name] else { return }
    do {
      try entry.folder.prepare(entry.definition)
    } catch {
      throw ProcessSupervisorError(.fileSystem, "the files of \"\(name)\" cannot be written: \(error)")
    }
  }

  /// Stops all programs side by side. They end even when the caller is cancelled.
  package func stopAll() async {
    let names = Array(entries.keys)
    await Task {
      await withTaskGroup(of: Void.self) { group in
        for name in names { group.addTask { await self.stop(name) } }
      }
    }.value
  }

  /// What all known programs are doing, by name.
  package func statuses() -> [ProcessStatus] { entries.values.map(status).sorted { $0.name < $1.name } }

  /// What the program is doing; nil when it is not known.
  package func status(_ name: String) -> ProcessStatus? { entries[name].map(status) }

  /// What the program wrote, also before this supervisor was made; nil when there is nothing of it.
  package func log(_ name: String) -> LogFile? {
    let isKnown = entries[name] != nil || FileManager.default.fileExists(atPath: folder(name).log)
    guard isKnown, !name.contains("/") else { return nil }
    return openLog(name)
  }

  /// One object a file, so that whoever follows it sees what a later start writes.
  private func openLog(_ name: String) -> LogFile {
    let log = logs[name] ?? LogFile(path: folder(name).log, olderFiles: ProcessSupervisor.olderLogs)
    logs[name] = log
    return log
  }

  private func folder(_ name: String) -> ProcessFolder { ProcessFolder(name: name, root: directory) }

  // MARK: Deciding

  /// Lets the state decide about something that happened, and carries out what it says.
  private func decide(_ name: String, _ body: (inout SupervisionState, Duration) -> [SupervisionState.Directive]) {
    guard var state = entries[name]?.state else { return }
    let directives = body(&state, clock.now())
    entries[name]?.state = state
    for directive in directives { perform(directive, name) }
    // Whoever waits for its end has also waited long enough when somebody wants it again.
    if state.phase == .idle || state.isWanted { announceEnd(name) }
    guard state.phase == .idle else { return }
    announceStart(name, .failure(ProcessSupervisorError(.couldNotStart, "\"\(name)\" was stopped meanwhile")))
  }

  private func perform(_ directive: SupervisionState.Directive, _ name: String) {
    switch directive {
    case .spawn: Task { await spawn(name) }
    case .terminate: entries[name]?.child?.signalGroup(SIGTERM)
    case .kill: entries[name]?.child?.signalGroup(SIGKILL)
    case .wake(let moment): setAlarm(name, moment)
    case .report(let happening): report.yield(ProcessEvent(name: name, happening: happening))
    }
  }

  private func setAlarm(_ name: String, _ moment: Duration) {
    entries[name]?.alarm?.cancel()
    entries[name]?.alarm = Task { [clock] in
      // A clock may wake a moment early, and nobody else would wake it again.
      while clock.now() < moment { guard (try? await clock.sleep(moment)) != nil else { return } }
      decide(name) { $0.wake(now: $1) }
    }
  }

  // MARK: Starting

  private func newEntry(_ definition: ProcessDefinition) -> Entry {
    let name = definition.name
    let state = SupervisionState(policy: policy)
    return Entry(definition: definition, state: state, folder: folder(name), log: openLog(name))
  }

  /// Does something that leads to a start, and waits for what comes of it.
  private func started(_ name: String, after body: () -> Void) async throws {
    let (stream, continuation) = AsyncStream<StartOutcome>.makeStream()
    startWaiters[name, default: []].append(continuation)
    body()
    for await outcome in stream { return try outcome.get() }
    throw CancellationError()
  }

  private func spawn(_ name: String) async {
    guard let entry = entries[name] else { return }
    let definition = entry.definition
    do {
      try entry.folder.prepare(definition)
      let launch = try definition.launch(own: entry.folder.own, mark: mark)
      let child = try await ChildProcess.start(launch, log: entry.log)
      childStarted(name, child, grace: definition.stopGrace)
    } catch {
      let reason = (error as? StartFailure)?.reason ?? "\(error)"
      decide(name) { [random] in $0.didFailToStart(reason: reason, now: $1, random: random()) }
      // Of a definition that was replaced meanwhile, nobody waits for the outcome.
      guard entries[name]?.state.phase != .starting else { return }
      announceStart(name, .failure(ProcessSupervisorError(.couldNotStart, "\"\(name)\" did not start: \(reason)")))
    }
  }

  private func childStarted(_ name: String, _ child: ChildProcess, grace: Duration) {
    entries[name]?.child = child
    // Without the record a leftover is still found by its mark.
    if let identity = ProcessIdentity.current(child.pid) { try? entries[name]?.folder.record(identity) }
    decide(name) { $0.didStart(pid: child.pid, now: $1, grace: grace) }
    if case .running = entries[name]?.state.phase { announceStart(name, .success(())) }
    // Only now: a program that ended at once must not be reported before its start was.
    Task { for await exit in child.exits { childEnded(name, exit) } }
  }

  private func childEnded(_ name: String, _ exit: ProcessExit) {
    entries[name]?.child = nil
    try? entries[name]?.folder.recordEnd()
    decide(name) { [random] in $0.didExit(exit, now: $1, random: random()) }
  }

  private func announceEnd(_ name: String) {
    for waiter in endWaiters.removeValue(forKey: name) ?? [] {
      waiter.yield()
      waiter.finish()
    }
  }

  private func announceStart(_ name: String, _ outcome: StartOutcome) {
    for waiter in startWaiters.removeValue(forKey: name) ?? [] {
      waiter.yield(outcome)
      waiter.finish()
    }
  }

  // MARK: Recovering

  /// Ends leftovers, once, before anything else.
  private func recover() async {
    if recovery == nil { recovery = Task { await endLeftovers() } }
    await recovery?.value
  }

  private func endLeftovers() async {
    let leftovers = LeftoverProcesses.find(root: directory, mark: mark)
    await withTaskGroup(of: Void.self) { group in
      for leftover in leftovers { group.addTask { await LeftoverProcesses.end(leftover.identity) } }
    }
    for leftover in leftovers {
      report.yield(ProcessEvent(name: leftover.name, happening: .leftoverEnded(pid: leftover.identity.pid)))
    }
  }

  private func status(_ entry: Entry) -> ProcessStatus {
    let phase: ProcessStatus.Phase =
      switch entry.state.phase {
      case .idle: .stopped
      case .starting: .starting
      case .running: entry.child.map { .running(pid: $0.pid) } ?? .starting
      case .stopping, .killing: .stopping
      case .waiting: .waiting
      }
    return ProcessStatus(
      name: entry.definition.name,
      phase: phase,
      digest: entry.definition.digest,
      restarts: entry.state.restarts,
      lastExit: entry.state.lastExit,
      startFailure: entry.state.startFailure
    )
  }
}

package import RhizomeModel
internal import ServiceLifecycle

/// Follows a branch: does what `GitSourceState` says, and tells what came of it.
package actor GitFollower {
  let repository: any GitRepository
  let consumer: any GitConsumer
  let now: @Sendable () -> Timestamp
  let seatbelts: Set<Seatbelt>
  private let start = ContinuousClock.now
  var state = GitSourceState(record: GitRecord())
  private var isLoaded = false
  /// What a restart would find.
  private var saved = GitRecord()
  var candidate: GitCandidate?
  /// Those who wait for the end of a look.
  private var waiters: [CheckedContinuation<Void, Never>] = []
  /// The moment for which a timer runs.
  private var armed: Duration?
  private let rings: AsyncStream<Void>
  private let bell: AsyncStream<Void>.Continuation

  /// - Parameter seatbelts: the rules that hold; fewer only in tests, to see that each of them is needed.
  package init(
    repository: any GitRepository,
    consumer: any GitConsumer,
    seatbelts: Set<Seatbelt> = Set(Seatbelt.allCases),
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.repository = repository
    self.consumer = consumer
    self.seatbelts = seatbelts
    self.now = now
    (rings, bell) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
  }
}

// MARK: - Running

extension GitFollower {
  /// Works until cancelled or told to stop. May be called once.
  package func run() async {
    await cancelWhenGracefulShutdown { await self.work() }
    release()
  }

  private func work() async {
    await load()
    bell.yield()
    await withDiscardingTaskGroup { timers in
      for await _ in rings {
        await step()
        arm(&timers)
      }
      timers.cancelAll()
    }
  }

  /// Does all that is due.
  private func step() async {
    while !Task.isCancelled, case .fetch(let known) = state.next(now: elapsed) { await cycle(known: known) }
    release()
  }

  /// Makes sure that somebody rings when the next look is due.
  private func arm(_ timers: inout DiscardingTaskGroup) {
    guard let moment = state.nextWake, armed.map({ moment < $0 }) ?? true else { return }
    armed = moment
    timers.addTask {
      guard (try? await Task.sleep(until: self.start + moment, clock: .continuous)) != nil else { return }
      await self.timerFired(moment)
    }
  }

  private func timerFired(_ moment: Duration) {
    if armed == moment { armed = nil }
    bell.yield()
  }

  var elapsed: Duration { start.duration(to: .now) }
  var jitter: Double { .random(in: 0...1) }

  /// Reads the record, however long that takes to succeed.
  private func load() async {
    while !Task.isCancelled, !isLoaded {
      do {
        let record = try await consumer.load()
        // Somebody who asked early may have been faster.
        guard !isLoaded else { return }
        let settings = state.settings
        state = GitSourceState(record: record)
        saved = record
        state.follow(settings, at: now())
        isLoaded = true
      } catch {
        await consumer.tell(.warning, "GitRecordUnreadable", "The record of the repository cannot be read: \(error)")
        try? await Task.sleep(for: .seconds(5))
      }
    }
  }

  /// One look: fetch, inspection, application.
  private func cycle(known: String?) async {
    let before = state
    var directive = await fetch(known: known)
    if case .inspect(let commit, let ancestor) = directive { directive = await inspect(commit, mustContain: ancestor) }
    if case .apply(let deletions) = directive { directive = await apply(allowedDeletions: deletions) }
    candidate = nil
    guard !Task.isCancelled else { return }
    await remember()
    await tell(before)
    if state.failure == nil, let verdict = state.record.verdict { await consumer.judged(verdict) }
  }

  func remember() async {
    guard state.record != saved else { return }
    do {
      try await save()
    } catch {
      await consumer.tell(.warning, "GitRecordNotWritten", "The record of the repository was not written: \(error)")
    }
  }

  /// Writes the record, also while the follower is being stopped: what was done must not be forgotten.
  private func save() async throws {
    let (record, consumer) = (state.record, consumer)
    try await Task { try await consumer.save(record) }.value
    saved = record
  }

  private func release() {
    waiters.forEach { $0.resume() }
    waiters = []
  }
}

// MARK: - Being told

extension GitFollower {
  /// What is known now.
  package var snapshot: GitSourceState { state }

  /// Follows what is declared now.
  package func follow(_ settings: GitSettings?) async {
    let before = state
    state.follow(settings, at: now())
    bell.yield()
    guard isLoaded, let suspension = state.record.suspension, suspension != before.record.suspension else { return }
    await remember()
    await tellSuspended(suspension)
  }

  /// Looks at once; a webhook has come.
  package func ask() {
    state.ask()
    bell.yield()
  }

  /// Looks and applies at once, and returns when that has come to its end.
  package func sync() async {
    state.force()
    bell.yield()
    guard state.settings != nil, state.record.suspension == nil else { return }
    await withCheckedContinuation { waiters.append($0) }
  }

  /// - Returns: why the commit cannot be approved; nil when it was, and what came of it is known.
  package func approve(_ commit: String, plan: String? = nil, _ approval: RevisionApproval) async -> String? {
    await load()
    if let problem = state.approve(commit, plan: plan, approval) { return problem }
    await tellApproved(approval)
    bell.yield()
    await withCheckedContinuation { waiters.append($0) }
    return nil
  }

  package func suspend(because reason: String, by author: String) async throws {
    await load()
    let suspension = GitRecord.Suspension(reason: reason, by: author, since: now())
    state.suspend(suspension)
    try await save()
    await tellSuspended(suspension)
  }

  package func resume(because reason: String? = nil, by author: String) async throws {
    await load()
    let wasSuspended = state.record.suspension != nil
    state.resume()
    try await save()
    bell.yield()
    if wasSuspended { await tellResumed(reason, by: author) }
  }
}

package import RhizomeManifest
package import RhizomeModel
internal import ServiceLifecycle

/// The rest of the program, as the follower sees it.
package protocol GitConsumer: Sendable {
  /// What was remembered before the last stop.
  func load() async throws -> GitRecord
  func save(_ record: GitRecord) async throws
  /// Plans, and where nothing stands against it applies. Never throws: what goes wrong is an outcome.
  func apply(_ candidate: GitCandidate) async -> GitApplyOutcome
  /// What would come of a commit that a person lets pass.
  func forecast(_ candidate: GitCandidate) async -> GitForecast
  /// Something has become of a commit, for those who look at it on their forge. Returns at once.
  func judged(_ verdict: CommitVerdict) async
  /// Something that people may want to know.
  func tell(_ level: Event.Level, _ reason: String, _ message: String) async
}

/// The repository, as the follower sees it: `GitMirror`, or a stand-in for tests.
package protocol GitRepository: Sendable {
  func fetch(_ settings: GitSettings, known: String?) async throws -> String
  func commit(_ id: String) async throws -> GitCommit
  func isAncestor(_ earlier: String, of later: String) async throws -> Bool
  func signature(of commit: String, _ signers: GitSigners, now: Timestamp) async throws -> GitSignature
  func snapshot(_ commit: String, _ settings: GitSettings, limits: ManifestLimits) async throws -> ManifestSnapshot
  func keep(_ commit: String) async throws
  func move(of settings: GitSettings, from earlier: String, to later: String) async -> GitMove?
}

extension GitMirror: GitRepository {}

/// Follows a branch: does what `GitSourceState` says, and tells what came of it.
package actor GitFollower {
  private let repository: any GitRepository
  private let consumer: any GitConsumer
  private let now: @Sendable () -> Timestamp
  private let seatbelts: Set<Seatbelt>
  private let start = ContinuousClock.now
  private var state = GitSourceState(record: GitRecord())
  private var isLoaded = false
  private var candidate: GitCandidate?
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

  private var elapsed: Duration { start.duration(to: .now) }
  private var jitter: Double { .random(in: 0...1) }

  /// Reads the record, however long that takes to succeed.
  private func load() async {
    while !Task.isCancelled, !isLoaded {
      do {
        let record = try await consumer.load()
        // Somebody who asked early may have been faster.
        guard !isLoaded else { return }
        let settings = state.settings
        state = GitSourceState(record: record)
        state.follow(settings)
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
    await remember(before)
    await tell(before)
    if state.failure == nil, let verdict = state.record.verdict { await consumer.judged(verdict) }
  }

  private func remember(_ before: GitSourceState) async {
    guard state.record != before.record else { return }
    do {
      try await consumer.save(state.record)
    } catch {
      await consumer.tell(.warning, "GitRecordNotWritten", "The record of the repository was not written: \(error)")
    }
  }

  private func release() {
    waiters.forEach { $0.resume() }
    waiters = []
  }
}

// MARK: - Steps

extension GitFollower {
  private func fetch(known: String?) async -> GitSourceState.Directive {
    guard let settings = state.settings else { return .wait(until: nil) }
    do {
      let commit = try await repository.fetch(settings, known: known)
      return state.fetched(commit, now: elapsed, at: now(), jitter: jitter)
    } catch {
      return state.failed(GitFollower.failure(error), now: elapsed, jitter: jitter)
    }
  }

  private func inspect(_ id: String, mustContain ancestor: String?) async -> GitSourceState.Directive {
    guard let settings = state.settings else { return .wait(until: nil) }
    await consumer.judged(CommitVerdict(id, .pending, "Rhizome is looking at this commit."))
    do {
      let commit = try await repository.commit(id)
      let signature = try await repository.signature(of: id, settings.signers, now: now())
      let refusal = try await look(commit, signature, settings, ancestor)
      return state.inspected(
        commit,
        isSigned: signature.isGood,
        refusal: refusal,
        now: elapsed,
        at: now(),
        jitter: jitter
      )
    } catch {
      return state.failed(GitFollower.failure(error), now: elapsed, jitter: jitter)
    }
  }

  /// Everything that can be said of a commit by itself, the cheapest first.
  private func look(_ commit: GitCommit, _ signature: GitSignature, _ settings: GitSettings, _ ancestor: String?)
    async throws -> GitRefusal?
  {
    if settings.signers.isRequired, let problem = signature.problem {
      return GitRefusal(.signature, "the commit \(problem)")
    }
    if let ancestor, let refusal = try await notAhead(commit, signature, settings, of: ancestor) { return refusal }
    do {
      let found = try await read(commit, signature, settings)
      if found.snapshot.files.isEmpty, let refusal = await renamed(settings, commit.id) { return refusal }
      candidate = found
      return nil
    } catch let error as SourceError where error.code == .notAFolder {
      return await renamed(settings, commit.id) ?? GitRefusal(.unreadable, error.description, file: error.path)
    } catch let error as SourceError {
      return GitRefusal(.unreadable, error.description, file: error.path)
    }
  }

  private func read(_ commit: GitCommit, _ signature: GitSignature, _ settings: GitSettings) async throws
    -> GitCandidate
  {
    let snapshot = try await repository.snapshot(commit.id, settings, limits: .standard)
    return GitCandidate(
      commit: commit,
      signature: signature,
      snapshot: snapshot,
      settings: settings,
      allowedDeletions: nil
    )
  }

  /// Why a commit that does not contain the running one is not applied; with what it would do, where that can be told, so
  /// that whoever approves it knows.
  private func notAhead(
    _ commit: GitCommit,
    _ signature: GitSignature,
    _ settings: GitSettings,
    of running: String
  ) async throws -> GitRefusal? {
    guard try await !repository.isAncestor(running, of: commit.id) else { return nil }
    let forecast = await forecast(commit, signature, settings)
    let short = running.prefix(10)
    let advice = GitAdvice.notAhead(commit, of: short, forecast)
    guard try await repository.isAncestor(commit.id, of: running) else {
      let message = "it does not lead on from \(short), which runs: the branch was rewritten. \(advice)"
      return GitRefusal(.rewound, message).showing(forecast)
    }
    guard seatbelts.contains(.olderRevision) else { return nil }
    let seen = "it is older than \(short), which runs: the branch was set back."
    let refusal = Refusal(.olderRevision, seen, advice: advice)
    let message = "\(refusal.rule.rawValue): \(refusal.message)"
    return GitRefusal(.rewound, message, seatbelts: [refusal]).showing(forecast)
  }

  /// What would come of a commit: files that must not be read stand against it, whoever lets it pass.
  private func forecast(_ commit: GitCommit, _ signature: GitSignature, _ settings: GitSettings) async -> GitForecast {
    do {
      return await consumer.forecast(try await read(commit, signature, settings))
    } catch let error as SourceError {
      return .refused(GitRefusal(.unreadable, error.description, file: error.path))
    } catch {
      return .unknown
    }
  }

  /// The refusal of a commit in which the followed folder is gone or empty, once something of it runs.
  private func renamed(_ settings: GitSettings, _ commit: String) async -> GitRefusal? {
    guard seatbelts.contains(.folderRenamed), !settings.path.isEmpty, let running = state.record.applied?.commit.id
    else { return nil }
    let move = await repository.move(of: settings, from: running, to: commit)
    let refusal = GitMove.refusal(of: settings.path, move)
    return GitRefusal(
      .unreadable,
      "\(refusal.rule.rawValue): \(refusal.message)",
      file: settings.path,
      seatbelts: [refusal]
    )
  }

  private func apply(allowedDeletions: Int?) async -> GitSourceState.Directive {
    guard let found = candidate else {
      return state.failed(GitFailure(.other, "the commit was lost on the way"), now: elapsed, jitter: jitter)
    }
    let candidate = GitCandidate(
      commit: found.commit,
      signature: found.signature,
      snapshot: found.snapshot,
      settings: found.settings,
      allowedDeletions: allowedDeletions,
      approval: state.approval
    )
    let outcome = await consumer.apply(candidate)
    let directive = state.applied(outcome, now: elapsed, at: now(), jitter: jitter)
    if case .applied = outcome { try? await repository.keep(candidate.commit.id) }
    return directive
  }

  private static func failure(_ error: any Error) -> GitFailure {
    switch error {
    case let failure as GitFailure: failure
    case is CancellationError: GitFailure(.other, "the look was broken off")
    default: GitFailure(.other, "\(error)")
    }
  }
}

// MARK: - Telling

extension GitFollower {
  /// An event for each change of what is known.
  private func tell(_ before: GitSourceState) async {
    if let applied = state.record.applied, applied != before.record.applied {
      let text =
        "\(applied.commit.shortID) (\(applied.commit.summary)) by \(applied.commit.author) is revision \(applied.revision)."
      await consumer.tell(.normal, "GitApplied", text)
    }
    if let refused = state.record.refused, refused != before.record.refused {
      await consumer.tell(.warning, "GitRefused", GitFollower.sentence(refused, runs: state.record.applied))
    }
    switch (before.failure, state.failure) {
    case (nil, let failure?): await consumer.tell(.warning, "GitUnknown", "Could not look: \(failure.message).")
    case (_?, nil): await consumer.tell(.normal, "GitReachable", "The repository can be looked at again.")
    default: break
    }
  }

  private static func sentence(_ refused: GitRecord.Refused, runs applied: GitRecord.Applied?) -> String {
    let rest: String
    switch applied {
    case let applied? where applied.commit.id != refused.commit.id:
      rest = "\(applied.commit.shortID) runs on (revision \(applied.revision))."
    case .some: rest = "What was applied by hand meanwhile runs on."
    case nil: rest = "Nothing was applied yet."
    }
    return "\(refused.commit.shortID) by \(refused.commit.author) was not applied: \(refused.refusal.message) \(rest)"
  }
}

// MARK: - Being told

extension GitFollower {
  /// What is known now.
  package var snapshot: GitSourceState { state }

  /// Follows what is declared now.
  package func follow(_ settings: GitSettings?) {
    state.follow(settings)
    bell.yield()
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
  package func approve(_ commit: String, plan: String? = nil) async -> String? {
    await load()
    if let problem = state.approve(commit, plan: plan) { return problem }
    bell.yield()
    await withCheckedContinuation { waiters.append($0) }
    return nil
  }

  package func suspend(because reason: String, by author: String) async throws {
    await load()
    state.suspend(.init(reason: reason, by: author, since: now()))
    try await consumer.save(state.record)
  }

  package func resume() async throws {
    await load()
    state.resume()
    try await consumer.save(state.record)
    bell.yield()
  }
}

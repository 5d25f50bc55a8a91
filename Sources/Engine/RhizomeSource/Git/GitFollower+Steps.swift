import RhizomeManifest
import RhizomeModel

/// What the follower does with a commit, one step after the other.
extension GitFollower {
  func fetch(known: String?) async -> GitSourceState.Directive {
    guard let settings = state.settings else { return .wait(until: nil) }
    do {
      let commit = try await repository.fetch(settings, known: known)
      return state.fetched(commit, now: elapsed, at: now(), jitter: jitter)
    } catch {
      return state.failed(GitFollower.failure(error), now: elapsed, at: now(), jitter: jitter)
    }
  }

  func inspect(_ id: String, mustContain ancestor: String?) async -> GitSourceState.Directive {
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
      return state.failed(GitFollower.failure(error), now: elapsed, at: now(), jitter: jitter)
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
    let refusal = GitAdvice.older(than: short, advice)
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

  func apply(allowedDeletions: Int?) async -> GitSourceState.Directive {
    guard let found = candidate else {
      return state.failed(GitFailure(.other, "the commit was lost on the way"), now: elapsed, at: now(), jitter: jitter)
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
    guard case .applied = outcome else { return directive }
    await remember()
    try? await repository.keep(candidate.commit.id)
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

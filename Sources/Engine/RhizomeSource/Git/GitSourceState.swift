package import RhizomeModel

/// What to do next about a followed repository: decided here, done by `GitFollower`. Without I/O, clock or randomness.
///
/// One commit at a time goes through fetch, inspection and application. A commit that was refused is looked at again only
/// when something has changed: another commit, other settings, or a person who asks. Whatever goes wrong, the last good
/// revision runs on.
package struct GitSourceState: Sendable {
  /// What is to be done.
  package enum Directive: Sendable, Hashable {
    /// Nothing before this moment; nil means nothing until an event comes.
    case wait(until: Duration?)
    /// - known: the commit that runs, if there is one from this place.
    case fetch(known: String?)
    /// - mustContain: the commit that the new one has to lead on from; nil where that is not asked for.
    case inspect(commit: String, mustContain: String?)
    case apply(allowedDeletions: Int?)
  }

  private enum Phase: Sendable, Hashable {
    case idle
    case fetching
    case inspecting(String)
    case applying(GitCommit)
  }

  package private(set) var record: GitRecord
  package private(set) var settings: GitSettings?
  /// Why the last look failed; nil after one that did not.
  package private(set) var failure: GitFailure?
  /// Looks that failed in a row.
  package private(set) var failureCount = 0
  /// When the first of them failed, in this life of the program.
  package private(set) var failingSince: Timestamp?
  /// When the last look ended well.
  package private(set) var lookedAt: Timestamp?
  /// When the next look is due.
  package private(set) var due: Duration = .zero
  private var phase = Phase.idle
  /// The commit that was refused in this life of the program, under these settings.
  private var judged: String?
  /// A person lets this commit pass.
  private var approved: GitApproval?
  /// A person wants it done again, whatever is known.
  private var isForced = false
  /// Asked for while something was under way.
  private var pending: Asked?
  /// What the commit under way was fetched with.
  private var under: GitSettings?
  /// How often another place was followed since the newest commit of one was found to run.
  private var moveCount = 0

  private enum Asked: Sendable { case normal, forced }

  package init(record: GitRecord) { self.record = record }

  /// What a person has said of the commit that is being applied.
  package var approval: GitApproval? {
    guard case .applying(let commit) = phase, approved?.commit == commit.id else { return nil }
    return approved
  }

  package var isBusy: Bool { phase != .idle }

  /// The longest wait between two looks at a forge that does not answer.
  package static let longestWait = Duration.seconds(900)
}

// MARK: - Deciding

extension GitSourceState {
  /// What to do now. Directives other than `wait` are given once, and answered by an event.
  package mutating func next(now: Duration) -> Directive {
    guard let settings, record.suspension == nil else { return .wait(until: nil) }
    guard phase == .idle else { return .wait(until: nil) }
    guard due <= now else { return .wait(until: due) }
    phase = .fetching
    under = settings
    return .fetch(known: running(settings))
  }

  /// When `next` will have something to say by itself; nil when only an event can change that.
  package var nextWake: Duration? { settings != nil && record.suspension == nil && phase == .idle ? due : nil }

  /// The commit that runs, where it came from the same branch of the same repository.
  private func running(_ settings: GitSettings) -> String? {
    record.applied.flatMap { $0.place == settings.place ? $0.commit.id : nil }
  }

  /// Takes the commit that a fetch found.
  /// - Returns: what follows: its inspection, or nothing when it runs already or was refused already.
  package mutating func fetched(_ commit: String, now: Duration, at moment: Timestamp, jitter: Double) -> Directive {
    guard phase == .fetching, let settings, settings == under else { return idle(now, jitter) }
    (failure, failureCount, failingSince, lookedAt) = (nil, 0, nil, moment)
    let isRunning = running(settings) == commit
    if isRunning {
      moveCount = 0
      // What it would do again, after something else was applied by hand, waits for a person as long as it takes.
      if record.refused?.commit.id != commit { record.refused = nil }
    }
    let isKnown = isRunning || judged == commit
    guard !isKnown || isForced || approved?.commit == commit else { return idle(now, jitter) }
    phase = .inspecting(commit)
    let isLetThrough = !settings.requiresFastForward || approved?.commit == commit
    return .inspect(commit: commit, mustContain: isLetThrough ? nil : running(settings))
  }

  /// Takes the result of an inspection.
  package mutating func inspected(
    _ commit: GitCommit,
    isSigned: Bool,
    refusal: GitRefusal?,
    now: Duration,
    at moment: Timestamp,
    jitter: Double
  ) -> Directive {
    guard phase == .inspecting(commit.id), settings == under, record.suspension == nil else { return idle(now, jitter) }
    if let refusal { return refuse(commit, refusal, now, moment, jitter) }
    phase = .applying(commit)
    let byPerson = approved?.commit == commit.id ? approved?.deletions : nil
    return .apply(allowedDeletions: byPerson ?? (isSigned ? commit.allowedDeletions : nil))
  }

  /// Takes what came of applying.
  package mutating func applied(_ outcome: GitApplyOutcome, now: Duration, at moment: Timestamp, jitter: Double)
    -> Directive
  {
    guard case .applying(let commit) = phase, let under else { return idle(now, jitter) }
    switch outcome {
    case .applied(let revision):
      record.applied = .init(commit: commit, place: under.place, revision: revision, at: moment)
      (record.refused, judged, approved, isForced) = (nil, nil, nil, false)
      return idle(now, jitter)
    case .refused(let refusal): return refuse(commit, refusal, now, moment, jitter)
    case .later(let reason): return failed(GitFailure(.other, reason), now: now, at: moment, jitter: jitter)
    }
  }

  /// Takes a failure to look. What is there is unknown, so nothing changes but the time of the next look.
  package mutating func failed(_ failure: GitFailure, now: Duration, at moment: Timestamp, jitter: Double) -> Directive
  {
    self.failure = failure
    failingSince = failingSince ?? moment
    failureCount += 1
    phase = .idle
    isForced = false
    due = now + backoff(jitter)
    return again()
  }

  private mutating func refuse(
    _ commit: GitCommit,
    _ refusal: GitRefusal,
    _ now: Duration,
    _ moment: Timestamp,
    _ jitter: Double
  ) -> Directive {
    let isNews = record.refused?.commit.id != commit.id
    let since = isNews ? moment : record.refused?.since ?? moment
    record.refused = .init(commit: commit, refusal: refusal, since: since)
    (judged, approved, isForced) = (commit.id, nil, false)
    return idle(now, jitter)
  }

  /// Comes to rest until the next look, a little earlier than the interval, so that many daemons do not look at once.
  private mutating func idle(_ now: Duration, _ jitter: Double) -> Directive {
    phase = .idle
    isForced = false
    due = now + (settings?.interval ?? .seconds(60)) * (1 - 0.1 * min(max(jitter, 0), 1))
    return again()
  }

  private mutating func again() -> Directive {
    guard let asked = pending else { return .wait(until: due) }
    (due, isForced, pending) = (.zero, asked == .forced, nil)
    return .wait(until: due)
  }

  /// Doubles with each failure, from five seconds or the interval where that is shorter, and varies by half.
  private func backoff(_ jitter: Double) -> Duration {
    let first = min(settings?.interval ?? .seconds(5), .seconds(5))
    let whole = first * (1 << min(failureCount - 1, 12))
    return min(whole, GitSourceState.longestWait) * (0.75 + 0.5 * min(max(jitter, 0), 1))
  }
}

// MARK: - Being told

extension GitSourceState {
  /// So many moves from place to place are made without one that stays: somebody may move house, not wander.
  package static let mostMoves = 3

  /// Follows something else, or nothing. What was refused under other settings is looked at anew.
  ///
  /// Commits may say to follow another branch. Where those of two branches name each other, each would be applied in turn
  /// for ever; so following is suspended after `mostMoves`.
  package mutating func follow(_ settings: GitSettings?, at moment: Timestamp) {
    guard settings != self.settings else { return }
    if let old = self.settings, let new = settings, old.description != new.description {
      moveCount += 1
      if moveCount > GitSourceState.mostMoves { suspend(GitSourceState.circle(old, new, at: moment)) }
    }
    self.settings = settings
    (judged, approved, failure, failureCount, failingSince) = (nil, nil, nil, 0, nil)
    if settings?.place != record.applied?.place { record.refused = nil }
    ask()
  }

  private static func circle(_ old: GitSettings, _ new: GitSettings, at moment: Timestamp) -> GitRecord.Suspension {
    let reason =
      "the commits of \(old.description) say to follow \(new.description), and one place led to the next "
      + "\(mostMoves + 1) times without one that stays; mend 'git' in the Cluster of the branch that is meant, then: "
      + "rhizome git resume"
    return .init(reason: reason, by: "rhizome", since: moment)
  }

  /// Looks at once: a webhook has come.
  package mutating func ask() {
    if phase == .idle { due = .zero } else { pending = pending ?? .normal }
  }

  /// Looks at once, and does everything again even where nothing is new: a person has asked.
  package mutating func force() {
    if phase == .idle { (due, isForced) = (.zero, true) } else { pending = .forced }
  }

  /// Lets a refused commit pass, because a person has looked at it.
  /// - Parameters:
  ///   - name: the commit, or at least its first seven digits.
  ///   - plan: the plan that the person has seen, or its first digits; nil for the one that is shown now.
  ///   - approval: who it is, and why.
  /// - Returns: why not; nil when it will be applied.
  package mutating func approve(_ name: String, plan: String? = nil, _ approval: RevisionApproval) -> String? {
    guard let refused = record.refused else { return "No commit waits for approval." }
    guard name.count >= 7 else {
      return "A commit is named by seven of its digits or more, such as \(refused.commit.shortID)."
    }
    guard refused.commit.id.hasPrefix(name.lowercased()) else {
      return "Not \(name) waits for approval, but \(refused.commit.shortID)."
    }
    guard refused.refusal.canBeApproved else {
      return "\(refused.commit.shortID) cannot be approved: \(refused.refusal.message)"
    }
    let shown = refused.refusal.plan
    if let plan, plan.count < 7 || shown?.fingerprint.hasPrefix(plan.lowercased()) != true {
      let now = shown.map { "plan \($0.name)" } ?? "no plan"
      return "\(refused.commit.shortID) has \(now), not \(plan.prefix(64)): that is mistyped, or of an earlier look. "
        + "Look again: rhizome git status"
    }
    let deletions = refused.refusal.deletionCount
    approved = GitApproval(
      commit: refused.commit.id,
      deletions: deletions > 0 ? deletions : nil,
      plan: shown,
      given: approval
    )
    ask()
    return nil
  }

  package mutating func suspend(_ suspension: GitRecord.Suspension) { record.suspension = suspension }

  /// Goes on, and looks at once.
  package mutating func resume() {
    (record.suspension, moveCount) = (nil, 0)
    ask()
  }
}

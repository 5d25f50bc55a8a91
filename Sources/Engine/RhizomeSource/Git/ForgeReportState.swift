package import RhizomeModel

/// What was written to the forge, remembered over restarts.
package struct ForgeRecord: Sendable, Hashable, Codable {
  /// Forge and repository that this is about.
  package var place: String
  /// The last verdict of each commit, newest last.
  package var written: [CommitVerdict]
  /// When the last one was written.
  package var at: Timestamp?

  package init(place: String = "", written: [CommitVerdict] = [], at: Timestamp? = nil) {
    self.place = place
    self.written = written
    self.at = at
  }
}

/// What to write to the forge next: decided here, done by `ForgeReporter`. Without I/O, clock or randomness.
///
/// A commit is told once for each thing that becomes of it. What cannot be written is tried again, ever more rarely, and
/// holds up nothing.
package struct ForgeReportState: Sendable {
  package enum Directive: Sendable, Hashable {
    /// Nothing before this moment; nil means nothing until an event comes.
    case wait(until: Duration?)
    case send(CommitVerdict)
  }

  private struct Entry: Sendable, Hashable {
    var verdict: CommitVerdict
    var attempts = 0
  }

  package private(set) var settings: ForgeSettings?
  package private(set) var record: ForgeRecord
  /// Why the last attempt failed; nil after one that did not.
  package private(set) var failure: String?
  /// Attempts that failed in a row.
  package private(set) var failureCount = 0
  private var queue: [Entry] = []
  private var due: Duration = .zero
  /// Where the verdict under way is being written.
  private var under: ForgeSettings?

  package init(record: ForgeRecord = ForgeRecord()) { self.record = record }

  /// Verdicts that wait, and commits that are remembered; older ones are forgotten.
  static let most = 20
  /// After so many attempts, a verdict is given up: some seven hours.
  static let attempts = 16
  static let longestWait = Duration.seconds(3_600)

  /// What waits to be written.
  package var waiting: [CommitVerdict] { queue.map(\.verdict) }

  /// Writes elsewhere, or nowhere. Other settings are tried at once.
  package mutating func follow(_ settings: ForgeSettings?) {
    guard settings != self.settings else { return }
    self.settings = settings
    (failure, failureCount, due) = (nil, 0, .zero)
    if let settings, settings.place != record.place { record = ForgeRecord(place: settings.place) }
  }

  /// Something became of a commit.
  package mutating func report(_ verdict: CommitVerdict) {
    let waits = queue.firstIndex { $0.verdict.commit == verdict.commit }
    if let waits {
      queue[waits].verdict = verdict
    } else if record.written.last(where: { $0.commit == verdict.commit }) != verdict {
      queue.append(Entry(verdict: verdict))
      queue = queue.suffix(ForgeReportState.most)
    }
  }

  /// What to do now; `send` is given once, and answered by `sent`.
  package mutating func next(now: Duration) -> Directive {
    guard let settings, under == nil, let first = queue.first else { return .wait(until: nil) }
    guard due <= now else { return .wait(until: due) }
    under = settings
    return .send(first.verdict)
  }

  /// Takes what came of sending; `failure` nil means written. Whoever failed goes to the end, so that a commit which the
  /// forge does not know holds up no other.
  package mutating func sent(
    _ verdict: CommitVerdict,
    failure: String?,
    now: Duration,
    at moment: Timestamp,
    jitter: Double
  ) {
    let isMeantForOthers = under != settings
    under = nil
    guard !isMeantForOthers else { return }
    self.failure = failure
    let place = queue.firstIndex { $0.verdict.commit == verdict.commit }
    if failure == nil { return written(verdict, place, moment) }
    failureCount += 1
    due = now + backoff(jitter)
    guard let place else { return }
    var entry = queue.remove(at: place)
    entry.attempts += 1
    if entry.attempts < ForgeReportState.attempts { queue.append(entry) }
  }

  /// What has become of the commit meanwhile stays in the queue.
  private mutating func written(_ verdict: CommitVerdict, _ place: Int?, _ moment: Timestamp) {
    (failureCount, due) = (0, .zero)
    record.written.removeAll { $0.commit == verdict.commit }
    record.written = (record.written + [verdict]).suffix(ForgeReportState.most)
    record.at = moment
    if let place, queue[place].verdict == verdict { queue.remove(at: place) }
  }

  /// Doubles with each failure, from five seconds, and varies by a quarter.
  private func backoff(_ jitter: Double) -> Duration {
    let whole = Duration.seconds(5) * (1 << min(failureCount - 1, 10))
    return min(whole, ForgeReportState.longestWait) * (0.75 + 0.5 * min(max(jitter, 0), 1))
  }
}

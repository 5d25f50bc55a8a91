package import RhizomeModel

/// What is remembered of a scheduled report, and what follows from it. Time is an input.
///
/// Of the moments that passed while nobody could send, only the last one counts: a machine that wakes up after a week
/// sends one report, not seven.
package struct ReportRecord: Sendable, Hashable, Codable {
  /// What is to be done.
  package enum Decision: Sendable, Hashable {
    case wait(until: Timestamp)
    /// Make and send the report of this moment.
    case send(slot: Timestamp)
  }

  /// What came of a try.
  package enum Outcome: Sendable, Hashable {
    case sent
    /// There was nothing to tell.
    case skipped
    case failed(String)
  }

  /// How long to wait after the first, second… failed try of one moment; after the last, the next moment is waited for.
  package static let delays: [Int64] = [5_000, 30_000, 120_000, 600_000]

  package private(set) var schedule: ReportSchedule
  /// The last moment that is settled, well or not.
  package private(set) var settled: Timestamp
  /// The moment that is being tried, with its failed tries, and when to try again.
  package private(set) var pending: Pending?
  /// When it last went well, also when there was nothing to tell.
  package private(set) var succeededAt: Timestamp?
  /// Why it does not go well, and since when; nil when it does.
  package private(set) var failure: Failure?

  /// A moment whose report could not be sent yet.
  package struct Pending: Sendable, Hashable, Codable {
    package var slot: Timestamp
    package var failures: Int
    package var retryAt: Timestamp
  }

  /// Why reports do not arrive.
  package struct Failure: Sendable, Hashable, Codable {
    package var message: String
    package var since: Timestamp
  }

  /// A report that is new at `now`: its first moment is the next one.
  package init(_ schedule: ReportSchedule, now: Timestamp) {
    self.schedule = schedule
    settled = schedule.slot(at: now)
  }

  /// The same under a schedule that may have changed, and by a clock that may have been set back.
  package func following(_ schedule: ReportSchedule, now: Timestamp) -> ReportRecord {
    guard schedule != self.schedule || settled > now + schedule.period else { return self }
    var copy = ReportRecord(schedule, now: now)
    copy.succeededAt = succeededAt
    copy.failure = failure
    return copy
  }

  package func decision(now: Timestamp) -> Decision {
    let slot = schedule.slot(at: now)
    guard slot > settled else { return .wait(until: max(settled, slot) + schedule.period) }
    if let pending, pending.slot == slot, now < pending.retryAt, pending.retryAt < now + ReportRecord.longestDelay {
      return .wait(until: pending.retryAt)
    }
    return .send(slot: slot)
  }

  private static let longestDelay = (delays.max() ?? 0) + 1

  /// Notes what came of a try.
  package mutating func note(_ outcome: Outcome, slot: Timestamp, now: Timestamp) {
    guard case .failed(let message) = outcome else {
      (settled, pending, failure, succeededAt) = (slot, nil, nil, now)
      return
    }
    failure = Failure(message: message, since: failure?.since ?? now)
    let failures = (pending?.slot == slot ? pending?.failures ?? 0 : 0) + 1
    guard failures <= ReportRecord.delays.count else {
      (settled, pending) = (slot, nil)
      return
    }
    pending = Pending(slot: slot, failures: failures, retryAt: now + ReportRecord.delays[failures - 1])
  }
}

extension ReportRecord {
  /// The condition of the Cluster that speaks of all its reports; nil where none is declared.
  package static func condition(_ records: [(name: String, record: ReportRecord)]) -> Condition? {
    guard let first = records.first else { return nil }
    let failures = records.compactMap { item in item.record.failure.map { (item.name, $0) } }
    if let since = failures.map(\.1.since).min() {
      let message = failures.map { "The report \($0.0) does not arrive: \($0.1.message)." }.joined(separator: " ")
      return Condition(.reported, .false, reason: "NotDelivered", message: String(message.prefix(1_000)), since: since)
    }
    let waiting = records.filter { $0.record.succeededAt == nil }
    if let name = waiting.first?.name {
      let message = "The report \(name) is not due yet."
      return Condition(.reported, .unknown, reason: "NotDueYet", message: message, since: first.record.settled)
    }
    let since = records.compactMap(\.record.succeededAt).max() ?? first.record.settled
    return Condition(.reported, .true, reason: "Delivered", message: "All reports arrived.", since: since)
  }
}

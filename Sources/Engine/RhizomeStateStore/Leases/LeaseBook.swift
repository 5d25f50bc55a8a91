/// Which leases live, and until when. Pure: time is an input.
struct LeaseBook: Sendable {
  private struct Term {
    let timeToLive: Duration
    var deadline: Duration
  }

  private var terms: [LeaseID: Term] = [:]

  /// The next moment at which a lease ends, if any lives.
  var nextDeadline: Duration? { terms.values.lazy.map(\.deadline).min() }

  func contains(_ lease: LeaseID) -> Bool { terms[lease] != nil }

  mutating func add(_ lease: LeaseID, timeToLive: Duration, now: Duration) {
    terms[lease] = Term(timeToLive: timeToLive, deadline: now + timeToLive)
  }

  /// Puts back a lease whose end could not be recorded; it stays due and cannot be renewed.
  mutating func addExpired(_ lease: LeaseID, timeToLive: Duration, now: Duration) {
    terms[lease] = Term(timeToLive: timeToLive, deadline: now)
  }

  /// Starts the lease's time anew; false when there is no such lease or its time is over.
  mutating func renew(_ lease: LeaseID, now: Duration) -> Bool {
    guard let term = terms[lease], term.deadline > now else { return false }
    terms[lease]?.deadline = now + term.timeToLive
    return true
  }

  mutating func remove(_ lease: LeaseID) { terms[lease] = nil }

  /// Takes out all leases whose time is over, in order.
  mutating func takeExpired(now: Duration) -> [StateLease] {
    let expired = terms.filter { $0.value.deadline <= now }
    for lease in expired.keys { terms[lease] = nil }
    return expired.map { StateLease(id: $0.key, timeToLive: $0.value.timeToLive) }.sorted { $0.id < $1.id }
  }
}

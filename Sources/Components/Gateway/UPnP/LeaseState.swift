/// When to renew and when to look at one mapping that a router holds. Pure: time comes in, directives go out.
///
/// Times are durations since any fixed origin of a clock that also runs while the machine sleeps. A mapping found lost
/// or taken has no lease state any more: whether to ask for it again is not decided here.
package struct LeaseState: Sendable, Equatable {
  /// How patient to be.
  package struct Timing: Sendable, Equatable {
    /// The longest between two looks at a mapping believed to be there: a router that restarted has forgotten it.
    package var checkInterval: Duration = .seconds(30)
    /// After a first failed look or renewal; doubles with each further one.
    package var firstRetry: Duration = .seconds(2)
    package var longestRetry: Duration = .seconds(30)

    package init() {}
  }

  /// What the shell shall do next.
  package enum Directive: Sendable, Equatable {
    /// Ask the router for the mapping again, after a look that nobody else took the port meanwhile.
    case renew
    /// Read it back.
    case check
    /// Nothing before this time.
    case wait(until: Duration)
  }

  /// When to renew; nil for a permanent mapping.
  package private(set) var renewAt: Duration?
  /// When the router drops it unless renewed; nil for a permanent mapping.
  package private(set) var expiresAt: Duration?
  private var checkAt: Duration
  /// Failed looks and renewals in a row.
  package private(set) var failures = 0
  private let timing: Timing

  /// A mapping that was granted, or found with this much lease left, at `now`.
  ///
  /// - Parameter jitter: 0 to 1; brings the renewal up to a tenth forward, so that many do not come together.
  package init(_ lease: GrantedLease, at now: Duration, jitter: Double = 0, timing: Timing = Timing()) {
    self.timing = timing
    checkAt = now + timing.checkInterval
    granted(lease, at: now, jitter: jitter)
  }

  /// What to do at `now`. A due renewal goes before a due check, because it includes one.
  package func directive(at now: Duration) -> Directive {
    if let renewAt, renewAt <= now { return .renew }
    if checkAt <= now { return .check }
    return .wait(until: min(checkAt, renewAt ?? checkAt))
  }

  /// The router renewed the mapping. The next renewal is due at half the lease.
  package mutating func granted(_ lease: GrantedLease, at now: Duration, jitter: Double = 0) {
    confirmed(at: now)
    switch lease {
    case .permanent: (renewAt, expiresAt) = (nil, nil)
    case .timed(let seconds):
      let whole = Duration.seconds(Int64(seconds))
      renewAt = now + whole / 2 * (1 - 0.1 * min(max(jitter, 0), 1))
      expiresAt = now + whole
    }
  }

  /// A look found the mapping where it should be.
  package mutating func confirmed(at now: Duration) {
    checkAt = now + timing.checkInterval
    failures = 0
  }

  /// A look or a renewal failed without telling anything about the mapping: try again after a growing pause.
  package mutating func failed(at now: Duration) {
    let retry = now + min(timing.firstRetry * (1 << min(failures, 16)), timing.longestRetry)
    failures += 1
    checkAt = max(checkAt, retry)
    renewAt = renewAt.map { max($0, retry) }
  }
}

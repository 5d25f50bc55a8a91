/// What to do, and when, to keep one mapping on a router. Pure: time comes in, directives go out.
///
/// Times are durations since any fixed origin of a clock that also runs while the machine sleeps.
package struct LeaseState: Sendable, Equatable {
  /// How patient to be.
  package struct Timing: Sendable, Equatable {
    /// The longest between two looks at a mapping believed to be there: a router that restarted has forgotten it.
    package var checkInterval: Duration = .seconds(30)
    /// Between two looks at a port that somebody else holds.
    package var conflictInterval: Duration = .seconds(120)
    /// After a first failure; doubles with each further one.
    package var firstRetry: Duration = .seconds(2)
    package var longestRetry: Duration = .seconds(30)

    package init() {}
  }

  /// Where the mapping stands.
  package enum Phase: Sendable, Equatable {
    /// Not on the router, as far as we know.
    case wanted(failures: Int, notBefore: Duration)
    /// On the router when last looked.
    case held(Holding)
    /// Somebody else has the port.
    case conflicting(reason: String, lookAt: Duration)
    /// To be removed.
    case withdrawing(failures: Int, notBefore: Duration)
    /// Removed; nothing is left to do.
    case withdrawn
  }

  /// A mapping on the router and its times.
  package struct Holding: Sendable, Equatable {
    /// When to renew; nil for a permanent mapping.
    package var renewAt: Duration?
    /// When the router drops it unless renewed; nil for a permanent mapping.
    package var expiresAt: Duration?
    package var checkAt: Duration
    package var failures: Int
  }

  /// What the shell shall do next.
  package enum Directive: Sendable, Equatable {
    /// Ask the router for the mapping; also renews it.
    case request
    /// Read it back.
    case check
    /// Remove it from the router.
    case remove
    /// Nothing before this time.
    case wait(until: Duration)
    /// Nothing, for ever.
    case finish
  }

  package private(set) var phase: Phase
  private let timing: Timing

  /// A mapping that is wanted now.
  package init(now: Duration, timing: Timing = Timing()) {
    phase = .wanted(failures: 0, notBefore: now)
    self.timing = timing
  }

  /// What to do at `now`. A due renewal goes before a due check, because it includes one.
  package func directive(at now: Duration) -> Directive {
    switch phase {
    case .wanted(_, let time): now < time ? .wait(until: time) : .request
    case .held(let holding): Self.directive(holding, now)
    case .conflicting(_, let time): now < time ? .wait(until: time) : .request
    case .withdrawing(_, let time): now < time ? .wait(until: time) : .remove
    case .withdrawn: .finish
    }
  }

  private static func directive(_ holding: Holding, _ now: Duration) -> Directive {
    if let renewAt = holding.renewAt, renewAt <= now { return .request }
    if holding.checkAt <= now { return .check }
    return .wait(until: min(holding.checkAt, holding.renewAt ?? holding.checkAt))
  }
}

// MARK: - What happened

extension LeaseState {
  /// The router granted or renewed the mapping. Renewal is due at half the lease, up to a tenth earlier by `jitter`
  /// (0 to 1), so that many mappings do not renew together.
  package mutating func granted(_ lease: GrantedLease, at now: Duration, jitter: Double = 0) {
    guard isWanted else { return }
    var holding = Holding(renewAt: nil, expiresAt: nil, checkAt: now + timing.checkInterval, failures: 0)
    if case .timed(let seconds) = lease {
      let half = Duration.seconds(Int64(seconds)) / 2
      holding.renewAt = now + half * (1 - 0.1 * min(max(jitter, 0), 1))
      holding.expiresAt = now + .seconds(Int64(seconds))
    }
    phase = .held(holding)
  }

  /// A check found the mapping where it should be.
  package mutating func confirmed(at now: Duration) {
    guard case .held(var holding) = phase else { return }
    holding.checkAt = now + timing.checkInterval
    holding.failures = 0
    phase = .held(holding)
  }

  /// A check found the mapping gone or changed: ask for it again at once.
  package mutating func lost(at now: Duration) {
    guard case .held = phase else { return }
    phase = .wanted(failures: 0, notBefore: now)
  }

  /// Somebody else holds the port. Looked at again from time to time, never fought over.
  package mutating func conflicted(_ reason: String, at now: Duration) {
    guard isWanted else { return }
    phase = .conflicting(reason: reason, lookAt: now + timing.conflictInterval)
  }

  /// The last directive could not be carried out, or its outcome is unknown: try it again after a growing pause.
  /// A mapping held so far counts as held until its lease is over.
  package mutating func failed(at now: Duration) {
    switch phase {
    case .wanted(let failures, _): phase = .wanted(failures: failures + 1, notBefore: now + pause(failures))
    case .withdrawing(let failures, _): phase = .withdrawing(failures: failures + 1, notBefore: now + pause(failures))
    case .conflicting(let reason, _): phase = .conflicting(reason: reason, lookAt: now + timing.conflictInterval)
    case .held(let holding): phase = afterFailure(holding, now)
    case .withdrawn: break
    }
  }

  /// The mapping is no longer wanted.
  package mutating func withdraw(at now: Duration) {
    if phase != .withdrawn { phase = .withdrawing(failures: 0, notBefore: now) }
  }

  /// The mapping has been removed, or was not there.
  package mutating func removed() {
    if case .withdrawing = phase { phase = .withdrawn }
  }

  private var isWanted: Bool {
    switch phase {
    case .wanted, .held, .conflicting: true
    case .withdrawing, .withdrawn: false
    }
  }

  private func afterFailure(_ holding: Holding, _ now: Duration) -> Phase {
    let retry = now + pause(holding.failures)
    if let expiresAt = holding.expiresAt, expiresAt <= now {
      return .wanted(failures: holding.failures + 1, notBefore: retry)
    }
    var next = holding
    next.failures += 1
    next.checkAt = max(holding.checkAt, retry)
    next.renewAt = holding.renewAt.map { max($0, retry) }
    return .held(next)
  }

  /// 1, 2, 4, … times the first pause.
  private func pause(_ failures: Int) -> Duration {
    min(timing.firstRetry * (1 << min(failures, 16)), timing.longestRetry)
  }
}

import UPnP

/// One mapping's time on a router, counted by our own clock. Pure.
///
/// What the router says about the time left is believed only where it is shorter than our own count: routers' clocks
/// run wrong, start anew, or show the time granted instead of the time left.
struct Lease: Sendable, Equatable {
  /// When the router was last asked to keep it, as far as we know.
  private(set) var begins: Duration
  /// How long it keeps it from then on; nil for ever.
  private(set) var length: Duration?
  /// When it is to be renewed: at a moment between a third and a half of its life.
  private(set) var renewAt: Duration?
  /// When the router last showed it.
  private(set) var seenAt: Duration
  /// Refused renewals in a row.
  private(set) var refusals = 0

  /// - Parameter jitter: 0 to 1; where between a third and a half the renewal comes, so that many do not come together.
  init(_ granted: GrantedLease, at now: Duration, jitter: Double) {
    (begins, seenAt) = (now, now)
    restart(granted, at: now, jitter: jitter)
  }

  var expiresAt: Duration? { length.map { begins + $0 } }

  /// Whether so much of its life has passed: a half, a third… At the first third nothing is lost by renewing it.
  func hasPassed(oneIn part: Int, at now: Duration) -> Bool { length.map { begins + $0 / part <= now } ?? false }

  /// The router was asked again, and agreed; what it keeps is what it kept before.
  mutating func renewed(at now: Duration, jitter: Double) {
    refusals = 0
    begins = now
    schedule(jitter)
  }

  /// The router agreed to a lease that may be another than before.
  mutating func restart(_ granted: GrantedLease, at now: Duration, jitter: Double) {
    refusals = 0
    begins = now
    length = if case .timed(let seconds) = granted { .seconds(Int64(seconds)) } else { nil }
    schedule(jitter)
  }

  /// The router shows it, with so much time left; 0 where it does not say.
  ///
  /// - Returns: whether the renewal cannot wait for its time.
  mutating func seen(remaining: UInt32, at now: Duration) -> Bool {
    seenAt = now
    guard let length, remaining > 0 else { return false }
    let passed = now - begins
    let shown = Duration.seconds(Int64(remaining))
    guard shown < length - passed - Self.slack(length) else { return false }
    self.length = passed + shown
    // Its life is shorter than was thought, so that its third may have gone by.
    renewAt = renewAt.map { min($0, begins + (passed + shown) / 2) }
    return hasPassed(oneIn: 3, at: now)
  }

  /// Asking was of no use this time: again after a growing pause, several times before it ends.
  mutating func refused(at now: Duration) {
    refusals += 1
    renewAt = now + min(.seconds(10) * (1 << min(refusals - 1, 5)), .seconds(300))
  }

  /// Renews as soon as there is time to.
  mutating func hurry(at now: Duration) {
    if length != nil { renewAt = min(renewAt ?? now, now) }
  }

  private mutating func schedule(_ jitter: Double) {
    renewAt = length.map { begins + $0 / 3 + $0 / 6 * min(max(jitter, 0), 1) }
  }

  /// Routers count in whole seconds, and some a little fast.
  private static func slack(_ length: Duration) -> Duration { .seconds(5) + length / 50 }
}

extension GrantedLease {
  /// What a router keeps that was asked for `asked` seconds (0: for ever) and shows `entry`: never longer than asked.
  /// Routers that turn "for ever" into a week show that.
  init(_ entry: PortMapping, asked: UInt32) {
    switch (asked, entry.remainingLease) {
    case (0, 0): self = .permanent
    case (0, let shown): self = .timed(shown)
    case (_, 0): self = .timed(asked)
    case (_, let shown): self = .timed(min(asked, shown))
    }
  }
}

/// How long to wait after failures in a row: twice as long each time, up to a cap, with jitter so that resources that
/// failed together do not all come back together.
package struct Backoff: Sendable, Hashable {
  /// The wait after the first failure, before jitter.
  package let initial: Duration
  /// The longest wait, before jitter.
  package let cap: Duration

  package init(initial: Duration = .milliseconds(500), cap: Duration = .seconds(120)) {
    precondition(initial > .zero && cap >= initial, "a backoff begins above zero and below its cap")
    self.initial = initial
    self.cap = cap
  }

  /// The wait after `failures` failures in a row: between half and the whole of the doubled time.
  package func delay(failures: Int, using random: inout SplitMix64) -> Duration {
    let full = uncapped(failures)
    let half = full / 2
    return half + half * random.fraction()
  }

  /// Doubles without overflow: stops as soon as the cap is reached.
  private func uncapped(_ failures: Int) -> Duration {
    var wait = initial
    for _ in 0..<max(0, failures - 1) {
      guard wait < cap else { return cap }
      wait *= 2
    }
    return min(wait, cap)
  }
}

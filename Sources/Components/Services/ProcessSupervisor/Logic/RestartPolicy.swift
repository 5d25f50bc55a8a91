/// How long to wait before a process that ended is started again. Pure: randomness is an input.
package struct RestartPolicy: Sendable, Hashable {
  /// The wait after the first failure; each further one doubles it.
  package var initialDelay: Duration
  package var longestDelay: Duration
  /// A process that ran this long counts as well again, and its failures are forgotten.
  package var forgiveAfter: Duration
  /// By which part of itself a wait varies either way, so that many processes do not start at the same moment.
  package var jitter: Double

  package init(
    initialDelay: Duration = .milliseconds(500),
    longestDelay: Duration = .seconds(60),
    forgiveAfter: Duration = .seconds(60),
    jitter: Double = 0.2
  ) {
    self.initialDelay = initialDelay
    self.longestDelay = longestDelay
    self.forgiveAfter = forgiveAfter
    self.jitter = jitter
  }

  /// The wait after so many failures in a row.
  /// - Parameters:
  ///   - failures: 1 for the first.
  ///   - random: uniform in 0..<1.
  package func delay(afterFailures failures: Int, random: Double) -> Duration {
    let doublings = min(max(failures - 1, 0), 30)
    let delay = min(initialDelay * (1 << doublings), longestDelay)
    return delay * (1 + jitter * (2 * random - 1))
  }
}

/// The passing of time as a supervisor sees it, taken from any clock, so that tests own time.
package struct ProcessClock: Sendable {
  /// Time since this value was made.
  let now: @Sendable () -> Duration
  /// Waits until `now` has reached a value; throws `CancellationError`.
  let sleep: @Sendable (Duration) async throws -> Void

  package init<C: Clock>(_ clock: C) where C.Duration == Duration {
    let start = clock.now
    now = { start.duration(to: clock.now) }
    sleep = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
  }

  package static var system: ProcessClock { ProcessClock(ContinuousClock()) }
}

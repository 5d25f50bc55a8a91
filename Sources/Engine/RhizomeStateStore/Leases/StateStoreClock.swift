/// The passing of time as a store sees it, taken from any clock, so that tests and simulations own time.
package struct StateStoreClock: Sendable {
  /// Time since this value was made.
  let now: @Sendable () -> Duration
  /// Waits until `now` has reached a value; throws `CancellationError`.
  let sleep: @Sendable (Duration) async throws -> Void

  package init<C: Clock>(_ clock: C) where C.Duration == Duration {
    let start = clock.now
    now = { start.duration(to: clock.now) }
    sleep = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
  }

  /// The machine's clock, which also counts while the machine is suspended: a laptop that slept has lost its leases.
  package static var system: StateStoreClock { StateStoreClock(ContinuousClock()) }
}

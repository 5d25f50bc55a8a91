package import RhizomeModel

/// Time as the reconciler sees it. Waiting goes by a clock that never jumps; what people read goes by the wall clock,
/// which does.
package struct ReconcilerClock: Sendable {
  /// Time passed since some fixed moment; never goes back.
  package let elapsed: @Sendable () -> Duration
  /// Waits until `elapsed` has reached a value.
  /// - Throws: `CancellationError`.
  package let sleep: @Sendable (Duration) async throws -> Void
  /// What the calendar says.
  package let wallTime: @Sendable () -> Timestamp

  package init(
    elapsed: @escaping @Sendable () -> Duration,
    sleep: @escaping @Sendable (Duration) async throws -> Void,
    wallTime: @escaping @Sendable () -> Timestamp
  ) {
    self.elapsed = elapsed
    self.sleep = sleep
    self.wallTime = wallTime
  }

  /// Any clock for waiting, with a source of calendar time.
  package init<C: Clock>(_ clock: C, wallTime: @escaping @Sendable () -> Timestamp) where C.Duration == Duration {
    let start = clock.now
    self.init(
      elapsed: { start.duration(to: clock.now) },
      sleep: { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) },
      wallTime: wallTime
    )
  }
}

internal import Synchronization

/// A clock that stands still until somebody advances it, and knows when its next sleeper wants to wake.
package final class VirtualClock: Clock {
  /// A moment, as time since the clock was made.
  package struct Instant: InstantProtocol {
    package let offset: Duration
    package init(offset: Duration) { self.offset = offset }
    package func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    package func duration(to other: Instant) -> Duration { other.offset - offset }
    package static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private struct Sleeper {
    let deadline: Instant
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var now = Instant(offset: .zero)
    var nextSleeper = 0
    var sleepers: [Int: Sleeper] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  package var now: Instant { state.withLock { $0.now } }
  package var minimumResolution: Duration { .nanoseconds(1) }

  /// The moment at which the next sleeper wakes; nil when nobody sleeps.
  package var nextDeadline: Instant? { state.withLock { $0.sleepers.values.map(\.deadline).min() } }

  /// Lets time pass up to `moment`, and wakes whoever is due, in the order of their deadlines, then of their arrival.
  package func advance(to moment: Instant) {
    let due = state.withLock { state in
      state.now = max(state.now, moment)
      let due = state.sleepers.filter { $0.value.deadline <= state.now }
      for sleeper in due.keys { state.sleepers[sleeper] = nil }
      return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }
    }
    for sleeper in due { sleeper.value.continuation.resume() }
  }

  package func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    let sleeper = state.withLock { state in
      state.nextSleeper += 1
      return state.nextSleeper
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { register($0, as: sleeper, until: deadline) }
    } onCancel: {
      let sleeping = state.withLock { $0.sleepers.removeValue(forKey: sleeper) }
      sleeping?.continuation.resume(throwing: CancellationError())
    }
  }

  private func register(
    _ continuation: CheckedContinuation<Void, any Error>,
    as sleeper: Int,
    until deadline: Instant
  ) {
    let outcome: Result<Void, any Error>? = state.withLock { state in
      if Task.isCancelled { return .failure(CancellationError()) }
      if deadline <= state.now { return .success(()) }
      state.sleepers[sleeper] = Sleeper(deadline: deadline, continuation: continuation)
      return nil
    }
    if let outcome { continuation.resume(with: outcome) }
  }
}

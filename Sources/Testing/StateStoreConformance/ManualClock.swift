internal import Synchronization

/// A clock that stands still until somebody advances it.
package final class ManualClock: Clock {
  /// A moment, as time since the clock was made.
  package struct Instant: InstantProtocol {
    package let offset: Duration
    package func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    package func duration(to other: Instant) -> Duration { other.offset - offset }
    package static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private struct State {
    var now = Instant(offset: .zero)
    var nextSleeper = 0
    var sleepers: [Int: (deadline: Instant, continuation: CheckedContinuation<Void, any Error>)] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  package var now: Instant { state.withLock { $0.now } }
  package var minimumResolution: Duration { .nanoseconds(1) }

  /// How many tasks sleep on this clock.
  package var sleeperCount: Int { state.withLock { $0.sleepers.count } }

  /// Lets time pass and wakes whoever is due.
  package func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.now = state.now.advanced(by: duration)
      let due = state.sleepers.filter { $0.value.deadline <= state.now }
      for sleeper in due.keys { state.sleepers[sleeper] = nil }
      return due.values.sorted { $0.deadline < $1.deadline }.map(\.continuation)
    }
    for continuation in due { continuation.resume() }
  }

  package func sleep(until deadline: Instant, tolerance: Duration?) async throws {
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

  private func register(_ continuation: CheckedContinuation<Void, any Error>, as sleeper: Int, until deadline: Instant)
  {
    let outcome: Result<Void, any Error>? = state.withLock { state in
      if Task.isCancelled { return .failure(CancellationError()) }
      if deadline <= state.now { return .success(()) }
      state.sleepers[sleeper] = (deadline, continuation)
      return nil
    }
    if let outcome { continuation.resume(with: outcome) }
  }
}

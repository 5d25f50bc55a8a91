internal import RhizomeReconciler
internal import Synchronization

/// Runs all jobs of a tree of tasks one after the other on the calling thread, so that the same seed gives the same
/// order every time. Which of the waiting jobs comes next is drawn from the seed, so that different seeds try different
/// orders.
///
/// Tasks that are started with it as their preference, their child tasks, and actors they call stay on it.
package final class SteppingExecutor: TaskExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    var random: SplitMix64
    var count = 0
  }

  private let state: Mutex<State>

  package init(seed: UInt64) { state = Mutex(State(random: SplitMix64(seed: seed))) }

  /// How many jobs have run.
  package var jobCount: Int { state.withLock { $0.count } }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { $0.jobs.append(job) }
  }

  /// Runs until no job waits.
  package func runUntilIdle() {
    while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
  }

  private func next() -> UnownedJob? {
    state.withLock { state in
      guard !state.jobs.isEmpty else { return nil }
      state.count += 1
      return state.jobs.remove(at: Int.random(in: state.jobs.indices, using: &state.random))
    }
  }
}

/// What went wrong with a run in virtual time.
package struct VirtualRunError: Error, CustomStringConvertible {
  package let description: String
}

/// Runs `body` in virtual time on the calling thread: whenever every task waits, time jumps to the next deadline.
///
/// - Parameter limit: how much virtual time may pass.
/// - Throws: `VirtualRunError` when all tasks wait for something other than time, or the limit is reached; and whatever
///   `body` throws.
package func runInVirtualTime<Result: Sendable>(
  _ clock: VirtualClock,
  seed: UInt64 = 0,
  limit: Duration = .seconds(7 * 86_400),
  _ body: @escaping @Sendable () async throws -> Result
) throws -> Result {
  let executor = SteppingExecutor(seed: seed)
  let result = Mutex<Swift.Result<Result, any Error>?>(nil)
  let end = clock.now.offset + limit
  let task = Task(executorPreference: executor) {
    let outcome: Swift.Result<Result, any Error>
    do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
    result.withLock { $0 = outcome }
  }
  while true {
    executor.runUntilIdle()
    if let outcome = result.withLock({ $0 }) { return try outcome.get() }
    guard let next = clock.nextDeadline, next.offset <= end else {
      task.cancel()
      executor.runUntilIdle()
      throw VirtualRunError(
        description: clock.nextDeadline == nil
          ? "every task waits, and none for time, at \(clock.now.offset)"
          : "not done after \(limit) of virtual time"
      )
    }
    clock.advance(to: next)
  }
}

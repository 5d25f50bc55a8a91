/// A call took longer than it may.
struct DeadlineExceeded: Error {}

/// Runs `body`, and cancels it when it takes longer than `limit`.
///
/// Waits for `body` to notice its cancellation, so that no call is left behind.
/// - Throws: `DeadlineExceeded`, `CancellationError` when the calling task was cancelled, and what `body` throws.
func withDeadline<Result: Sendable>(
  _ limit: Duration,
  _ clock: ReconcilerClock,
  _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  try await withThrowingTaskGroup(of: Result?.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await clock.sleep(clock.elapsed() + limit)
      return nil
    }
    defer { group.cancelAll() }
    let first = try await group.next() ?? nil
    try Task.checkCancellation()
    guard let first else { throw DeadlineExceeded() }
    return first
  }
}

internal import GRDB
internal import Synchronization

/// Collects writes that arrive while a transaction is being synced, and runs them together in the next one.
///
/// A durable commit costs one sync of the disk, however much it contains; so concurrent clients share it. Each write
/// still succeeds or fails alone (a savepoint of its own), and none returns before the common transaction is durable.
actor GroupCommitter {
  private struct Job: Sendable {
    /// Runs the write in a savepoint and remembers its outcome.
    let run: @Sendable (Database) throws -> Void
    /// Tells the caller: the remembered outcome, or that the commit failed.
    let settle: @Sendable ((any Error)?) -> Void
  }

  private let database: any DatabaseWriter
  private var pending: [Job] = []
  private var isRunning = false

  init(_ database: any DatabaseWriter) { self.database = database }

  /// Runs `body` in a transaction, and returns once that is durable.
  /// - Throws: what `body` throws, after undoing it; `DatabaseError` when the commit fails.
  func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      pending.append(Self.job(body, continuation))
      guard !isRunning else { return }
      isRunning = true
      Task { await drain() }
    }
  }

  private func drain() async {
    while !pending.isEmpty {
      let batch = pending
      pending = []
      do {
        try await database.write { db in
          for job in batch { try job.run(db) }
        }
        for job in batch { job.settle(nil) }
      } catch {
        for job in batch { job.settle(error) }
      }
    }
    isRunning = false
  }

  private static func job<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value,
    _ continuation: CheckedContinuation<Value, any Error>
  ) -> Job {
    let outcome = Outcome<Value>()
    return Job(
      run: { db in
        do {
          try db.inSavepoint {
            let value = try body(db)
            outcome.result.withLock { $0 = .success(value) }
            return .commit
          }
        } catch {
          outcome.result.withLock { $0 = .failure(error) }
          // An error of the whole transaction (disk full, say) has rolled everything back: no other job can go on.
          if !db.isInsideTransaction { throw error }
        }
      },
      settle: { failure in
        let result = failure.map { .failure($0) } ?? outcome.result.withLock { $0 }
        continuation.resume(with: result ?? .failure(CancellationError()))
      }
    )
  }

  private final class Outcome<Value: Sendable>: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import Synchronization

/// Runs blocking C code on threads of its own, never on Swift's cooperative pool.
///
/// The caller gets its answer, its deadline or its cancellation, whichever is first. The thread is told to end by an
/// `Interruption`; what cannot be interrupted finishes on its own, and its late answer is dropped. A limit on threads
/// that still run keeps them from piling up all the same.
package final class BlockingCalls: Sendable {
  private let limit: Int
  private let prepareThread: (@Sendable () throws -> Void)?
  private let running = Mutex(0)

  /// - Parameters:
  ///   - limit: how many calls may be under way, including abandoned ones.
  ///   - prepareThread: runs first on every new thread, for example to enter a network namespace.
  package init(limit: Int = 8, prepareThread: (@Sendable () throws -> Void)? = nil) {
    self.limit = limit
    self.prepareThread = prepareThread
  }

  /// Runs `body` on a new thread.
  ///
  /// - Parameters:
  ///   - purpose: completes "the router took too long to …" in errors.
  ///   - body: gets what tells it to end, because its answer came too late or nobody wants it any more.
  /// - Throws: what `body` throws; `UPnPError` with code `deadlineExceeded`, `overloaded` or `system`;
  ///   `CancellationError` at once when the calling task is cancelled.
  package func run<Answer: Sendable>(
    _ purpose: String,
    deadline: Duration,
    _ body: @escaping @Sendable (Interruption) throws -> Answer
  ) async throws -> Answer {
    try Task.checkCancellation()
    let (delivery, interruption) = (Delivery<Answer>(), try Interruption())
    defer { interruption.interrupt() }
    try begin(purpose) { [prepareThread] in
      let result = Result {
        try prepareThread?()
        return try body(interruption)
      }
      return { delivery.deliver(result) }
    }
    return try await withThrowingTaskGroup(of: Answer.self) { group in
      group.addTask { try await delivery.answer() }
      group.addTask {
        try await Task.sleep(for: deadline)
        throw UPnPError(.deadlineExceeded, "the router took longer than \(deadline) to \(purpose)")
      }
      defer { group.cancelAll() }
      guard let first = try await group.next() else { throw CancellationError() }
      return first
    }
  }

  /// Runs `body`, which cannot be ended, on a new thread. See above.
  package func run<Answer: Sendable>(
    _ purpose: String,
    deadline: Duration,
    _ body: @escaping @Sendable () throws -> Answer
  ) async throws -> Answer {
    try await run(purpose, deadline: deadline) { (_: Interruption) in try body() }
  }

  /// Calls whose threads have not ended yet, for tests.
  package var callsUnderWay: Int { running.withLock { $0 } }

  /// - Parameter work: returns how to tell its result, which is done when the call no longer counts.
  private func begin(_ purpose: String, _ work: @escaping @Sendable () -> () -> Void) throws {
    try running.withLock { count in
      guard count < limit else {
        throw UPnPError(
          .overloaded,
          "cannot ask the router to \(purpose): \(count) earlier calls have not ended; is it overloaded?"
        )
      }
      count += 1
    }
    do {
      try DetachedThread.start {
        let tell = work()
        self.running.withLock { $0 -= 1 }
        tell()
      }
    } catch {
      running.withLock { $0 -= 1 }
      throw error
    }
  }
}

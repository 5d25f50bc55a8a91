import Synchronization

/// Hands one answer from a thread to one waiting task, exactly once; later answers are dropped.
final class Delivery<Answer: Sendable>: Sendable {
  private enum State {
    /// Neither side has come.
    case idle
    /// The task waits.
    case waiting(CheckedContinuation<Answer, any Error>)
    /// The answer came first.
    case ready(Result<Answer, any Error>)
    /// The task has its answer.
    case done
  }

  private let state = Mutex(State.idle)

  /// Waits for the answer; ends at once with `CancellationError` when the task is cancelled.
  func answer() async throws -> Answer {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { wait($0) }
    } onCancel: {
      deliver(.failure(CancellationError()))
    }
  }

  /// Gives the answer; only the first call counts.
  func deliver(_ result: Result<Answer, any Error>) {
    let waiting: CheckedContinuation<Answer, any Error>? = state.withLock { state in
      switch state {
      case .idle:
        state = .ready(result)
        return nil
      case .waiting(let continuation):
        state = .done
        return continuation
      case .ready, .done:
        return nil
      }
    }
    waiting?.resume(with: result)
  }

  private func wait(_ continuation: CheckedContinuation<Answer, any Error>) {
    let ready: Result<Answer, any Error>? = state.withLock { state in
      if case .ready(let result) = state {
        state = .done
        return result
      }
      state = .waiting(continuation)
      return nil
    }
    if let ready { continuation.resume(with: ready) }
  }
}

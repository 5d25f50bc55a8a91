import Synchronization

/// Lets one task at a time through, in the order of their coming. A task cancelled while it waits leaves at once.
final class AsyncLock: Sendable {
  private struct State {
    var isHeld = false
    var nextTicket = 0
    var waiting: [(ticket: Int, continuation: CheckedContinuation<Void, any Error>)] = []
  }

  private let state = Mutex(State())

  /// Runs `body` while no other task runs one.
  ///
  /// - Throws: what `body` throws; `CancellationError` when the task is cancelled before its turn.
  func run<Result>(_ body: () async throws -> Result) async throws -> Result {
    try await enter()
    defer { leave() }
    return try await body()
  }

  private func enter() async throws {
    let ticket = state.withLock { state in
      state.nextTicket += 1
      return state.nextTicket
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { queue(ticket, $0) }
    } onCancel: {
      giveUp(ticket)
    }
  }

  private func queue(_ ticket: Int, _ continuation: CheckedContinuation<Void, any Error>) {
    let outcome: Swift.Result<Void, any Error>? = state.withLock { state in
      if Task.isCancelled { return .failure(CancellationError()) }
      if state.isHeld {
        state.waiting.append((ticket, continuation))
        return nil
      }
      state.isHeld = true
      return .success(())
    }
    if let outcome { continuation.resume(with: outcome) }
  }

  private func giveUp(_ ticket: Int) {
    let waiting = state.withLock { state in
      state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0) }
    }
    waiting?.continuation.resume(throwing: CancellationError())
  }

  private func leave() {
    let next = state.withLock { state in
      if state.waiting.isEmpty {
        state.isHeld = false
        return CheckedContinuation<Void, any Error>?.none
      }
      return state.waiting.removeFirst().continuation
    }
    next?.resume()
  }
}

internal import Synchronization

/// A number that only grows, and tasks that wait for it to grow beyond a value.
final class Signal: Sendable {
  private struct State {
    var value: Int64
    var isClosed = false
    var nextWaiter = 0
    var waiters: [Int: (threshold: Int64, continuation: CheckedContinuation<Void, any Error>)] = [:]
  }

  private let state: Mutex<State>

  init(_ value: Int64 = 0) { state = Mutex(State(value: value)) }

  /// Raises the number and wakes those who waited for that.
  func advance(to value: Int64) {
    let woken = state.withLock { state in
      state.value = max(state.value, value)
      let due = state.waiters.filter { $0.value.threshold < state.value }
      for waiter in due.keys { state.waiters[waiter] = nil }
      return due.values.map(\.continuation)
    }
    for continuation in woken { continuation.resume() }
  }

  /// Raises the number by one.
  func raise() { advance(to: state.withLock { $0.value } + 1) }

  /// The present number.
  var value: Int64 { state.withLock { $0.value } }

  /// Returns once the number is greater than `threshold`.
  /// - Throws: `CancellationError`, or `closed` after `close`.
  func wait(beyond threshold: Int64) async throws {
    let waiter = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { register($0, as: waiter, threshold: threshold) }
    } onCancel: {
      let waiting = state.withLock { $0.waiters.removeValue(forKey: waiter) }
      waiting?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Ends all present and future waiting.
  func close() {
    let waiting = state.withLock { state in
      state.isClosed = true
      defer { state.waiters = [:] }
      return state.waiters.values.map(\.continuation)
    }
    for continuation in waiting { continuation.resume(throwing: Signal.closed) }
  }

  static let closed = StateStoreError(.closed, "the state store was closed; open it again")

  private func register(_ continuation: CheckedContinuation<Void, any Error>, as waiter: Int, threshold: Int64) {
    let outcome: Result<Void, any Error>? = state.withLock { state in
      if state.isClosed { return .failure(Signal.closed) }
      if Task.isCancelled { return .failure(CancellationError()) }
      if state.value > threshold { return .success(()) }
      state.waiters[waiter] = (threshold, continuation)
      return nil
    }
    if let outcome { continuation.resume(with: outcome) }
  }
}

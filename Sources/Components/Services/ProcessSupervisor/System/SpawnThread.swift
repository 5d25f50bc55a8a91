internal import Foundation

/// The one thread from which children are started.
///
/// Linux kills a child with PR_SET_PDEATHSIG when the *thread* that started it ends, so that thread must live as long
/// as the program; threads of a pool come and go.
final class SpawnThread: @unchecked Sendable {
  static let shared = SpawnThread()

  // Safe to share: `jobs` is only touched while `condition` is locked.
  private let condition = NSCondition()
  private var jobs: [() -> Void] = []

  private init() {
    let thread = Thread { [self] in work() }
    thread.name = "spawn"
    thread.start()
  }

  /// Runs `job` on the thread and returns its result.
  func run<T: Sendable>(_ job: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { continuation in
      condition.lock()
      jobs.append { continuation.resume(returning: job()) }
      condition.signal()
      condition.unlock()
    }
  }

  private func work() -> Never {
    while true {
      condition.lock()
      while jobs.isEmpty { condition.wait() }
      let job = jobs.removeFirst()
      condition.unlock()
      job()
    }
  }
}

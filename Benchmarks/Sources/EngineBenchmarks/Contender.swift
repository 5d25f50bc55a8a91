import Foundation

/// One side of a comparison: work that several workers repeat, each one operation after the other.
struct Contender: Sendable {
  let name: String
  /// The process whose processor time is told, where that is not this one.
  private(set) var processID: Int32?
  /// How many requests one operation makes.
  private(set) var batch = 1
  private let work: @Sendable (_ worker: Int, _ deadline: ContinuousClock.Instant) async throws -> [Double]

  /// Work of tasks.
  init(_ name: String, _ operation: @escaping @Sendable (_ worker: Int, _ number: Int) async throws -> Void) {
    self.name = name
    work = { worker, deadline in
      var latencies: [Double] = []
      while ContinuousClock.now < deadline {
        let started = ContinuousClock.now
        try await operation(worker, latencies.count)
        latencies.append((ContinuousClock.now - started) / .microseconds(1))
      }
      return latencies
    }
  }

  /// Work that blocks, each worker on a thread of its own.
  init(
    _ name: String,
    processID: Int32? = nil,
    batch: Int = 1,
    blocking operation: @escaping @Sendable (_ worker: Int, _ number: Int) throws -> Void
  ) {
    (self.name, self.processID, self.batch) = (name, processID, batch)
    work = { worker, deadline in
      try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
          continuation.resume(with: Result { try Contender.loop(worker, deadline, operation) })
        }
      }
    }
  }

  private static func loop(
    _ worker: Int,
    _ deadline: ContinuousClock.Instant,
    _ operation: (Int, Int) throws -> Void
  ) throws -> [Double] {
    var latencies: [Double] = []
    while ContinuousClock.now < deadline {
      let started = ContinuousClock.now
      try operation(worker, latencies.count)
      latencies.append((ContinuousClock.now - started) / .microseconds(1))
    }
    return latencies
  }

  /// What came of a while of work by all workers.
  struct Round {
    /// Microseconds of every operation.
    let latencies: [Double]
    let requestCount: Int
    let seconds: Double
    /// What this process computed.
    let processorSeconds: Double
    /// What the other process computed, if there is one.
    let serverSeconds: Double
  }

  /// Lets all workers work for a while.
  func round(workers: Int, duration: Duration) async throws -> Round {
    let (here, there) = (ProcessUsage.processorSeconds(getpid()), serverSeconds)
    let started = ContinuousClock.now
    let latencies = try await withThrowingTaskGroup(of: [Double].self) { group in
      for worker in 0..<workers {
        group.addTask { try await work(worker, started + duration) }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    return Round(
      latencies: latencies,
      requestCount: latencies.count * batch,
      seconds: (ContinuousClock.now - started) / .seconds(1),
      processorSeconds: ProcessUsage.processorSeconds(getpid()) - here,
      serverSeconds: serverSeconds - there
    )
  }

  private var serverSeconds: Double { processID.map(ProcessUsage.processorSeconds) ?? 0 }
}

/// A benchmark of the wrong answer is worth nothing. Thrown, so that the servers are ended.
struct WrongAnswer: Error, CustomStringConvertible {
  let description: String

  static func unless(_ isRight: Bool, _ what: String) throws {
    guard isRight else { throw WrongAnswer(description: what) }
  }
}

import Foundation

/// Two contenders that take turns, so that whatever else the machine does hits both.
struct Comparison {
  let title: String
  let workers: Int
  /// The least ratio of our rate to theirs that design promises.
  let promise: Double
  let duration: Duration

  private static let roundCount = 5

  /// Warms both up, runs the rounds and prints what came of it.
  func run(_ ours: Contender, against theirs: Contender) async throws {
    var scores = [Score(), Score()]
    for contender in [ours, theirs] { _ = try await contender.round(workers: workers, duration: duration / 4) }
    for _ in 0..<Comparison.roundCount {
      for (index, contender) in [ours, theirs].enumerated() {
        scores[index].rounds.append(try await contender.round(workers: workers, duration: duration))
      }
    }
    print(title)
    print("  \(ours.name): \(scores[0].sentence)")
    print("  \(theirs.name): \(scores[1].sentence)")
    let ratio = scores[0].rate / scores[1].rate
    print(String(format: "  ratio %.2f, promised %.1f: ", ratio, promise) + (ratio < promise ? "missed" : "kept"))
    fflush(nil)
  }
}

/// What one contender reached over its rounds.
private struct Score {
  var rounds: [Contender.Round] = []

  private var rates: [Double] { rounds.map { Double($0.latencies.count) / $0.seconds }.sorted() }

  /// Operations a second in the median round.
  var rate: Double { rates[rates.count / 2] }

  var sentence: String {
    let latencies = rounds.flatMap(\.latencies).sorted()
    let range = String(format: "%.0f/s (rounds %.0f to %.0f)", rate, rates.first ?? 0, rates.last ?? 0)
    let median = String(format: "median %.0f µs", latencies[latencies.count / 2])
    let here = String(format: "processor %.0f µs here", mean(\.processorSeconds) * 1_000_000)
    let there = String(format: ", %.0f µs in the server", mean(\.serverSeconds) * 1_000_000)
    return "\(range), \(median), \(here)\(rounds.contains { $0.serverSeconds > 0 } ? there : "")"
  }

  /// For one operation.
  private func mean(_ amount: KeyPath<Contender.Round, Double>) -> Double {
    rounds.map { $0[keyPath: amount] }.reduce(0, +) / Double(rounds.map(\.latencies.count).reduce(0, +))
  }
}

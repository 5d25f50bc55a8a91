import Foundation

/// Two contenders that take turns, so that whatever else the machine does hits both.
struct Comparison {
  let title: String
  let workers: Int
  /// The least ratio of our rate to theirs that design promises.
  let promise: Double
  let duration: Duration

  private static let roundCount = 5

  /// Warms them up, runs the rounds and prints what came of it.
  /// - Parameter floor: what nobody can be faster than; with it, what each adds to that is told too.
  func run(_ ours: Contender, against theirs: Contender, above floor: Contender? = nil) async throws {
    let contenders = [ours, theirs] + (floor.map { [$0] } ?? [])
    let scores = try await rounds(contenders)
    print(title)
    for (contender, score) in zip(contenders, scores) { print("  \(contender.name): \(score.sentence)") }
    let ratio = scores[0].rate / scores[1].rate
    print(String(format: "  ratio %.2f, promised %.1f: ", ratio, promise) + (ratio < promise ? "missed" : "kept"))
    if floor != nil { print("  \(Comparison.aboveFloor(scores.map(\.mean)))") }
    fflush(nil)
  }

  private func rounds(_ contenders: [Contender]) async throws -> [Score] {
    var scores = contenders.map { _ in Score() }
    for contender in contenders { _ = try await contender.round(workers: workers, duration: duration / 4) }
    for _ in 0..<Comparison.roundCount {
      for (index, contender) in contenders.enumerated() {
        scores[index].rounds.append(try await contender.round(workers: workers, duration: duration))
      }
    }
    return scores
  }

  /// - Parameter times: microseconds from one answer to the next: ours, theirs, and of the floor.
  private static func aboveFloor(_ times: [Double]) -> String {
    let (ours, theirs, floor) = (times[0], times[1], times[2])
    let most = String(format: "no server at all could reach a ratio of more than %.2f", theirs / floor)
    let added = String(format: "added to the floor: %.1f µs by ours, %.1f µs by theirs", ours - floor, theirs - floor)
    return "\(most); \(added), ratio \(String(format: "%.2f", (theirs - floor) / max(ours - floor, 0.1)))"
  }
}

/// What one contender reached over its rounds.
private struct Score {
  var rounds: [Contender.Round] = []

  private var rates: [Double] { rounds.map { Double($0.requestCount) / $0.seconds }.sorted() }

  /// Requests a second in the median round.
  var rate: Double { rates[rates.count / 2] }

  /// Microseconds from one answer to the next in the median round.
  var mean: Double { 1_000_000 / rate }

  var sentence: String {
    let latencies = rounds.flatMap(\.latencies).sorted()
    let range = String(format: "%.0f/s (rounds %.0f to %.0f)", rate, rates.first ?? 0, rates.last ?? 0)
    let median = String(format: "median %.0f µs", latencies[latencies.count / 2])
    let here = String(format: "processor %.0f µs here", cost(\.processorSeconds) * 1_000_000)
    let there = String(format: ", %.0f µs in the server", cost(\.serverSeconds) * 1_000_000)
    return "\(range), \(median), \(here)\(rounds.contains { $0.serverSeconds > 0 } ? there : "")"
  }

  /// Seconds for one request.
  private func cost(_ amount: KeyPath<Contender.Round, Double>) -> Double {
    rounds.map { $0[keyPath: amount] }.reduce(0, +) / Double(rounds.map(\.requestCount).reduce(0, +))
  }
}

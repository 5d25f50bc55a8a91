import Foundation

/// What a piece of work took, several times over: by the clock, and of the processor. Only the latter means anything on a
/// machine that others use as well.
struct Measurement {
  private var elapsed: [Double] = []
  private var processor: [Double] = []

  /// Runs the work once to warm up, and then `count` times.
  init(count: Int, _ work: () throws -> Void) rethrows {
    try work()
    let clock = ContinuousClock()
    for _ in 0..<count {
      let before = Measurement.processorTime
      elapsed.append(try clock.measure(work) / .milliseconds(1))
      processor.append(Measurement.processorTime - before)
    }
    elapsed.sort()
    processor.sort()
  }

  /// Milliseconds that this process has computed so far.
  private static var processorTime: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1_000 + Double(time.tv_nsec) / 1_000_000
  }

  /// Milliseconds of the processor, the median.
  var processorMilliseconds: Double { processor[processor.count / 2] }

  /// Median, fastest and slowest, in milliseconds.
  var sentence: String { "elapsed \(Measurement.range(elapsed)); processor \(Measurement.range(processor))" }

  private static func range(_ sorted: [Double]) -> String {
    let numbers = [sorted[sorted.count / 2], sorted.first ?? 0, sorted.last ?? 0].map { String(format: "%.1f", $0) }
    return "median \(numbers[0]) ms (min \(numbers[1]), max \(numbers[2]))"
  }
}

/// The memory of this process.
enum Memory {
  /// The most that was ever resident, in MiB; nil where the system does not tell (Linux, proc(5), `VmHWM`).
  static var peak: Double? {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }.map { $0 / 1_024 }
  }
}

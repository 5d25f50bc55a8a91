import Foundation

/// What a process takes (Linux, proc(5)).
enum ProcessUsage {
  /// Processor time so far; 0 where the system does not tell.
  static func processorSeconds(_ processID: Int32) -> Double {
    let text = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)
    // After the name in parentheses, user and system time are the 12th and 13th fields.
    let fields = text?.split(separator: ")").last?.split(separator: " ").dropFirst(11).prefix(2) ?? []
    return fields.compactMap { Double($0) }.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Such as `31 MiB resident, 12 MiB of it anonymous`; nil where the system does not tell.
  static func memory(_ processID: Int32) -> String? {
    guard let text = try? String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8) else { return nil }
    let amounts = ["VmRSS:", "RssAnon:"].compactMap { field in
      text.split(separator: "\n").first { $0.hasPrefix(field) }?.split(whereSeparator: \.isWhitespace).dropFirst().first
        .flatMap { Double($0) }
    }
    guard amounts.count == 2 else { return nil }
    return String(format: "%.0f MiB resident, %.0f MiB of it anonymous", amounts[0] / 1_024, amounts[1] / 1_024)
  }
}

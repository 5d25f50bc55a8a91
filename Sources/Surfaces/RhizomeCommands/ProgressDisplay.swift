import Foundation
package import RhizomeAPI
package import RhizomeClient
import RhizomeModel

/// Shows a revision's way to convergence: on a terminal one line that is rewritten, elsewhere a line a step.
package struct ProgressDisplay {
  private let isLive: Bool
  private let total: Int
  private var finished: Set<Address> = []
  /// What was last said of each resource: a failure that repeats itself is told once.
  private var said: [Address: String] = [:]

  init(total: Int, isLive: Bool = Printer.isInteractive) {
    self.total = total
    self.isLive = isLive
  }

  /// Follows `revision` until its last line, and tells how it ended.
  package static func follow(_ client: RhizomeClient, revision: Int, total: Int) async throws -> ProgressLine.Step {
    var display = ProgressDisplay(total: total)
    var ending = ProgressLine.Step.superseded
    try await client.progress(revision: revision) { line in
      display.show(line)
      if line.isLast { ending = line.step }
    }
    return ending
  }

  mutating func show(_ line: ProgressLine) {
    if let address = line.address {
      if line.step == .done { finished.insert(address) }
      if line.step == .failed, said[address] == line.message { return }
      if line.step != .started, line.step != .waiting { said[address] = line.message }
    }
    if line.step == .started || line.step == .waiting {
      if isLive { rewrite("[\(finished.count)/\(total)] \(text(line))") }
    } else {
      if isLive { rewrite("") }
      Printer.note(text(line))
    }
  }

  private func text(_ line: ProgressLine) -> String {
    let sign =
      switch line.step {
      case .started, .waiting: "…"
      case .done, .converged: "✓"
      case .failed, .stalled, .stuck: "✗"
      case .superseded: "→"
      }
    return [sign, line.address?.description, line.message].compactMap { $0 }.joined(separator: " ")
  }

  /// Replaces the terminal's current line.
  private func rewrite(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[2K\(text.prefix(110))".utf8))
  }
}

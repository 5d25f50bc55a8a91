import RhizomeTestSupport
import Synchronization

/// Everything that happens in a simulation, in order: a digest by which two runs are compared, and the last lines to read.
final class Trace: Sendable {
  private struct State {
    var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    var count = 0
    var lines: [String] = []
  }

  private let state = Mutex(State())
  private let time: VirtualTime
  private let keepsAll: Bool

  /// - Parameter keepsAll: keep every line and not only the last ones.
  init(_ time: VirtualTime, keepsAll: Bool) {
    self.time = time
    self.keepsAll = keepsAll
  }

  func note(_ line: String) {
    let full = "\(time.clock.now.offset) \(line)"
    state.withLock { state in
      // FNV-1a.
      for byte in full.utf8 { state.digest = (state.digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
      state.count += 1
      state.lines.append(full)
      if !keepsAll, state.lines.count > 200 { state.lines.removeFirst(100) }
    }
  }

  /// Virtual time since the beginning.
  var now: Duration { time.clock.now.offset }
  var digest: UInt64 { state.withLock { $0.digest } }
  var count: Int { state.withLock { $0.count } }
  var lines: [String] { state.withLock { $0.lines } }
}

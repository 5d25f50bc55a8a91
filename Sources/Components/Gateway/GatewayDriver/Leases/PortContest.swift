import UPnP

/// Keeps us from fighting over a port: a mapping that is lost soon after it was made, again and again, is asked for after
/// pauses that grow. Pure.
struct PortContest: Sendable, Equatable {
  /// A mapping that stays for so long was not taken away by somebody who wants the port.
  private static let quiet = Duration.seconds(300)
  /// So many quick losses are still taken for bad luck.
  private static let patience = 2
  private static let firstPause = Duration.seconds(30)
  private static let longestPause = Duration.seconds(1800)

  /// Losses in a row, each soon after the mapping was made.
  private(set) var losses = 0
  private var madeAt: Duration?
  /// Until when not to ask.
  private(set) var pausesUntil: Duration?

  /// The mapping was made.
  mutating func made(at now: Duration) {
    madeAt = now
    pausesUntil = nil
  }

  /// It was gone, while the router had not restarted.
  mutating func lost(at now: Duration) {
    guard let madeAt, now - madeAt < Self.quiet else {
      losses = 0
      return
    }
    losses += 1
    guard losses > Self.patience else { return }
    pausesUntil = now + min(Self.firstPause * (1 << min(losses - Self.patience - 1, 8)), Self.longestPause)
  }

  /// The pause is over, and that was told.
  mutating func endPause() { pausesUntil = nil }

  /// Whether it is too soon to ask.
  func isPaused(at now: Duration) -> Bool { pausesUntil.map { now < $0 } ?? false }
}

/// When to search for a router that is not there. Pure.
///
/// A search takes seconds and talks to the whole home, so an absent router is searched for after pauses that grow; one
/// that was there until now has most likely restarted, and is back within minutes.
struct SearchPlan: Sendable, Equatable {
  private static let firstPause = Duration.seconds(5)
  private static let longestPause = Duration.seconds(60)
  private static let longestPauseAfterLoss = Duration.seconds(10)
  /// How long a router may take to restart.
  private static let restart = Duration.seconds(300)

  private var failures = 0
  private var notBefore: Duration?
  private var lastThere: Duration?

  /// Whether a search may begin.
  func isDue(at now: Duration) -> Bool { notBefore.map { $0 <= now } ?? true }

  /// A search found nothing.
  mutating func failed(at now: Duration) {
    failures += 1
    let isRestarting = lastThere.map { now - $0 < Self.restart } ?? false
    let longest = isRestarting ? Self.longestPauseAfterLoss : Self.longestPause
    notBefore = now + min(Self.firstPause * (1 << min(failures - 1, 8)), longest)
  }

  /// The router is there.
  mutating func found(at now: Duration) {
    (failures, notBefore, lastThere) = (0, nil, now)
  }

  /// Something changed that makes a search worth while at once.
  mutating func force() {
    (failures, notBefore) = (0, nil)
  }
}

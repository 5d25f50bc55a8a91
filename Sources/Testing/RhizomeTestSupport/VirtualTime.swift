package import RhizomeModel
package import RhizomeReconciler
internal import Synchronization

/// A virtual clock for waiting, and a calendar beside it that can be set to jump.
package final class VirtualTime: Sendable {
  package let clock = VirtualClock()
  private let offset: Mutex<Int64>

  /// - Parameter start: what the calendar says in the beginning.
  package init(start: Timestamp = Timestamp(milliseconds: 1_700_000_000_000)) { offset = Mutex(start.milliseconds) }

  /// What the calendar says.
  package var now: Timestamp {
    let (seconds, attoseconds) = clock.now.offset.components
    return Timestamp(milliseconds: offset.withLock { $0 } + seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
  }

  /// Sets the calendar forward, or back.
  package func jump(milliseconds: Int64) { offset.withLock { $0 += milliseconds } }

  /// The same as a reconciler sees it.
  package var reconcilerClock: ReconcilerClock { ReconcilerClock(clock) { [self] in now } }
}

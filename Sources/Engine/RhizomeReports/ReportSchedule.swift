package import RhizomeModel

/// When a report is due: moments that follow from the clock alone, so that a restart changes none of them.
package enum ReportSchedule: Sendable, Hashable, Codable {
  /// Milliseconds, counted from 1 January 1970 in UTC.
  case every(Int64)
  /// Each day, milliseconds after midnight in UTC.
  case daily(Int64)

  private static let day: Int64 = 86_400_000

  /// What an item of `Cluster.spec.reports` says; nil when it says neither.
  package init?(_ spec: Value) {
    if let every = spec["every"].integer, every > 0 {
      self = .every(every)
    } else if let parts = spec["at"].text?.split(separator: ":").compactMap({ Int64($0) }), parts.count == 2 {
      self = .daily((parts[0] * 60 + parts[1]) * 60_000)
    } else {
      return nil
    }
  }

  /// Milliseconds from one moment to the next.
  package var period: Int64 {
    switch self {
    case .every(let period): max(period, 1)
    case .daily: ReportSchedule.day
    }
  }

  private var offset: Int64 { if case .daily(let offset) = self { offset } else { 0 } }

  /// The last moment that is not after `now`.
  package func slot(at now: Timestamp) -> Timestamp {
    let since = now.milliseconds - offset
    let rest = since % period
    return Timestamp(milliseconds: now.milliseconds - (rest < 0 ? rest + period : rest))
  }

  /// The first moment after `now`.
  package func next(after now: Timestamp) -> Timestamp { slot(at: now) + period }
}

import ArgumentParser
import RhizomeModel

/// A time as people type it: a moment (`2026-01-31T12:00:00Z`), a day (`2026-01-31`), or a distance (`90m`, `36h`, `7d`).
enum Moment: ExpressibleByArgument, Hashable, Sendable {
  case fixed(Timestamp)
  /// Milliseconds.
  case distance(Int64)

  init?(argument: String) {
    if let timestamp = Timestamp(argument) {
      self = .fixed(timestamp)
      return
    }
    let units: [Character: Int64] = ["s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
    guard let unit = argument.last.flatMap({ units[$0] }), let count = Int64(argument.dropLast()), count > 0,
      count <= 36_500
    else { return nil }
    self = .distance(count * unit)
  }

  /// For times to come.
  func after(_ now: Timestamp) -> Timestamp {
    switch self {
    case .fixed(let moment): moment
    case .distance(let distance): now + distance
    }
  }

  /// For times past.
  func before(_ now: Timestamp) -> Timestamp {
    switch self {
    case .fixed(let moment): moment
    case .distance(let distance): now + -distance
    }
  }
}

import ArgumentParser
import RhizomeModel

/// A time as people type it: a day (`2026-01-31`, from its beginning in UTC), a moment (`2026-01-31T12:00Z`, with seconds or
/// without, also `2026-01-31T13:00+01:00` or `2026-01-31 12:00`, which is UTC), or a distance (`90m`, `36h`, `7d`, `2w`).
enum Moment: ExpressibleByArgument, Hashable, Sendable {
  case fixed(Timestamp)
  /// Milliseconds.
  case distance(Int64)

  init?(argument: String) {
    if let timestamp = Moment.timestamp(argument) {
      self = .fixed(timestamp)
      return
    }
    let units: [Character: Int64] = ["s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000]
    guard let unit = argument.last.flatMap({ units[$0] }), let count = Int64(argument.dropLast()), count > 0,
      count <= 36_500
    else { return nil }
    self = .distance(count * unit)
  }

  /// The moment that is written; its zone may be left out, and is UTC then.
  private static func timestamp(_ text: String) -> Timestamp? {
    if let timestamp = Timestamp(text) { return timestamp }
    let (day, rest) = (text.prefix(10), text.dropFirst(10))
    guard let separator = rest.first, "T ".contains(separator) else { return nil }
    let (clock, offset) = zone(rest.dropFirst())
    let time = clock.utf8.count == 5 ? clock + ":00" : clock
    guard let offset else { return nil }
    return Timestamp("\(day)T\(time)Z").map { $0 + -offset }
  }

  /// The time of day and the milliseconds that its zone is ahead of UTC; nil for a zone that cannot be read.
  private static func zone(_ text: Substring) -> (clock: String, ahead: Int64?) {
    for suffix in ["Z", " UTC"] where text.hasSuffix(suffix) { return (String(text.dropLast(suffix.count)), 0) }
    guard let sign = text.lastIndex(where: { "+-".contains($0) }) else { return (String(text), 0) }
    let numbers = text[text.index(after: sign)...].split(separator: ":", omittingEmptySubsequences: false).map {
      Int64($0)
    }
    guard numbers.count == 2, let hours = numbers[0], let minutes = numbers[1], (0..<15).contains(hours),
      (0..<60).contains(minutes)
    else { return (String(text), nil) }
    return (String(text[..<sign]), (text[sign] == "-" ? -1 : 1) * (hours * 60 + minutes) * 60_000)
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

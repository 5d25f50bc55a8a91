/// A moment: milliseconds since 1970-01-01T00:00:00Z. Shown as RFC 3339 in UTC.
package struct Timestamp: Sendable, Hashable, Comparable, Codable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }
  package static func + (moment: Timestamp, milliseconds: Int64) -> Timestamp {
    Timestamp(milliseconds: moment.milliseconds + milliseconds)
  }

  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let moment = Timestamp(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a time such as 2026-01-31T12:00:00Z")
      )
    }
    self = moment
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Timestamp: CustomStringConvertible {
  package var description: String {
    let (seconds, fraction) = milliseconds.quotientAndRemainderFlooring(dividingBy: 1_000)
    let (days, second) = seconds.quotientAndRemainderFlooring(dividingBy: 86_400)
    let (year, month, day) = Timestamp.civil(fromDays: days)
    let clock = "\(pad(second / 3_600)):\(pad(second / 60 % 60)):\(pad(second % 60))"
    let tail = fraction == 0 ? "Z" : ".\(pad(fraction, 3))Z"
    return "\(pad(year, 4))-\(pad(month))-\(pad(day))T\(clock)\(tail)"
  }

  private func pad(_ number: Int64, _ width: Int = 2) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Reads RFC 3339 in UTC (`Z`), with an optional fraction; also a date alone, which means its midnight.
  package init?(_ text: String) {
    let full = text.count == 10 ? text + "T00:00:00Z" : text
    guard full.hasSuffix("Z"), full.utf8.count >= 20, full.utf8.count <= 30 else { return nil }
    let parts = full.dropLast().split(whereSeparator: { "-T:.".contains($0) }).map { Int64($0) }
    guard parts.count == 6 || parts.count == 7, !parts.contains(nil) else { return nil }
    let numbers = parts.compactMap { $0 }
    guard (1...12).contains(numbers[1]), (1...31).contains(numbers[2]), numbers[3] < 24, numbers[4] < 60,
      numbers[5] < 60
    else { return nil }
    let days = Timestamp.days(year: numbers[0], month: numbers[1], day: numbers[2])
    guard Timestamp.civil(fromDays: days).2 == numbers[2] else { return nil }
    let seconds = ((days * 24 + numbers[3]) * 60 + numbers[4]) * 60 + numbers[5]
    self.init(milliseconds: seconds * 1_000 + Timestamp.fraction(of: full))
  }

  private static func fraction(of text: String) -> Int64 {
    guard let dot = text.firstIndex(of: ".") else { return 0 }
    let digits = text[text.index(after: dot)...].dropLast().prefix(3)
    return Int64(digits + String(repeating: "0", count: 3 - digits.count)) ?? 0
  }

  /// Days since 1970-01-01 of a date in the proleptic Gregorian calendar, by counting years from March.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = shifted.quotientAndRemainderFlooring(dividingBy: 400)
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
    let (era, dayOfEra) = (days + 719_468).quotientAndRemainderFlooring(dividingBy: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}

extension Int64 {
  fileprivate func quotientAndRemainderFlooring(dividingBy divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

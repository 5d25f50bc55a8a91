/// The time syntax of directories (RFC 4517 3.3.13), compared in UTC.
package enum GeneralizedTime {
  /// `YYYYMMDDhhmmss[.f]Z`, or nil when the text is no such time.
  ///
  /// Minutes and seconds may be left out; a fraction loses its trailing zeros; other zones are shifted to UTC.
  static func normalise(_ value: [UInt8]) -> [UInt8]? {
    let digitCount = value.prefix { (0x30...0x39).contains($0) }.count
    guard [10, 12, 14].contains(digitCount) else { return nil }
    var rest = value[digitCount...]
    var fraction: [UInt8] = []
    if let mark = rest.first, mark == UInt8(ascii: ".") || mark == UInt8(ascii: ",") {
      fraction = Array(rest.dropFirst().prefix { (0x30...0x39).contains($0) })
      // A fraction of an hour or minute would need rescaling; nobody writes it.
      guard digitCount == 14, !fraction.isEmpty else { return nil }
      rest = rest.dropFirst(1 + fraction.count)
    }
    guard let offset = zoneOffsetSeconds(rest) else { return nil }
    let digits = Array(value.prefix(digitCount)) + Array(repeating: 0x30, count: 14 - digitCount)
    guard let seconds = secondsSinceEpoch(digits) else { return nil }
    while fraction.last == 0x30 { fraction.removeLast() }
    let suffix = fraction.isEmpty ? [] : [UInt8(ascii: ".")] + fraction
    return Array(text(secondsSinceEpoch: seconds - offset).utf8.dropLast()) + suffix + [UInt8(ascii: "Z")]
  }

  private static func zoneOffsetSeconds(_ zone: ArraySlice<UInt8>) -> Int? {
    if zone.elementsEqual([UInt8(ascii: "Z")]) { return 0 }
    guard let sign = zone.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
    let digits = zone.dropFirst()
    guard [2, 4].contains(digits.count), let number = number(digits) else { return nil }
    let (hours, minutes) = digits.count == 2 ? (number, 0) : (number / 100, number % 100)
    guard hours < 24, minutes < 60 else { return nil }
    return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    Int(String(decoding: digits, as: UTF8.self))
  }

  private static func secondsSinceEpoch(_ digits: [UInt8]) -> Int? {
    let fields = [0..<4, 4..<6, 6..<8, 8..<10, 10..<12, 12..<14].compactMap { number(digits[$0]) }
    guard fields.count == 6 else { return nil }
    let (year, month, day, hour, minute, second) = (fields[0], fields[1], fields[2], fields[3], fields[4], fields[5])
    guard (1...12).contains(month), (1...daysInMonth(month, year)).contains(day), hour < 24, minute < 60, second <= 60
    else { return nil }
    return ((daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
  }

  private static func daysInMonth(_ month: Int, _ year: Int) -> Int {
    switch month {
    case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days from 1970-01-01 in the Gregorian calendar, counting years from March so that leap days come last.
  private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// The text of a time in whole seconds since 1970-01-01T00:00:00Z.
  package static func text(secondsSinceEpoch: Int) -> String {
    let days = (secondsSinceEpoch >= 0 ? secondsSinceEpoch : secondsSinceEpoch - 86_399) / 86_400
    let second = secondsSinceEpoch - days * 86_400
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return padded(year, 4) + padded(month, 2) + padded(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, 2)
      + padded(second / 3600, 2) + padded(second / 60 % 60, 2) + padded(second % 60, 2) + "Z"
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

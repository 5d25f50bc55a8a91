/// The three date spellings of S3: ISO 8601 basic in signatures, extended in XML, IMF-fixdate in headers.
extension Timestamp {
  /// `20130524T000000Z`, as in `x-amz-date`.
  package var basicISO8601: String {
    let time = CalendarTime(self)
    return "\(basicDate)T\(pad(time.hour))\(pad(time.minute))\(pad(time.second))Z"
  }

  /// `20130524`, as in a credential scope.
  package var basicDate: String {
    let time = CalendarTime(self)
    return "\(pad(time.year, 4))\(pad(time.month))\(pad(time.day))"
  }

  /// `2013-05-24T00:00:00.000Z`, as in listings.
  package var extendedISO8601: String {
    let time = CalendarTime(self)
    let date = "\(pad(time.year, 4))-\(pad(time.month))-\(pad(time.day))"
    let fraction = pad(Int(milliseconds - seconds * 1000), 3)
    return "\(date)T\(pad(time.hour)):\(pad(time.minute)):\(pad(time.second)).\(fraction)Z"
  }

  /// `Fri, 24 May 2013 00:00:00 GMT` (RFC 9110 section 5.6.7).
  package var httpDate: String {
    let time = CalendarTime(self)
    let weekday = weekdays[((time.daysSinceEpoch + 4) % 7 + 7) % 7]
    let date = "\(pad(time.day)) \(months[time.month - 1]) \(pad(time.year, 4))"
    return "\(weekday), \(date) \(pad(time.hour)):\(pad(time.minute)):\(pad(time.second)) GMT"
  }

  /// Reads `20130524T000000Z`; nil for anything else.
  package init?(basicISO8601 text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z"),
      let year = number(bytes[0..<4]), let month = number(bytes[4..<6]), let day = number(bytes[6..<8]),
      let hour = number(bytes[9..<11]), let minute = number(bytes[11..<13]), let second = number(bytes[13..<15]),
      let time = CalendarTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    else { return nil }
    self = time.timestamp
  }

  /// Reads an IMF-fixdate; nil for anything else, the obsolete forms included.
  package init?(httpDate text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 29, bytes.suffix(4).elementsEqual(" GMT".utf8),
      let day = number(bytes[5..<7]), let year = number(bytes[12..<16]),
      let month = months.firstIndex(of: String(decoding: bytes[8..<11], as: UTF8.self)),
      let hour = number(bytes[17..<19]), let minute = number(bytes[20..<22]), let second = number(bytes[23..<25]),
      let time = CalendarTime(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
    else { return nil }
    self = time.timestamp
  }
}

private let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
private let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

private func pad(_ value: Int, _ width: Int = 2) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

private func number(_ digits: ArraySlice<UInt8>) -> Int? {
  var value = 0
  for digit in digits {
    guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
    value = value * 10 + Int(digit - UInt8(ascii: "0"))
  }
  return value
}

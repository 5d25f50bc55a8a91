/// What a scalar is by the YAML 1.2 core schema (YAML 1.2.2, section 10.3.2).
///
/// `yes`, `no`, `on` and `off` are plain text here, as in YAML 1.2. Numbers with leading zeros are `ambiguous`: YAML 1.1
/// programs read them as octal.
enum ResolvedScalar: Sendable, Hashable {
  case null
  case boolean(Bool)
  case integer(Int64)
  /// Digits with a leading zero.
  case ambiguous
  case hugeInteger
  case float
  case string(String)

  var typeName: String {
    switch self {
    case .null: "nothing"
    case .boolean: "a boolean"
    case .integer, .ambiguous, .hugeInteger: "a number"
    case .float: "a number with a fraction"
    case .string: "text"
    }
  }
}

extension Scalar {
  var resolved: ResolvedScalar {
    switch tag {
    case .string: .string(text)
    case nil where !isPlain: .string(text)
    default: Scalar.resolve(plain: text)
    }
  }

  private static func resolve(plain text: String) -> ResolvedScalar {
    switch text {
    case "", "~", "null", "Null", "NULL": .null
    case "true", "True", "TRUE": .boolean(true)
    case "false", "False", "FALSE": .boolean(false)
    default: number(text) ?? .string(text)
    }
  }

  private static func number(_ text: String) -> ResolvedScalar? {
    guard let first = text.utf8.first, first.isDigitOrSignOrDot else { return nil }
    if text.hasPrefix("0o") { return digits(text.dropFirst(2), radix: 8) }
    if text.hasPrefix("0x") { return digits(text.dropFirst(2), radix: 16) }
    let body = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
    if !body.isEmpty, body.utf8.allSatisfy(\.isDigit) {
      if body.utf8.count > 1, body.utf8.first == UInt8(ascii: "0") { return .ambiguous }
      return Int64(text).map(ResolvedScalar.integer) ?? .hugeInteger
    }
    return isFloat(body) ? .float : nil
  }

  private static func digits(_ digits: Substring, radix: Int) -> ResolvedScalar? {
    guard !digits.isEmpty, digits.utf8.allSatisfy(\.isAlphanumeric) else { return nil }
    let isValid = digits.utf8.allSatisfy { radix == 16 ? $0.isHexDigit : $0 < UInt8(ascii: "8") }
    guard isValid else { return nil }
    return Int64(digits, radix: radix).map(ResolvedScalar.integer) ?? .hugeInteger
  }

  /// `[0-9]*(\.[0-9]*)?([eE][-+]?[0-9]+)?` with at least one digit, or an infinity or NaN.
  private static func isFloat(_ body: Substring) -> Bool {
    if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(body) { return true }
    let parts = body.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
    let mantissa = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard mantissa.allSatisfy({ $0.utf8.allSatisfy(\.isDigit) }), mantissa.contains(where: { !$0.isEmpty }) else {
      return false
    }
    guard parts.count == 2 else { return mantissa.count == 2 }
    let exponent = parts[1].hasPrefix("-") || parts[1].hasPrefix("+") ? parts[1].dropFirst() : parts[1]
    return !exponent.isEmpty && exponent.utf8.allSatisfy(\.isDigit)
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  fileprivate var isDigitOrSignOrDot: Bool {
    isDigit || self == UInt8(ascii: "-") || self == UInt8(ascii: "+") || self == UInt8(ascii: ".")
  }
  fileprivate var isHexDigit: Bool {
    isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
  }
  fileprivate var isAlphanumeric: Bool { isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}

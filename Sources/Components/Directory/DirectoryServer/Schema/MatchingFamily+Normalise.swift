internal import LDAPProtocol

extension MatchingFamily {
  /// The form of `value` in which equal values have equal bytes; nil when it is not of the family's syntax.
  func normalise(_ value: [UInt8], in schema: DirectorySchema) -> [UInt8]? {
    switch self {
    case .caseIgnore: value.isEmpty ? nil : StringPreparation.prepare(value, foldCase: true, place: .whole)
    case .caseExact: value.isEmpty ? nil : StringPreparation.prepare(value, foldCase: false, place: .whole)
    case .caseIgnoreIA5, .caseExactIA5: normaliseIA5(value, place: .whole)
    case .caseIgnoreList: Self.normaliseList(value)
    case .octetString: value
    case .integer: Self.normaliseInteger(value)
    case .boolean: ["TRUE", "FALSE"].contains { Array($0.utf8) == value } ? value : nil
    case .distinguishedName: Self.normaliseName(value, in: schema)
    case .uniqueMember: Self.normaliseUniqueMember(value, in: schema)
    case .telephoneNumber: Self.normaliseTelephone(value)
    case .numericString: Self.normaliseNumeric(value)
    case .generalizedTime: GeneralizedTime.normalise(value)
    case .objectIdentifier: schema.normaliseIdentifier(value)
    case .uuid: Self.normaliseUUID(value)
    case .bitString: Self.isBitString(value) ? value : nil
    }
  }

  /// The comparable form of a piece of a substring assertion.
  func normalisePiece(_ piece: [UInt8], place: StringPreparation.Place) -> [UInt8]? {
    switch self {
    case .caseIgnore, .caseIgnoreList: StringPreparation.prepare(piece, foldCase: true, place: place)
    case .caseExact: StringPreparation.prepare(piece, foldCase: false, place: place)
    case .caseIgnoreIA5, .caseExactIA5: normaliseIA5(piece, place: place)
    case .telephoneNumber: Self.normaliseTelephone(piece)
    case .numericString: StringPreparation.without([0x20], piece)
    case .octetString: piece
    default: nil
    }
  }

  /// Whether `left` comes before `right`, both normalised.
  func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    self == .integer ? Self.integerPrecedes(left, right) : left.lexicographicallyPrecedes(right)
  }

  private static let telephoneIgnored: [UInt8] = [UInt8(ascii: " "), UInt8(ascii: "-")]

  private func normaliseIA5(_ value: [UInt8], place: StringPreparation.Place) -> [UInt8]? {
    guard value.allSatisfy({ $0 < 0x80 }) else { return nil }
    return StringPreparation.prepare(value, foldCase: self == .caseIgnoreIA5, place: place)
  }

  /// Lines of a postal address are separated by `$` (RFC 4517 3.3.28).
  private static func normaliseList(_ value: [UInt8]) -> [UInt8]? {
    let lines = value.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
    let prepared = lines.map { StringPreparation.prepare(Array($0), foldCase: true, place: .whole) }
    guard !prepared.contains(nil) else { return nil }
    return Array(prepared.compactMap { $0 }.joined(separator: [UInt8(ascii: "$")]))
  }

  /// Digits with an optional minus; like slapd, leading zeros are refused.
  private static func normaliseInteger(_ value: [UInt8]) -> [UInt8]? {
    let digits = value.first == UInt8(ascii: "-") ? value.dropFirst() : value[...]
    guard let first = digits.first, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    guard first != 0x30 || value.count == 1 else { return nil }
    return value
  }

  private static func integerPrecedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    let (leftNegative, rightNegative) = (left.first == 0x2D, right.first == 0x2D)
    if leftNegative != rightNegative { return leftNegative }
    let smaller = left.count == right.count ? left.lexicographicallyPrecedes(right) : left.count < right.count
    return leftNegative ? left != right && !smaller : smaller
  }

  private static func normaliseName(_ value: [UInt8], in schema: DirectorySchema) -> [UInt8]? {
    guard let text = String(validating: value, as: UTF8.self), let name = try? DistinguishedName(text) else {
      return nil
    }
    return Array(schema.key(of: name).utf8)
  }

  /// A name with an optional `#'...'B` at its end (RFC 4517 3.3.21).
  private static func normaliseUniqueMember(_ value: [UInt8], in schema: DirectorySchema) -> [UInt8]? {
    if let hash = value.lastIndex(of: UInt8(ascii: "#")), isBitString(Array(value[(hash + 1)...])) {
      return normaliseName(Array(value[..<hash]), in: schema).map { $0 + value[hash...] }
    }
    return normaliseName(value, in: schema)
  }

  private static func normaliseTelephone(_ value: [UInt8]) -> [UInt8]? {
    let allowed = value.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "'()+,-.=/:? \"".utf8.contains(byte)
      }
    }
    guard !value.isEmpty, allowed else { return nil }
    return StringPreparation.without(telephoneIgnored, value).map(StringPreparation.lowerASCII)
  }

  private static func normaliseNumeric(_ value: [UInt8]) -> [UInt8]? {
    guard !value.isEmpty, value.allSatisfy({ $0 == 0x20 || (0x30...0x39).contains($0) }) else { return nil }
    let digits = StringPreparation.without([0x20], value)
    return digits.isEmpty ? [0x20] : digits
  }

  private static func normaliseUUID(_ value: [UInt8]) -> [UInt8]? {
    let isHex = value.enumerated().allSatisfy { index, byte in
      [8, 13, 18, 23].contains(index) ? byte == UInt8(ascii: "-") : Character(Unicode.Scalar(byte)).isHexDigit
    }
    return value.count == 36 && isHex ? value.map(StringPreparation.lowerASCII) : nil
  }

  private static func isBitString(_ value: [UInt8]) -> Bool {
    value.count >= 3 && value.first == UInt8(ascii: "'") && value.suffix(2) == [UInt8(ascii: "'"), UInt8(ascii: "B")]
      && value.dropFirst().dropLast(2).allSatisfy { $0 == 0x30 || $0 == 0x31 }
  }
}

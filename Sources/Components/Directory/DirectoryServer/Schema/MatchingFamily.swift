/// A way of comparing values, shared by the equality, ordering and substrings rules of one name family
/// (RFC 4517 4.2).
enum MatchingFamily: Hashable, Sendable {
  case caseIgnore
  case caseExact
  case caseIgnoreIA5
  case caseExactIA5
  case caseIgnoreList
  case octetString
  case integer
  case boolean
  case distinguishedName
  case uniqueMember
  case telephoneNumber
  case numericString
  case generalizedTime
  case objectIdentifier
  case uuid
  case bitString
}

/// One matching rule by name: a family in one role.
struct MatchingRule: Sendable {
  enum Role: Hashable, Sendable {
    case equality
    case ordering
    case substrings
    case bitAnd
    case bitOr
  }

  let oid: String
  let name: String
  let family: MatchingFamily
  let role: Role

  private static let table: [(String, String, MatchingFamily, Role)] = [
    ("2.5.13.0", "objectIdentifierMatch", .objectIdentifier, .equality),
    ("2.5.13.1", "distinguishedNameMatch", .distinguishedName, .equality),
    ("2.5.13.2", "caseIgnoreMatch", .caseIgnore, .equality),
    ("2.5.13.3", "caseIgnoreOrderingMatch", .caseIgnore, .ordering),
    ("2.5.13.4", "caseIgnoreSubstringsMatch", .caseIgnore, .substrings),
    ("2.5.13.5", "caseExactMatch", .caseExact, .equality),
    ("2.5.13.6", "caseExactOrderingMatch", .caseExact, .ordering),
    ("2.5.13.7", "caseExactSubstringsMatch", .caseExact, .substrings),
    ("2.5.13.8", "numericStringMatch", .numericString, .equality),
    ("2.5.13.9", "numericStringOrderingMatch", .numericString, .ordering),
    ("2.5.13.10", "numericStringSubstringsMatch", .numericString, .substrings),
    ("2.5.13.11", "caseIgnoreListMatch", .caseIgnoreList, .equality),
    ("2.5.13.12", "caseIgnoreListSubstringsMatch", .caseIgnoreList, .substrings),
    ("2.5.13.13", "booleanMatch", .boolean, .equality),
    ("2.5.13.14", "integerMatch", .integer, .equality),
    ("2.5.13.15", "integerOrderingMatch", .integer, .ordering),
    ("2.5.13.16", "bitStringMatch", .bitString, .equality),
    ("2.5.13.17", "octetStringMatch", .octetString, .equality),
    ("2.5.13.18", "octetStringOrderingMatch", .octetString, .ordering),
    ("2.5.13.20", "telephoneNumberMatch", .telephoneNumber, .equality),
    ("2.5.13.21", "telephoneNumberSubstringsMatch", .telephoneNumber, .substrings),
    ("2.5.13.23", "uniqueMemberMatch", .uniqueMember, .equality),
    ("2.5.13.27", "generalizedTimeMatch", .generalizedTime, .equality),
    ("2.5.13.28", "generalizedTimeOrderingMatch", .generalizedTime, .ordering),
    ("1.3.6.1.4.1.1466.109.114.1", "caseExactIA5Match", .caseExactIA5, .equality),
    ("1.3.6.1.4.1.1466.109.114.2", "caseIgnoreIA5Match", .caseIgnoreIA5, .equality),
    ("1.3.6.1.4.1.1466.109.114.3", "caseIgnoreIA5SubstringsMatch", .caseIgnoreIA5, .substrings),
    ("1.3.6.1.4.1.4203.1.2.1", "caseExactIA5SubstringsMatch", .caseExactIA5, .substrings),
    ("1.3.6.1.1.16.2", "UUIDMatch", .uuid, .equality),
    ("1.3.6.1.1.16.3", "UUIDOrderingMatch", .uuid, .ordering),
    ("1.2.840.113556.1.4.803", "integerBitAndMatch", .integer, .bitAnd),
    ("1.2.840.113556.1.4.804", "integerBitOrMatch", .integer, .bitOr),
  ]

  static let all: [MatchingRule] = table.map { MatchingRule(oid: $0.0, name: $0.1, family: $0.2, role: $0.3) }

  private static let byName: [String: MatchingRule] = Dictionary(
    all.flatMap { [($0.name.lowercased(), $0), ($0.oid, $0)] },
    uniquingKeysWith: { first, _ in first }
  )

  /// The rule of that name or object identifier, without regard to case.
  static func named(_ name: String) -> MatchingRule? { byName[name.lowercased()] }

  /// Syntaxes (RFC 4517 3.3) whose values the family can compare, beyond those attributes that name it.
  static func fits(_ family: MatchingFamily, syntax: String) -> Bool {
    let prefix = "1.3.6.1.4.1.1466.115.121.1."
    guard syntax.hasPrefix(prefix) else { return false }
    let number = syntax.dropFirst(prefix.count)
    return switch family {
    case .caseIgnore, .caseExact: ["11", "15", "44", "50"].contains(number)
    case .caseIgnoreIA5, .caseExactIA5: ["11", "26"].contains(number)
    case .octetString: number == "40"
    case .integer: number == "27"
    case .boolean: number == "7"
    case .distinguishedName: number == "12"
    case .telephoneNumber: number == "50"
    case .numericString: number == "36"
    case .generalizedTime: number == "24"
    case .caseIgnoreList: number == "41"
    case .uniqueMember: number == "34"
    case .bitString: number == "6"
    case .objectIdentifier, .uuid: false
    }
  }

  var definition: String { "( \(oid) NAME '\(name)' )" }
}

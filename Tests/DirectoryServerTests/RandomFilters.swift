import DirectoryTestSupport
import LDAPProtocol

/// Filters of every kind over the sample tree, some that match, some that cannot.
struct RandomFilters {
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  private static let attributes = [
    "cn", "sn", "givenName", "uid", "mail", "telephoneNumber", "uidNumber", "gidNumber", "objectClass", "member",
    "description", "description;lang-fr", "jpegPhoto", "postalAddress", "name", "ou", "seeAlso", "labeledURI", "l", "c",
    "employeeNumber", "preferredLanguage", "homeDirectory", "memberUid", "owner", "serialNumber", "dc", "o",
    "nosuchattribute", "userPassword", "commonName", "2.5.4.3", "uniqueMember", "memberOf", "loginShell",
  ]

  private static let words =
    SampleTree.given + SampleTree.family + [
      "user1", "USER12", "user", "nick5", "Ann Martin", "ann  martin", "plant.example", "user4@example.org", "1000",
      "1021", "-5", "100", "007", "abc", "+33 2 99-11 00", "+33299", "inetOrgPerson", "person", "top", "posixAccount",
      "device", "uid=user1,ou=users,dc=example,dc=org", "cn=group1,ou=groups,dc=example,dc=org",
      "uid=user6, OU=Users,dc=Example,dc=org", "likes (stars) * and \\ slashes", "étoiles", "rennes", "FR",
      "/home/User3",
      "AB 12", "ab12", "1 rue X$35000 Rennes$France", "fr-FR", "https://example.org/~User2", "", " ", "é", "o'neil",
    ]

  private static let rules: [String?] = [
    nil, "caseIgnoreMatch", "caseExactMatch", "2.5.13.2", "integerMatch", "caseIgnoreIA5Match",
    "distinguishedNameMatch",
    "octetStringMatch", "numericStringMatch", "objectIdentifierMatch", "1.2.840.113556.1.4.803", "noSuchMatch",
    "telephoneNumberMatch", "caseExactIA5Match",
  ]

  private mutating func pick<Element>(_ list: [Element]) -> Element {
    list[Int.random(in: 0..<list.count, using: &generator)]
  }

  private mutating func value() -> [UInt8] {
    let word = Array(pick(Self.words).utf8)
    guard Int.random(in: 0..<4, using: &generator) == 0 else { return word }
    return String(decoding: word, as: UTF8.self).uppercased().utf8.map { $0 }
  }

  private mutating func piece() -> [UInt8] {
    let word = Array(pick(Self.words))
    guard !word.isEmpty else { return [97] }
    let start = Int.random(in: 0..<word.count, using: &generator)
    let end = Int.random(in: start..<word.count, using: &generator)
    return Array(String(word[start...min(end, start + 3)]).utf8)
  }

  private mutating func substrings() -> LDAPFilter.Substrings {
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: .init(initial: piece())
    case 1: .init(final: piece())
    case 2: .init(any: [piece()])
    case 3: .init(initial: piece(), final: piece())
    default: .init(initial: piece(), any: [piece()], final: piece())
    }
  }

  private mutating func leaf() -> LDAPFilter {
    let attribute = pick(Self.attributes)
    switch Int.random(in: 0..<12, using: &generator) {
    case 0...3: return .equality(attribute: attribute, value: value())
    case 4...5: return .substrings(attribute: attribute, substrings())
    case 6: return .greaterOrEqual(attribute: attribute, value: value())
    case 7: return .lessOrEqual(attribute: attribute, value: value())
    case 8: return .present(attribute: attribute)
    case 9: return .approximate(attribute: attribute, value: value())
    default: return extensible(attribute)
    }
  }

  private mutating func extensible(_ attribute: String) -> LDAPFilter {
    let rule = pick(Self.rules)
    let withAttribute = rule == nil || Int.random(in: 0..<4, using: &generator) > 0
    return .extensible(
      .init(
        matchingRule: rule,
        attribute: withAttribute ? attribute : nil,
        value: value(),
        dnAttributes: Int.random(in: 0..<3, using: &generator) == 0
      )
    )
  }

  /// The next filter, nested up to `depth` levels.
  mutating func next(depth: Int = 3) -> LDAPFilter {
    guard depth > 0, Int.random(in: 0..<3, using: &generator) > 0 else { return leaf() }
    let count = Int.random(in: 1...3, using: &generator)
    switch Int.random(in: 0..<3, using: &generator) {
    case 0: return .and((0..<count).map { _ in next(depth: depth - 1) })
    case 1: return .or((0..<count).map { _ in next(depth: depth - 1) })
    default: return .not(next(depth: depth - 1))
    }
  }
}

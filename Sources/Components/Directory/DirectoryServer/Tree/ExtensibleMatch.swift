internal import LDAPProtocol

/// A match by a named rule (RFC 4511 4.5.1.7.7), compiled.
struct ExtensibleMatch: Sendable {
  let selector: AttributeSelector
  let rule: MatchingRule
  /// The assertion in the comparable form of the rule.
  let value: [UInt8]
  /// Whether the parts of the entry's name count as values too.
  let usesName: Bool

  func matches(_ entry: Entry, in schema: DirectorySchema) -> Bool {
    for attribute in entry.attributes where selector.matches(attribute) {
      let equality = schema.attributeTypes[attribute.description.type].equality
      for (raw, normalised) in zip(attribute.values, attribute.normalised) {
        let comparable = equality == rule.family ? normalised : rule.family.normalise(raw, in: schema)
        if let comparable, judge(comparable) { return true }
      }
    }
    return usesName && nameMatches(entry.dn, schema)
  }

  private func nameMatches(_ name: DistinguishedName, _ schema: DirectorySchema) -> Bool {
    name.relatives.lazy.flatMap(\.assertions).contains { assertion in
      guard let type = schema.attributeType(assertion.attribute), selector.types.contains(type.id),
        let comparable = rule.family.normalise(assertion.value, in: schema)
      else { return false }
      return judge(comparable)
    }
  }

  private func judge(_ candidate: [UInt8]) -> Bool {
    switch rule.role {
    case .equality, .substrings: candidate == value
    case .ordering: rule.family.precedes(candidate, value)
    case .bitAnd: Self.bits(candidate, value) { $0 & $1 == $1 }
    case .bitOr: Self.bits(candidate, value) { $0 & $1 != 0 }
    }
  }

  private static func bits(_ left: [UInt8], _ right: [UInt8], _ test: (Int, Int) -> Bool) -> Bool {
    guard let left = Int(String(decoding: left, as: UTF8.self)), let right = Int(String(decoding: right, as: UTF8.self))
    else { return false }
    return test(left, right)
  }
}

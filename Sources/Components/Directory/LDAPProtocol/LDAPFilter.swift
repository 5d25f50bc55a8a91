/// A search filter (RFC 4511 4.5.1.7).
package indirect enum LDAPFilter: Hashable, Sendable {
  case and([LDAPFilter])
  case or([LDAPFilter])
  case not(LDAPFilter)
  case equality(attribute: String, value: [UInt8])
  case substrings(attribute: String, Substrings)
  case greaterOrEqual(attribute: String, value: [UInt8])
  case lessOrEqual(attribute: String, value: [UInt8])
  case present(attribute: String)
  case approximate(attribute: String, value: [UInt8])
  case extensible(Extensible)

  /// The pieces a value must contain, in order and without overlap.
  package struct Substrings: Hashable, Sendable {
    package var initial: [UInt8]?
    package var any: [[UInt8]]
    package var final: [UInt8]?

    package init(initial: [UInt8]? = nil, any: [[UInt8]] = [], final: [UInt8]? = nil) {
      self.initial = initial
      self.any = any
      self.final = final
    }
  }

  /// A match by a named rule, on one attribute or on all that the rule fits.
  package struct Extensible: Hashable, Sendable {
    package var matchingRule: String?
    package var attribute: String?
    package var value: [UInt8]
    /// Whether the parts of the entry's name count as attributes too.
    package var dnAttributes: Bool

    package init(matchingRule: String?, attribute: String?, value: [UInt8], dnAttributes: Bool = false) {
      self.matchingRule = matchingRule
      self.attribute = attribute
      self.value = value
      self.dnAttributes = dnAttributes
    }
  }

  /// `(attribute=text)`.
  package static func equals(_ attribute: String, _ text: String) -> LDAPFilter {
    .equality(attribute: attribute, value: Array(text.utf8))
  }
}

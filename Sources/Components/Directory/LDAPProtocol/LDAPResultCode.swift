/// A result code of LDAP (RFC 4511 4.1.9 and appendix A).
package struct LDAPResultCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  package let rawValue: Int32

  package init(rawValue: Int32) { self.rawValue = rawValue }

  package static let success = LDAPResultCode(rawValue: 0)
  package static let operationsError = LDAPResultCode(rawValue: 1)
  package static let protocolError = LDAPResultCode(rawValue: 2)
  package static let timeLimitExceeded = LDAPResultCode(rawValue: 3)
  package static let sizeLimitExceeded = LDAPResultCode(rawValue: 4)
  package static let compareFalse = LDAPResultCode(rawValue: 5)
  package static let compareTrue = LDAPResultCode(rawValue: 6)
  package static let authMethodNotSupported = LDAPResultCode(rawValue: 7)
  package static let strongerAuthRequired = LDAPResultCode(rawValue: 8)
  package static let referral = LDAPResultCode(rawValue: 10)
  package static let adminLimitExceeded = LDAPResultCode(rawValue: 11)
  package static let unavailableCriticalExtension = LDAPResultCode(rawValue: 12)
  package static let confidentialityRequired = LDAPResultCode(rawValue: 13)
  package static let noSuchAttribute = LDAPResultCode(rawValue: 16)
  package static let undefinedAttributeType = LDAPResultCode(rawValue: 17)
  package static let inappropriateMatching = LDAPResultCode(rawValue: 18)
  package static let constraintViolation = LDAPResultCode(rawValue: 19)
  package static let attributeOrValueExists = LDAPResultCode(rawValue: 20)
  package static let invalidAttributeSyntax = LDAPResultCode(rawValue: 21)
  package static let noSuchObject = LDAPResultCode(rawValue: 32)
  package static let invalidDNSyntax = LDAPResultCode(rawValue: 34)
  package static let inappropriateAuthentication = LDAPResultCode(rawValue: 48)
  package static let invalidCredentials = LDAPResultCode(rawValue: 49)
  package static let insufficientAccessRights = LDAPResultCode(rawValue: 50)
  package static let busy = LDAPResultCode(rawValue: 51)
  package static let unavailable = LDAPResultCode(rawValue: 52)
  package static let unwillingToPerform = LDAPResultCode(rawValue: 53)
  package static let namingViolation = LDAPResultCode(rawValue: 64)
  package static let objectClassViolation = LDAPResultCode(rawValue: 65)
  package static let notAllowedOnNonLeaf = LDAPResultCode(rawValue: 66)
  package static let notAllowedOnRDN = LDAPResultCode(rawValue: 67)
  package static let entryAlreadyExists = LDAPResultCode(rawValue: 68)
  package static let objectClassModsProhibited = LDAPResultCode(rawValue: 69)
  package static let other = LDAPResultCode(rawValue: 80)

  private static let names: [Int32: String] = [
    0: "success", 1: "operationsError", 2: "protocolError", 3: "timeLimitExceeded", 4: "sizeLimitExceeded",
    5: "compareFalse", 6: "compareTrue", 7: "authMethodNotSupported", 8: "strongerAuthRequired", 10: "referral",
    11: "adminLimitExceeded", 12: "unavailableCriticalExtension", 13: "confidentialityRequired",
    16: "noSuchAttribute", 17: "undefinedAttributeType", 18: "inappropriateMatching", 19: "constraintViolation",
    20: "attributeOrValueExists", 21: "invalidAttributeSyntax", 32: "noSuchObject", 34: "invalidDNSyntax",
    48: "inappropriateAuthentication", 49: "invalidCredentials", 50: "insufficientAccessRights", 51: "busy",
    52: "unavailable", 53: "unwillingToPerform", 64: "namingViolation", 65: "objectClassViolation",
    66: "notAllowedOnNonLeaf", 67: "notAllowedOnRDN", 68: "entryAlreadyExists", 69: "objectClassModsProhibited",
    80: "other",
  ]

  /// The name RFC 4511 gives it, with its number.
  package var description: String { "\(Self.names[rawValue] ?? "unknown result") (\(rawValue))" }
}

/// The outcome every LDAP response carries (RFC 4511 4.1.9).
package struct LDAPResult: Hashable, Sendable {
  package var code: LDAPResultCode
  /// The nearest existing ancestor, with `noSuchObject`; empty otherwise.
  package var matchedDN: String
  /// For people; never holds secrets.
  package var diagnosticMessage: String
  /// URIs of other servers, with `referral`; empty otherwise.
  package var referral: [String]

  package init(
    _ code: LDAPResultCode,
    matchedDN: String = "",
    diagnosticMessage: String = "",
    referral: [String] = []
  ) {
    self.code = code
    self.matchedDN = matchedDN
    self.diagnosticMessage = diagnosticMessage
    self.referral = referral
  }

  package static let success = LDAPResult(.success)
}

package import LDAPClient
package import LDAPProtocol
internal import RhizomeModel

/// Which directory to drive, and how.
package struct LDAPDirectory: Sendable {
  package var host: String
  package var port: Int
  /// Where the tree hangs: users below `ou=users`, groups below `ou=groups` of it.
  package var baseDN: DistinguishedName
  /// Who the driver logs in as; needs the right to write everything below the base.
  package var bindDN: String
  package var bindPassword: String
  /// Where the ownership mark is kept in an entry.
  package var markAttribute: OwnershipAttribute
  package var limits: LDAPClient.Limits

  package init(
    host: String,
    port: Int,
    baseDN: DistinguishedName,
    bindDN: String,
    bindPassword: String,
    markAttribute: OwnershipAttribute,
    limits: LDAPClient.Limits = LDAPClient.Limits()
  ) {
    self.host = host
    self.port = port
    self.baseDN = baseDN
    self.bindDN = bindDN
    self.bindPassword = bindPassword
    self.markAttribute = markAttribute
    self.limits = limits
  }

  var users: DistinguishedName { baseDN.child("ou", "users") }
  var groups: DistinguishedName { baseDN.child("ou", "groups") }

  /// Where the entry of a user or a group is.
  func name(of address: Address) -> DistinguishedName {
    address.kind == .user ? users.child("uid", address.name) : groups.child("cn", address.name)
  }
}

/// The attribute that carries the ownership mark.
///
/// An embedded directory gets an attribute of its own, which only its manager writes. Any other server takes
/// `businessCategory`, which the standard schema allows in all entries the driver makes; other values in it are left
/// alone.
package struct OwnershipAttribute: Sendable, Hashable {
  package let name: String

  package init(name: String) { self.name = name }

  /// For servers that know `embeddedDefinition`.
  package static let embedded = OwnershipAttribute(name: "rhizomeMark")
  /// For servers with the standard schema only.
  package static let standard = OwnershipAttribute(name: "businessCategory")

  /// The definition (RFC 4512 4.1.2) to hand to an embedded server's schema. Operational, so that every entry may carry
  /// it and ordinary searches do not show it.
  package static let embeddedDefinition = """
    ( 2.25.71865106759685369189637388924192375387 NAME 'rhizomeMark' DESC 'whose the entry is' EQUALITY caseExactMatch \
    SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 USAGE directoryOperation )
    """
}

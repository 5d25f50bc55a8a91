import LDAPProtocol
import Testing

@Suite struct DistinguishedNameTests {
  /// The examples of RFC 4514 4, with the spellings that must mean the same.
  @Test(arguments: [
    ("UID=jsmith,DC=example,DC=net", "UID=jsmith,DC=example,DC=net"),
    ("OU=Sales+CN=J.  Smith,DC=example,DC=net", "OU=Sales+CN=J.  Smith,DC=example,DC=net"),
    ("CN=James \\\"Jim\\\" Smith\\, III,DC=net", "CN=James \\\"Jim\\\" Smith\\, III,DC=net"),
    ("CN=Before\\0dAfter,DC=net", "CN=Before\rAfter,DC=net"),
    ("CN=Lu\\C4\\8Di\\C4\\87", "CN=Lučić"),
    ("1.3.6.1.4.1.1466.0=#04024869", "1.3.6.1.4.1.1466.0=Hi"),
    (" uid = ann , ou = users ", "uid=ann,ou=users"),
    ("cn=\\#a", "cn=\\#a"),
    ("cn=\\ a\\ ", "cn=\\ a\\ "),
    ("cn=a\\20", "cn=a\\ "),
    ("cn=", "cn="),
    ("", ""),
    ("ou=a;dc=b", "ou=a,dc=b"),
  ])
  func parsesAndPrints(text: String, canonical: String) throws {
    #expect(try DistinguishedName(text).description == canonical)
    #expect(try DistinguishedName(canonical).description == canonical)
  }

  @Test(arguments: ["cn", "=a", "cn=a,", ",cn=a", "cn=a\\", "cn=a\\zz", "cn=\"a\"", "cn=a+", " ", "cn=#zz", "cn=<"])
  func refusesWhatIsNoName(text: String) {
    #expect(throws: DistinguishedNameSyntaxError.self) { try DistinguishedName(text) }
  }

  @Test func refusesEndlessNames() {
    let text = Array(repeating: "dc=a", count: 1000).joined(separator: ",")
    #expect(throws: DistinguishedNameSyntaxError.self) { try DistinguishedName(text) }
  }

  @Test func keysAreEqualForEqualNames() throws {
    let one = try DistinguishedName("CN=Ann  B + SN=x, DC=Org")
    let other = try DistinguishedName("sn=X+cn=ann b,dc=org")
    #expect(one.foldedKey == other.foldedKey)
    #expect(try DistinguishedName("cn=a\\,dc=org").foldedKey != DistinguishedName("cn=a,dc=org").foldedKey)
    #expect(try !DistinguishedName("cn=a\\,dc\\=org").foldedKey.hasSuffix(",dc=org"))
  }

  @Test func walksUpAndDown() throws {
    let name = try DistinguishedName("uid=ann,ou=users,dc=org")
    #expect(name.parent?.description == "ou=users,dc=org")
    #expect(name.parent?.child("uid", "b,c").description == "uid=b\\,c,ou=users,dc=org")
    #expect(DistinguishedName.root.parent == nil)
  }
}

import DirectoryTestSupport
import LDAPClient
import LDAPDriver
import LDAPProtocol
import RhizomeDriver
import RhizomeModel
import Testing

@Suite("Surveying a directory")
struct SurveyTests {
  @Test("people and groups are told, secrets and oddities are not")
  func survey() async throws {
    try await DriverFixture.withEach { fixture in
      try await fill(fixture)
      let survey = try await fixture.driver.survey([])
      let bob = try #require(survey.objects.first { $0.kind == .user && $0.key == "bob" })
      #expect(bob.obstacle == nil && bob.managed == nil && bob.isNameFixed)
      #expect(bob.attributes["displayName"] == "Bob")
      #expect(bob.attributes["mail"] == .null)
      #expect(bob.attributes["attributes"] == ["cn": ["Bob", "Robert"], "mail": ["no mail"], "roomNumber": ["7"]])
      #expect(bob.remarks.contains { $0.contains("description") && $0.contains("secret") })
      #expect(bob.remarks.contains { $0.contains("jpegPhoto") && $0.contains("no text") })
      #expect(bob.remarks.contains { $0.contains("distinguishedName") && $0.contains("cannot be declared") })
      #expect(!"\(survey)".contains("hush") && !"\(survey)".contains("{SSHA}"))
      let friends = try #require(survey.objects.first { $0.kind == .group })
      #expect(friends.attributes["members"] == ["bob"])
      #expect(friends.remarks.contains { $0.contains("'o'") })
      #expect(survey.remarks.map(\.subject) == ["ou=hosts,\(DriverFixture.base)"])
    }
  }

  @Test("what is declared or recorded is known as managed")
  func managed() async throws {
    try await DriverFixture.withEmbedded { fixture in
      try await fill(fixture)
      let bob = Address(.user, "bob")
      let survey = try await fixture.driver.survey([ObservationTarget(address: bob, desired: nil, prior: nil)])
      #expect(survey.objects.compactMap(\.managed) == [bob])
    }
  }

  private func fill(_ fixture: DriverFixture) async throws {
    let client = try await LDAPClient.connect(host: "127.0.0.1", port: fixture.port)
    try await client.bind(dn: EmbeddedDirectory.managerDN, password: EmbeddedDirectory.managerPassword)
    let base = DriverFixture.base
    let organization = [LDAPAttribute("objectClass", ["dcObject", "organization"]), LDAPAttribute("o", ["x"])]
    do { try await client.add(dn: base, attributes: organization + [LDAPAttribute("dc", ["example"])]) } catch let error
      as LDAPClientError where error.resultCode == .entryAlreadyExists
    {}
    for branch in ["users", "groups", "hosts"] {
      try await client.add(
        dn: "ou=\(branch),\(base)",
        attributes: [LDAPAttribute("objectClass", ["organizationalUnit"])]
      )
    }
    try await client.add(
      dn: "uid=Bob,ou=users,\(base)",
      attributes: [
        LDAPAttribute("objectClass", ["inetOrgPerson", "extensibleObject"]), LDAPAttribute("cn", ["Robert", "Bob"]),
        LDAPAttribute("distinguishedName", ["cn=Bob,\(base)"]),
        LDAPAttribute("sn", ["B"]),
        LDAPAttribute("displayName", ["Bob"]), LDAPAttribute("mail", ["no mail"]), LDAPAttribute("roomNumber", ["7"]),
        LDAPAttribute("userPassword", ["hush"]), LDAPAttribute("description", ["{SSHA}hush"]),
        LDAPAttribute("jpegPhoto", [[0xFF, 0xD8, 0xFF]]),
      ]
    )
    try await client.add(
      dn: "cn=Friends,ou=groups,\(base)",
      attributes: [
        LDAPAttribute("objectClass", ["groupOfNames"]), LDAPAttribute("member", ["uid=bob,ou=users,\(base)"]),
        LDAPAttribute("o", ["x"]),
      ]
    )
    await client.close()
  }
}

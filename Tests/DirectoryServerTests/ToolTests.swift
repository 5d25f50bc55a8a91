import DirectoryTestSupport
import DirectoryServer
import Foundation
import LDAPClient
import LDAPProtocol
import Testing

/// The tools that people and services use, unchanged, against the embedded directory.
@Suite(.enabled(if: Tool.path("ldapsearch") != nil, "ldap-utils are not installed"))
struct ToolTests {
  private static func with(_ body: (EmbeddedDirectory, String) async throws -> Void) async throws {
    try await EmbeddedDirectory.with { directory in
      let manager = try await directory.connectAsManager()
      for entry in SampleTree.entries { try await manager.add(dn: entry.dn, attributes: entry.attributes) }
      try await manager.modifyPassword(dn: "uid=user1,ou=users,dc=example,dc=org", new: "first-secret")
      await manager.close()
      try await body(directory, directory.url)
    }
  }

  private static let ann = "uid=user1,ou=users,dc=example,dc=org"

  /// Runs a tool bound as `dn`, the password on its standard input's stead: in a file only this user reads.
  private static func run(
    _ tool: String,
    _ url: String,
    as dn: String,
    _ password: String,
    _ arguments: [String],
    input: String = ""
  ) async throws -> Tool.Output {
    let folder = try TemporaryFolder()
    try password.write(to: folder.file("password"), atomically: true, encoding: .utf8)
    let options = ["-x", "-H", url, "-D", dn, "-y", folder.file("password").path]
    return try await Tool.run(tool, options + arguments, input: input)
  }

  private static func asManager(
    _ tool: String,
    _ url: String,
    _ arguments: [String],
    input: String = ""
  ) async throws -> Tool.Output {
    try await run(
      tool,
      url,
      as: EmbeddedDirectory.managerDN,
      EmbeddedDirectory.managerPassword,
      arguments,
      input: input
    )
  }

  @Test func whoAmI() async throws {
    try await Self.with { _, url in
      let right = try await Self.run("ldapwhoami", url, as: Self.ann, "first-secret", [])
      #expect(right.text.contains("dn:uid=user1,ou=users,dc=example,dc=org"))
      let wrong = try await Self.run("ldapwhoami", url, as: Self.ann, "wrong", [])
      #expect(wrong.status == 49)
      let anonymous = try await Tool.run("ldapwhoami", ["-x", "-H", url])
      #expect(anonymous.text.contains("anonymous"))
    }
  }

  @Test(arguments: [
    ("(uid=USER1)", 1), ("(&(objectClass=person)(sn=smith))", 9), ("(|(uid=user1)(uid=user2))", 2), ("(!(uid=*))", 16),
    ("(mail=*@plant.example)", 15), ("(cn=ann*)", 6), ("(uidNumber>=1390)", 1), ("(uidNumber<=1000)", 1),
    ("(sn~=smith)", 18), ("(cn:caseExactMatch:=Ann Martin)", 1), ("(ou:dn:=services)", 3),
    ("(telephoneNumber=+33299 1100)", 1),
    ("(memberOf=cn=group0,ou=groups,dc=example,dc=org)", 30), ("(nosuch=x)", 0),
    ("(description=*\\28stars\\29 \\2a*)", 10),
  ])
  func searchWithEveryKindOfFilter(filter: String, count: Int) async throws {
    try await Self.with { _, url in
      let output = try await Self.asManager(
        "ldapsearch",
        url,
        ["-LLL", "-b", "dc=example,dc=org", filter, "1.1"]
      )
      #expect(output.status == 0, "\(output.errors)")
      #expect(output.text.split(separator: "\n").filter { $0.hasPrefix("dn:") }.count == count)
    }
  }

  @Test func changesAndTheirRefusals() async throws {
    try await Self.with { _, url in
      let added = try await Self.asManager(
        "ldapadd",
        url,
        [],
        input:
          "dn: uid=zoe,ou=users,dc=example,dc=org\nobjectClass: inetOrgPerson\ncn: Zoé\nsn: Z\nuserPassword: secret\n"
      )
      #expect(added.status == 0, "\(added.errors)")
      let zoe = "uid=zoe,ou=users,dc=example,dc=org"
      #expect(try await Self.run("ldapwhoami", url, as: zoe, "secret", []).status == 0)
      let modified = try await Self.asManager(
        "ldapmodify",
        url,
        [],
        input: "dn: \(zoe)\nchangetype: modify\nreplace: sn\nsn: Zed\n-\nadd: mail\nmail: z@a\n"
      )
      #expect(modified.status == 0, "\(modified.errors)")
      #expect(try await Self.asManager("ldapcompare", url, [zoe, "sn:ZED"]).status == 6)
      #expect(try await Self.asManager("ldapcompare", url, [zoe, "sn:other"]).status == 5)
      #expect(try await Self.asManager("ldapdelete", url, ["ou=users,dc=example,dc=org"]).status == 66)
      #expect(try await Self.asManager("ldapdelete", url, [zoe]).status == 0)
      #expect(try await Self.run("ldapwhoami", url, as: zoe, "secret", []).status == 49)
    }
  }

  @Test func membersChangeTheirOwnPasswordAndNothingElse() async throws {
    try await Self.with { _, url in
      let change = "dn: \(Self.ann)\nchangetype: modify\nreplace: %\n%: x\n"
      func modify(_ name: String) -> String {
        change.split(separator: "%", omittingEmptySubsequences: false).joined(separator: name)
      }
      #expect(
        try await Self.run("ldapmodify", url, as: Self.ann, "first-secret", [], input: modify("mail")).status == 50
      )
      #expect(
        try await Self.run("ldapmodify", url, as: Self.ann, "first-secret", [], input: modify("userPassword")).status
          == 0
      )
      #expect(try await Self.run("ldapwhoami", url, as: Self.ann, "x", []).status == 0)
      let others = try await Self.run(
        "ldapsearch",
        url,
        as: Self.ann,
        "x",
        ["-LLL", "-b", "dc=example,dc=org", "(uid=user2)", "*", "+"]
      )
      #expect(others.text.contains("mail: user2@Example.org"))
      #expect(!others.text.contains("userPassword"))
      let guess = try await Self.run(
        "ldapsearch",
        url,
        as: Self.ann,
        "x",
        ["-LLL", "-b", "dc=example,dc=org", "(userPassword=*)", "1.1"]
      )
      #expect(guess.status == 0 && guess.text.isEmpty)
    }
  }

  @Test func strangersSeeTheRootEntryOnly() async throws {
    try await Self.with { _, url in
      let root = try await Tool.run("ldapsearch", ["-x", "-LLL", "-H", url, "-b", "", "-s", "base", "*", "+"])
      #expect(root.text.contains("namingContexts: dc=example,dc=org"))
      #expect(root.text.contains("supportedExtension: 1.3.6.1.4.1.4203.1.11.3"))
      #expect(root.text.contains("supportedLDAPVersion: 3"))
      #expect(try await Tool.run("ldapsearch", ["-x", "-H", url, "-b", "dc=example,dc=org"]).status == 50)
      let noPassword = try await Self.run("ldapwhoami", url, as: Self.ann, "", [])
      #expect(noPassword.status == 53)
      let critical = try await Tool.run("ldapsearch", ["-x", "-H", url, "-E", "!1.2.3.4", "-b", "", "-s", "base"])
      #expect(critical.status == 12)
    }
  }

  @Test func memberOfFollowsGroupsAndCannotBeWritten() async throws {
    try await Self.with { _, url in
      func groups() async throws -> [Substring] {
        try await Self.asManager(
          "ldapsearch",
          url,
          ["-LLL", "-o", "ldif-wrap=no", "-b", Self.ann, "-s", "base", "memberOf"]
        )
        .text.split(separator: "\n").filter { $0.hasPrefix("memberOf") }
      }
      var memberships = try await groups()
      #expect(memberships == [])
      let group = "dn: cn=group0,ou=groups,dc=example,dc=org\nchangetype: modify\n%: member\nmember: \(Self.ann)\n"
      func change(_ verb: String) -> String { group.split(separator: "%").joined(separator: verb) }
      #expect(try await Self.asManager("ldapmodify", url, [], input: change("add")).status == 0)
      memberships = try await groups()
      #expect(memberships == ["memberOf: cn=group0,ou=groups,dc=example,dc=org"])
      #expect(try await Self.asManager("ldapmodify", url, [], input: change("delete")).status == 0)
      memberships = try await groups()
      #expect(memberships == [])
      let forged =
        "dn: \(Self.ann)\nchangetype: modify\nadd: memberOf\nmemberOf: cn=group0,ou=groups,dc=example,dc=org\n"
      #expect(try await Self.asManager("ldapmodify", url, [], input: forged).status == 19)
    }
  }

  @Test func passwordsAreChangedWithLdappasswd() async throws {
    try await Self.with { _, url in
      let changed = try await Self.run(
        "ldappasswd",
        url,
        as: Self.ann,
        "first-secret",
        ["-a", "first-secret", "-s", "n3w"]
      )
      #expect(changed.status == 0, "\(changed.errors)")
      #expect(try await Self.run("ldapwhoami", url, as: Self.ann, "n3w", []).status == 0)
      let stolen = try await Self.run(
        "ldappasswd",
        url,
        as: Self.ann,
        "n3w",
        ["-s", "x", "uid=user2,ou=users,dc=example,dc=org"]
      )
      #expect(stolen.text.contains("Insufficient access (50)"), "\(stolen.text)")
      let wrongOld = try await Self.run("ldappasswd", url, as: Self.ann, "n3w", ["-a", "guess", "-s", "x"])
      #expect(wrongOld.text.contains("Invalid credentials (49)"), "\(wrongOld.text)")
    }
  }

  @Test(.enabled(if: Tool.path("slappasswd") != nil, "slappasswd is not installed"))
  func hashesOfSlappasswdVerify() async throws {
    try await Self.with { directory, url in
      let made = try await Tool.run("slappasswd", ["-h", "{SSHA}", "-s", "from-slappasswd"])
      let hash = made.text.split(separator: "\n").first.map(String.init) ?? ""
      let manager = try await directory.connectAsManager()
      try await manager.modify(dn: Self.ann, [.init(.replace, .init("userPassword", [hash]))])
      await manager.close()
      #expect(try await Self.run("ldapwhoami", url, as: Self.ann, "from-slappasswd", []).status == 0)
      #expect(try await Self.run("ldapwhoami", url, as: Self.ann, "other", []).status == 49)
    }
  }
}

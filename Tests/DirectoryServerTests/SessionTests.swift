import DirectoryServer
import LDAPProtocol
import Testing

/// The conversation of one client, without a network.
@Suite struct SessionTests {
  private static let ann = "uid=ann,ou=users,dc=example,dc=org"

  private let tree: DirectoryTree
  private let settings: DirectorySettings

  init() throws {
    let suffix = try DistinguishedName("dc=example,dc=org")
    let manager = try DistinguishedName("cn=manager,dc=example,dc=org")
    settings = DirectorySettings(manager: DirectoryManager(dn: manager, password: Array("m".utf8)))
    var tree = try DirectoryTree(suffix: suffix, schema: try DirectorySchema())
    for (dn, attributes) in [
      (suffix.description, ["objectClass": ["dcObject", "organization"], "o": ["x"]]),
      ("ou=users,\(suffix)", ["objectClass": ["organizationalUnit"]]),
      (Self.ann, ["objectClass": ["inetOrgPerson"], "cn": ["Ann"], "sn": ["A"], "userPassword": ["{SSHA}hash"]]),
    ] as [(String, [String: [String]])] {
      let request = LDAPAddRequest(dn: dn, attributes: attributes.map { LDAPAttribute($0.key, $0.value) })
      try tree.apply(tree.plan(.add(request), Self.context(.manager(manager), settings)))
    }
    self.tree = tree
  }

  private static func context(_ identity: DirectoryIdentity, _ settings: DirectorySettings) -> DirectoryWriteContext {
    DirectoryWriteContext(
      identity: identity,
      access: settings.access,
      nowSeconds: 0,
      newUUID: "2d0c9a3e-6a0c-4d43-9d6e-0123456789ab"
    )
  }

  private func simple(_ dn: String, _ password: String) -> LDAPOperation {
    .bindRequest(.init(dn: dn, authentication: .simple(password: Array(password.utf8))))
  }

  private func code(_ directive: DirectoryDirective) -> LDAPResultCode? {
    guard case .send(let messages) = directive else { return nil }
    switch messages.last?.operation {
    case .bindResponse(let result), .searchResultDone(let result), .addResponse(let result),
      .modifyResponse(let result), .deleteResponse(let result), .compareResponse(let result):
      return result.code
    case .extendedResponse(let response): return response.result.code
    default: return nil
    }
  }

  @Test func bindsThatProveNothingAreRefused() throws {
    var session = DirectorySession(settings: settings)
    let cases: [(LDAPOperation, LDAPResultCode)] = [
      (simple("", ""), .success), (simple(Self.ann, ""), .unwillingToPerform), (simple("x", "y"), .invalidDNSyntax),
      (simple("cn=manager,dc=example,dc=org", "wrong"), .invalidCredentials),
      (simple("CN=Manager, dc=example,dc=org", "m"), .success),
      (.bindRequest(.init(version: 2, dn: "", authentication: .simple(password: []))), .protocolError),
      (
        .bindRequest(.init(dn: "", authentication: .sasl(mechanism: "EXTERNAL", credentials: nil))),
        .authMethodNotSupported
      ),
    ]
    for (index, (operation, expected)) in cases.enumerated() {
      let directive = session.receive(LDAPMessage(messageID: Int32(index + 1), operation), tree)
      #expect(code(directive) == expected, "\(operation)")
    }
  }

  @Test func aPasswordIsCheckedOutsideAndUnknownNamesToo() throws {
    var session = DirectorySession(settings: settings)
    guard case .verify(let check) = session.receive(LDAPMessage(messageID: 1, simple(Self.ann, "p")), tree) else {
      Issue.record("expected a check")
      return
    }
    #expect(check.hashes == [Array("{SSHA}hash".utf8)])
    #expect(!"\(check)".contains("hash"))
    #expect(code(session.finishBind(matched: true)) == .success)
    #expect(session.identity == .user(try DistinguishedName(Self.ann), key: Self.ann))
    let unknown = session.receive(LDAPMessage(messageID: 2, simple("uid=x,dc=example,dc=org", "p")), tree)
    #expect(session.identity == .anonymous)
    guard case .verify(let decoy) = unknown else {
      Issue.record("expected a check")
      return
    }
    #expect(decoy.hashes.isEmpty)
    #expect(code(session.finishBind(matched: false)) == .invalidCredentials)
  }

  @Test func whoIsDeletedIsNobody() throws {
    var session = DirectorySession(settings: settings)
    _ = session.receive(LDAPMessage(messageID: 1, simple(Self.ann, "p")), tree)
    _ = session.finishBind(matched: true)
    let search = LDAPOperation.searchRequest(.init(base: "dc=example,dc=org", scope: .subtree))
    #expect(code(session.receive(LDAPMessage(messageID: 2, search), tree)) == .success)
    var smaller = tree
    smaller.apply([.remove(key: Self.ann)])
    #expect(code(session.receive(LDAPMessage(messageID: 3, search), smaller)) == .insufficientAccessRights)
  }

  @Test func strangersCannotWriteOrLook() throws {
    var session = DirectorySession(settings: settings)
    let cases: [(LDAPOperation, LDAPResultCode)] = [
      (.deleteRequest(dn: Self.ann), .strongerAuthRequired),
      (.searchRequest(.init(base: "dc=example,dc=org", scope: .base)), .insufficientAccessRights),
      (.searchRequest(.init(base: "cn=Subschema", scope: .base)), .insufficientAccessRights),
      (.compareRequest(.init(dn: Self.ann, attribute: "cn", value: [])), .insufficientAccessRights),
      (.searchRequest(.init(base: "", scope: .base)), .success),
      (.extendedRequest(.init(name: LDAPExtension.passwordModify)), .strongerAuthRequired),
    ]
    for (operation, expected) in cases {
      #expect(code(session.receive(LDAPMessage(messageID: 1, operation), tree)) == expected, "\(operation)")
    }
  }

  @Test func controlsThatMatterMustBeKnown() throws {
    var session = DirectorySession(settings: settings)
    let search = LDAPOperation.searchRequest(.init(base: "", scope: .base))
    func ask(_ control: LDAPControl) -> LDAPResultCode? {
      code(session.receive(LDAPMessage(messageID: 1, search, controls: [control]), tree))
    }
    #expect(ask(LDAPControl(type: "1.2.3", isCritical: true)) == .unavailableCriticalExtension)
    #expect(ask(LDAPControl(type: "1.2.3")) == .success)
    #expect(ask(LDAPControl(type: "2.16.840.1.113730.3.4.2", isCritical: true)) == .success)
  }

  @Test func secretsStayWithTheManager() throws {
    let user = DirectoryIdentity.user(try DistinguishedName(Self.ann), key: Self.ann)
    let password = try #require(tree.schema.attributeType("userPassword"))
    #expect(!tree.readability(settings.access, user)(password.id))
    #expect(tree.readability(settings.access, .manager(.root))(password.id))
    let change = LDAPModifyRequest(dn: Self.ann, changes: [.init(.replace, .init("mail", ["a@b"]))])
    let failure = #expect(throws: LDAPFailure.self) { try tree.plan(.modify(change), Self.context(user, settings)) }
    #expect(failure?.result.code == .insufficientAccessRights)
  }

  @Test func theLastModifierOfEachAttributeIsKnown() throws {
    var tree = tree
    let user = DirectoryIdentity.user(try DistinguishedName(Self.ann), key: Self.ann)
    let change = LDAPModifyRequest(dn: Self.ann, changes: [.init(.replace, .init("userPassword", ["{SSHA}new"]))])
    try tree.apply(tree.plan(.modify(change), Self.context(user, settings)))
    let type = try #require(tree.schema.attributeType("attributeModifiersName"))
    let lines = tree.entry(key: Self.ann)?.values(of: type.id).map { String(decoding: $0, as: UTF8.self) }
    #expect(lines == ["userPassword 19700101000000Z \(Self.ann)"])
  }
}

@Suite struct PasswordHashTests {
  /// Made with Python's hashlib from the password `pä55` and the salt 1 to 8.
  @Test(arguments: [
    "{SSHA}7LIpdLwTiDYY2pVYKqK15Nm6qiYBAgMEBQYHCA==",
    "{SSHA256}O0rjOcoRcSAKZqw//Z/9bpLTyAEWOV9ydR0/7JS/OfIBAgMEBQYHCA==",
    "{SSHA512}U86+mLO0cVnOptylcyi/4Yg7nnkdWi7ku004DznDYE8MU9CK24B7Z6V1ba9lAdOuR4GRw2IxQyU2+gI5tCQOWgECAwQFBgcI",
    "{PBKDF2-SHA256}1000$AQIDBAUGBwg$ePfp86k1R.6B9OJeLpozl8mU/4UpzuN7pStHCLdhZJs",
    "{PBKDF2-SHA512}1000$AQIDBAUGBwg$CO4PYp6W8HNZ2KlNmISL9PUBj1yJjKSHwxO6Cig8lHXIT6BsIJe621i6odVtGfcSWPn1GAF1T2Zl9sRnYTynmA",
  ])
  func verifiesHashesOfOthers(stored: String) throws {
    let hash = try #require(PasswordHash(stored: Array(stored.utf8)))
    #expect(hash.matches(Array("pä55".utf8)))
    #expect(!hash.matches(Array("pä56".utf8)))
    #expect(!hash.matches([]))
  }

  @Test func makesHashesThatVerify() throws {
    for scheme in [PasswordScheme.saltedSHA512, .pbkdf2SHA512(iterations: 3)] {
      let stored = scheme.hash(Array("p".utf8))
      #expect(PasswordHash.looksHashed(stored))
      #expect(try #require(PasswordHash(stored: stored)).matches(Array("p".utf8)))
      #expect(stored != scheme.hash(Array("p".utf8)))
    }
  }

  @Test(arguments: [
    "plain", "{CRYPT}x", "{SSHA", "{SSHA}", "{SSHA}!!!", "{PBKDF2-SHA512}0$a$b", "{PBKDF2-SHA512}99999999999$YQ$YQ",
    "{PBKDF2-SHA512}1$$", "",
  ])
  func neverMatchesWhatItDoesNotUnderstand(stored: String) {
    #expect(PasswordHash(stored: Array(stored.utf8))?.matches(Array(stored.utf8)) != true)
    #expect(PasswordHash(stored: Array(stored.utf8))?.matches([]) != true)
  }
}

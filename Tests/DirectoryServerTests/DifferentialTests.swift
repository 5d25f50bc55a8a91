import DirectoryTestSupport
import LDAPClient
import LDAPProtocol
import Testing

/// The embedded directory beside the real slapd: same entries, same questions, same answers.
@Suite(.serialized, .enabled(if: SlapdServer.isInstalled, "slapd with its schemas is not installed"))
struct DifferentialTests {
  struct Pair {
    let ours: LDAPClient
    let slapd: LDAPClient
  }

  /// Both servers, loaded with the sample tree.
  static func withBoth(_ body: (Pair, EmbeddedDirectory, SlapdServer) async throws -> Void) async throws {
    let slapd = try await SlapdServer(
      suffix: EmbeddedDirectory.suffix,
      manager: EmbeddedDirectory.managerDN,
      password: EmbeddedDirectory.managerPassword
    )
    try await EmbeddedDirectory.with { embedded in
      let pair = Pair(
        ours: try await embedded.connectAsManager(),
        slapd: try await LDAPClient.connect(host: "127.0.0.1", port: slapd.port)
      )
      try await pair.slapd.bind(dn: EmbeddedDirectory.managerDN, password: EmbeddedDirectory.managerPassword)
      for entry in SampleTree.entries {
        try await pair.ours.add(dn: entry.dn, attributes: entry.attributes)
        try await pair.slapd.add(dn: entry.dn, attributes: entry.attributes)
      }
      try await body(pair, embedded, slapd)
      await pair.ours.close()
      await pair.slapd.close()
    }
  }

  /// What a search found, in a form that does not depend on order.
  struct Answer {
    let code: LDAPResultCode
    let entries: [String: [String: Set<String>]]

    init(_ reply: LDAPReply) throws {
      code = reply.result.code
      entries = Dictionary(
        try reply.entries.map { entry in
          let attributes = entry.attributes.map { attribute in
            (attribute.description.lowercased(), Set(attribute.values.map { Self.text($0, attribute.description) }))
          }
          return (try DistinguishedName(entry.dn).foldedKey, Dictionary(attributes) { $0.union($1) })
        },
        uniquingKeysWith: { first, _ in first }
      )
    }

    /// Both `\\,` and `\\2C` are right for a comma in a name.
    private static func text(_ value: [UInt8], _ attribute: String) -> String {
      let text = String(decoding: value, as: UTF8.self)
      return attribute == "entryDN" ? (try? DistinguishedName(text).foldedKey) ?? text : text
    }

    /// How the answer of slapd differs, in a few words; nil when it does not.
    func difference(from slapd: Answer) -> String? {
      guard code == slapd.code else { return "ours says \(code), slapd says \(slapd.code)" }
      let (mine, theirs) = (Set(entries.keys), Set(slapd.entries.keys))
      guard mine == theirs else {
        return "only ours finds \(mine.subtracting(theirs).sorted().prefix(3)), "
          + "only slapd \(theirs.subtracting(mine).sorted().prefix(3))"
      }
      for key in mine.sorted() where entries[key] != slapd.entries[key] {
        return "\(key): " + Self.difference(entries[key] ?? [:], slapd.entries[key] ?? [:])
      }
      return nil
    }

    private static func difference(_ ours: [String: Set<String>], _ slapd: [String: Set<String>]) -> String {
      let names = Set(ours.keys).union(slapd.keys).filter { ours[$0] != slapd[$0] }.sorted()
      return names.prefix(3).map { name in
        "\(name): ours \((ours[name] ?? []).sorted().prefix(3)), slapd \((slapd[name] ?? []).sorted().prefix(3))"
      }.joined(separator: "; ")
    }
  }

  /// Asks both; a difference is an issue that names the question.
  private static func compare(_ pair: Pair, _ request: LDAPSearchRequest, _ question: String) async throws -> Int {
    async let ours = pair.ours.send(.searchRequest(request))
    async let slapd = pair.slapd.send(.searchRequest(request))
    let answers = (try Answer(await ours), try Answer(await slapd))
    if let difference = answers.0.difference(from: answers.1) { Issue.record("\(question): \(difference)") }
    return answers.1.entries.count
  }

  @Test func fiveHundredRandomFiltersFindTheSame() async throws {
    try await Self.withBoth { pair, _, _ in
      var filters = RandomFilters(seed: 20_261_122)
      var found = 0
      for number in 0..<500 {
        let filter = filters.next()
        let request = LDAPSearchRequest(base: EmbeddedDirectory.suffix, scope: .subtree, filter: filter)
        found += try await Self.compare(pair, request, "filter \(number) \(filter)")
      }
      // The comparison means something only when filters do match.
      #expect(found > 2000)
    }
  }

  @Test func scopesAndSelectionsAgree() async throws {
    let requests: [LDAPSearchRequest] = [
      .init(base: "", scope: .oneLevel), .init(base: "dc=org", scope: .subtree),
      .init(base: EmbeddedDirectory.suffix, scope: .base), .init(base: EmbeddedDirectory.suffix, scope: .oneLevel),
      .init(base: "OU=Users , dc=example,dc=org", scope: .oneLevel),
      .init(base: "ou=users,dc=example,dc=org", scope: .subtree, attributes: ["name", "OBJECTCLASS"]),
      .init(base: "ou=users,dc=example,dc=org", scope: .subtree, attributes: ["1.1"]),
      .init(base: "ou=users,dc=example,dc=org", scope: .subtree, attributes: ["mail", "1.1"]),
      .init(base: "ou=users,dc=example,dc=org", scope: .subtree, attributes: ["description"]),
      .init(base: "ou=users,dc=example,dc=org", scope: .subtree, attributes: ["description;lang-fr", "nosuch"]),
      .init(base: "ou=users,dc=example,dc=org", scope: .subtree, attributes: ["memberOf", "cn"]),
      .init(base: "ou=groups,dc=example,dc=org", scope: .subtree, attributes: ["*"]),
      .init(base: "ou=users,dc=example,dc=org", scope: .subtree, attributes: ["*"], typesOnly: true),
      .init(base: "ou=users,dc=example,dc=org", scope: .subtree, attributes: ["hasSubordinates"]),
      .init(base: "ou=users,dc=example,dc=org", scope: .subtree, attributes: ["entryDN", "structuralObjectClass"]),
      .init(base: "ou=nobody,dc=example,dc=org", scope: .subtree), .init(base: "no name", scope: .base),
      .init(base: "cn=Doe\\2c john+SN=doe,ou=users,dc=example,dc=org", scope: .base),
      .init(base: "cn=x,uid=user1,ou=users,dc=example,dc=org", scope: .base),
    ]
    try await Self.withBoth { pair, _, _ in
      for request in requests {
        _ = try await Self.compare(pair, request, "\(request.base) \(request.attributes)")
      }
    }
  }

  @Test func writesEndTheSameWay() async throws {
    try await Self.withBoth { pair, _, _ in
      for operation in WriteCases.operations {
        let ours = try await pair.ours.send(operation).result.code
        let slapd = try await pair.slapd.send(operation).result.code
        if ours != slapd { Issue.record("\(operation): ours \(ours), slapd \(slapd)") }
      }
      _ = try await Self.compare(pair, .init(base: EmbeddedDirectory.suffix, scope: .subtree), "afterwards")
    }
  }
}

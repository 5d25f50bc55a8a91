import DirectoryServer
import DirectoryTestSupport
import LDAPClient
import LDAPDriver
import LDAPProtocol
import RhizomeDriver
import RhizomeModel
@testable import RhizomePlanner
import Testing

/// A driver over a running server, and the resources of a small manifest.
struct DriverFixture: Sendable {
  let driver: LDAPDriver
  let port: Int

  static let base = EmbeddedDirectory.suffix

  private static func directory(port: Int, _ mark: OwnershipAttribute) throws -> LDAPDirectory {
    LDAPDirectory(
      host: "127.0.0.1",
      port: port,
      baseDN: try DistinguishedName(base),
      bindDN: EmbeddedDirectory.managerDN,
      bindPassword: EmbeddedDirectory.managerPassword,
      markAttribute: mark
    )
  }

  /// Runs `body` against the embedded directory, and against the real slapd where it is installed.
  static func withEach(_ body: (DriverFixture) async throws -> Void) async throws {
    try await withEmbedded(body)
    guard SlapdServer.isInstalled else { return print("slapd is not installed: the driver is tried on ours only") }
    let slapd = try await SlapdServer(
      suffix: base,
      manager: EmbeddedDirectory.managerDN,
      password: EmbeddedDirectory.managerPassword
    )
    let driver = LDAPDriver(name: "ldap", directory: try directory(port: slapd.port, .standard))
    try await body(DriverFixture(driver: driver, port: slapd.port))
    withExtendedLifetime(slapd) {}
  }

  static func withEmbedded(_ body: (DriverFixture) async throws -> Void) async throws {
    let schema = try DirectorySchema(additionalAttributeTypes: [OwnershipAttribute.embeddedDefinition])
    try await EmbeddedDirectory.with(schema: schema) { embedded in
      let driver = LDAPDriver(
        name: "embedded-directory",
        directory: try directory(port: embedded.port, .embedded)
      )
      try await body(DriverFixture(driver: driver, port: embedded.port))
    }
  }

  static let alice = Resource(
    Address(.user, "alice"),
    attributes: [
      "displayName": "Alice Rivière", "surname": "Rivière", "givenName": "Alice",
      "mail": ["a@plant.example", "alice@plant.example"],
      "attributes": ["employeeNumber": ["7"], "roomNumber": ["1", "2"]],
      "password": ["cleartext": .sensitive(Sensitive(fingerprint: "f", cleartext: "first"))],
    ]
  )
  static let bob = Resource(Address(.user, "bob"), attributes: ["displayName": "bob", "surname": "bob"])
  static let admins = Resource(
    Address(.group, "admins"),
    attributes: ["description": "They look after it", "members": ["alice", "bob"]]
  )
  static let nobody = Resource(Address(.group, "nobody"), attributes: ["members": []])

  static let all = [alice, bob, admins, nobody]

  @discardableResult
  func perform(
    _ verb: RhizomeDriver.Operation.Verb,
    _ resource: Resource,
    prior: Resource? = nil,
    cluster: String = "c1"
  ) async throws(DriverError) -> Outcome {
    try await driver.perform(
      RhizomeDriver.Operation(
        verb,
        resource.address,
        desired: verb == .delete ? nil : resource,
        prior: prior.map(record),
        mark: OwnershipMark(clusterID: cluster, address: resource.address)
      )
    )
  }

  func record(_ resource: Resource) -> InventoryRecord {
    InventoryRecord(
      address: resource.address,
      attributes: resource.attributes,
      driver: driver.name,
      source: "test",
      revision: 1
    )
  }

  /// Looks at them together, and expects that a look at each alone sees the same.
  func observe(_ resources: [Resource]) async -> ObservationReport {
    let targets = resources.map { ObservationTarget(address: $0.address, desired: $0, prior: nil) }
    let report = await driver.observe(targets)
    for target in targets {
      let alone = await driver.lookUp(target)
      #expect(alone == report.observations[target.address])
    }
    return report
  }

  func seen(_ resource: Resource) async throws -> ObservedResource {
    let observation = await observe([resource]).observations[resource.address]
    guard case .present(let seen) = observation else {
      throw DriverError(.internalFailure, "\(resource.address) is not there: \(String(describing: observation))")
    }
    return seen
  }

  /// The paths in which what is there differs from what shall be.
  func differences(_ resource: Resource) async throws -> [String] {
    Differ.differences(
      Schema.spec(of: resource.address.kind),
      wanted: resource.attributes,
      prior: resource.attributes,
      seen: try await seen(resource).attributes
    ).map(\.change.path.description)
  }

  /// A connection of another tool.
  func connect(as dn: String = EmbeddedDirectory.managerDN, _ password: String = EmbeddedDirectory.managerPassword)
    async throws -> LDAPClient
  {
    let client = try await LDAPClient.connect(host: "127.0.0.1", port: port)
    try await client.bind(dn: dn, password: password)
    return client
  }

  static let aliceDN = "uid=alice,ou=users,\(base)"
}

@Suite("LDAP driver")
struct LDAPDriverTests {
  private func code(_ body: () async throws(DriverError) -> Void) async -> DriverError.Code? {
    do throws(DriverError) { try await body() } catch { return error.code }
    return nil
  }

  @Test("what was made is seen as it was wanted, with its mark; nothing is left to change")
  func roundTrip() async throws {
    try await DriverFixture.withEach { fixture in
      #expect(await fixture.observe(DriverFixture.all).observations.values.allSatisfy { $0 == .absent })
      for resource in DriverFixture.all {
        try await fixture.perform(.create, resource)
        let seen = try await fixture.seen(resource)
        #expect(seen.mark == OwnershipMark(clusterID: "c1", address: resource.address))
        let differences = try await fixture.differences(resource)
        #expect(differences == [])
      }
      let foreign = await fixture.observe([DriverFixture.bob]).foreign.map(\.address.description)
      #expect(foreign == ["User/alice", "Group/admins", "Group/nobody"])
      await (try fixture.connect(as: DriverFixture.aliceDN, "first")).close()
    }
  }

  @Test("every operation can come twice")
  func idempotence() async throws {
    try await DriverFixture.withEach { fixture in
      for verb in [RhizomeDriver.Operation.Verb.create, .create, .update, .update] {
        for resource in DriverFixture.all { try await fixture.perform(verb, resource) }
      }
      for _ in 1...2 {
        for resource in DriverFixture.all.reversed() { try await fixture.perform(.delete, resource) }
      }
      #expect(await fixture.observe(DriverFixture.all).observations.values.allSatisfy { $0 == .absent })
    }
  }

  @Test("one changed field is changed, a removed one goes, and the password stays its owner's")
  func updates() async throws {
    try await DriverFixture.withEach { fixture in
      for resource in DriverFixture.all { try await fixture.perform(.create, resource) }
      var changed = DriverFixture.alice
      changed.attributes["mail"] = ["new@plant.example"]
      changed.attributes["givenName"] = .null
      changed.attributes["attributes"] = ["employeeNumber": ["8"]]
      changed.attributes["password"] = ["cleartext": .sensitive(Sensitive(fingerprint: "g", cleartext: "second"))]
      try await fixture.perform(.update, changed, prior: DriverFixture.alice)
      let seen = try await fixture.seen(DriverFixture.alice).attributes
      #expect(seen["mail"] == ["new@plant.example"] && seen["givenName"].isNull)
      #expect(seen["attributes"] == ["employeeNumber": ["8"]])
      await (try fixture.connect(as: DriverFixture.aliceDN, "first")).close()
      var group = DriverFixture.admins
      group.attributes["members"] = []
      try await fixture.perform(.update, group, prior: DriverFixture.admins)
      #expect(try await fixture.differences(group) == [])
    }
  }

  @Test("what another tool changes is seen; who changed a password is told")
  func drift() async throws {
    try await DriverFixture.withEmbedded { fixture in
      for resource in DriverFixture.all { try await fixture.perform(.create, resource) }
      let owner = try await fixture.connect(as: DriverFixture.aliceDN, "first")
      try await owner.modifyPassword(dn: nil, new: "mine")
      await owner.close()
      let before = try await fixture.differences(DriverFixture.alice)
      #expect(before == [])
      #expect(try await fixture.seen(DriverFixture.alice).facts["passwordChangedBy"] == "owner")
      let tool = try await fixture.connect()
      try await tool.modify(dn: DriverFixture.aliceDN, [.init(.replace, .init("mail", ["evil@else.example"]))])
      try await tool.modifyPassword(dn: DriverFixture.aliceDN, new: "theirs")
      try await tool.modify(
        dn: "cn=admins,ou=groups,\(DriverFixture.base)",
        [.init(.delete, .init("member", ["uid=bob,ou=users,\(DriverFixture.base)"]))]
      )
      await tool.close()
      let after = try await fixture.differences(DriverFixture.alice)
      #expect(after == ["mail"])
      let changer = try await fixture.seen(DriverFixture.alice).facts["passwordChangedBy"]
      #expect(changer == .string(EmbeddedDirectory.managerDN))
      let members = try await fixture.differences(DriverFixture.admins)
      #expect(members == ["members"])
      try await fixture.perform(.update, DriverFixture.alice, prior: DriverFixture.alice)
      let healed = try await fixture.differences(DriverFixture.alice)
      #expect(healed == [])
    }
  }

  @Test("what somebody else made is seen, never changed, and can be adopted")
  func foreign() async throws {
    try await DriverFixture.withEach { fixture in
      try await fixture.perform(.create, DriverFixture.alice)
      let tool = try await fixture.connect()
      let dn = "uid=bob,ou=users,\(DriverFixture.base)"
      try await tool.add(
        dn: dn,
        attributes: [.init("objectClass", ["inetOrgPerson"]), .init("cn", ["Robert"]), .init("sn", ["B"])]
      )
      #expect(try await fixture.seen(DriverFixture.bob).mark == nil)
      for verb in [RhizomeDriver.Operation.Verb.create, .update, .delete] {
        let refusal = await code { () async throws(DriverError) in try await fixture.perform(verb, DriverFixture.bob) }
        #expect(refusal == .conflict)
      }
      #expect(try await tool.compare(dn: dn, attribute: "cn", value: "Robert"))
      try await fixture.perform(.adopt, DriverFixture.bob)
      #expect(try await tool.compare(dn: dn, attribute: "cn", value: "Robert"))
      try await fixture.perform(.update, DriverFixture.bob)
      let differences = try await fixture.differences(DriverFixture.bob)
      #expect(differences == [])
      let stranger = await code { () async throws(DriverError) in
        try await fixture.perform(.delete, DriverFixture.bob, cluster: "another")
      }
      #expect(stranger == .conflict)
      await tool.close()
    }
  }

  @Test("a look that failed is unknown, and a refusal says why")
  func failures() async throws {
    try await DriverFixture.withEmbedded { fixture in
      var directory = LDAPDirectory(
        host: "127.0.0.1",
        port: fixture.port,
        baseDN: try DistinguishedName(DriverFixture.base),
        bindDN: EmbeddedDirectory.managerDN,
        bindPassword: "wrong",
        markAttribute: .embedded
      )
      let target = ObservationTarget(address: DriverFixture.alice.address, desired: DriverFixture.alice, prior: nil)
      func isUnknown(_ directory: LDAPDirectory) async -> Bool {
        let report = await LDAPDriver(name: "x", directory: directory).observe([target])
        if case .unknown = report.observations[target.address] { return true } else { return false }
      }
      #expect(await isUnknown(directory))
      directory.port = 1
      #expect(await isUnknown(directory))
      var odd = DriverFixture.alice
      odd.attributes["attributes"] = ["noSuchAttribute": ["x"]]
      let refused = await code { () async throws(DriverError) in try await fixture.perform(.create, odd) }
      #expect(refused == .invalid)
    }
  }
}

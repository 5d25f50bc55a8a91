import RhizomeManifest
import RhizomeModel
import Testing

@Suite("Resolving references")
struct ResolverTests {
  struct Unopened: Error, CustomStringConvertible { let description = "no key fits" }

  /// Not a real key derivation: bytes that depend on the label and its length.
  static let context = ResolutionContext(
    derive: { label, count in
      (0..<count).map { UInt8(truncatingIfNeeded: label.utf8.reduce($0 &* 31) { $0 &* 33 &+ Int($1) }) }
    },
    fingerprint: { "fp:\($0.utf8.count)" },
    unseal: { text in
      guard text.contains("good") else { throw Unopened() }
      return "opened"
    },
    s3URL: "http://127.0.0.1:3900",
    webURL: "http://127.0.0.1:3902",
    ldapURL: "ldap://127.0.0.1:3890",
    localNode: "laptop",
    serviceFolder: { "/srv/rhizome/\($0)" }
  )

  func resolve(_ text: String) throws -> DesiredState {
    let result = load(foundation + text)
    #expect(result.diagnostics == [])
    let resolved = Resolver.resolve(try #require(result.desired), with: Self.context)
    #expect(resolved.diagnostics == [])
    return resolved.desired
  }

  @Test("every row of the table resolves")
  func everyRow() throws {
    let forms = ReferenceTable.fields.map { $0.form.replacing("NAME", with: "one") }
    let lines = forms.enumerated().map { "    V\($0.offset): x${\($0.element.dropFirst(2))" }.joined(separator: "\n")
    let desired = try resolve(
      """
      ---
      {apiVersion: rhizome/v1, kind: Secret, metadata: {name: one}, spec: {generated: {}}}
      ---
      {apiVersion: rhizome/v1, kind: AccessKey, metadata: {name: one}}
      ---
      apiVersion: rhizome/v1
      kind: Bucket
      metadata: {name: one}
      spec: {aliases: [first.plant.example, zzz], website: {}, access: [{key: one, permissions: [owner]}]}
      ---
      apiVersion: rhizome/v1
      kind: Service
      metadata: {name: s}
      spec:
        run: {process: {command: [a, "${service.folder}/b"]}}
        environment:
      \(lines)
      """
    )
    let service = try #require(desired.resources[Address(.service, "s")])
    let environment = service.attributes["environment"]
    let values = Dictionary(
      uniqueKeysWithValues: ReferenceTable.fields.enumerated().map { ($1.form, environment["V\($0)"]) }
    )
    #expect(values["${cluster.name}"] == "xplant")
    #expect(values["${cluster.domain}"] == "xplant.example")
    #expect(values["${storage.endpoint}"] == "xhttp://127.0.0.1:3900")
    #expect(values["${storage.host}"] == "x127.0.0.1")
    #expect(values["${storage.port}"] == "x3900")
    #expect(values["${storage.region}"] == "xgarage")
    #expect(values["${directory.url}"] == "xldap://127.0.0.1:3890")
    #expect(values["${directory.baseDN}"] == "xdc=plant,dc=example")
    #expect(values["${bucket.NAME.name}"] == "xfirst.plant.example")
    #expect(values["${bucket.NAME.endpoint}"] == "xhttp://127.0.0.1:3900")
    #expect(values["${bucket.NAME.url}"] == "xhttp://127.0.0.1:3900/first.plant.example")
    #expect(values["${bucket.NAME.website}"] == "xhttp://first.plant.example:3902")
    #expect(values["${node.name}"] == "xlaptop")
    #expect(values["${node.address}"] == "x192.168.1.20")
    #expect(values["${node.zone}"] == "xhome")
    #expect(values["${service.name}"] == "xs")
    #expect(values["${service.folder}"] == "x/srv/rhizome/s")
    for field in ReferenceTable.fields { #expect(values[field.form]?.isSensitive == field.isSecret) }
    #expect(values["${secret.NAME}"]?.text?.count == 33)
    #expect(values["${accessKey.NAME.secret}"]?.text?.count == 65)
    #expect(values["${accessKey.NAME.id}"]?.text?.hasPrefix("xGK") == true)
    #expect(service.attributes["run"]["process"]["command"] == ["a", "/srv/rhizome/s/b"])
    #expect(
      service.dependencies == [
        Address(.node, "laptop"), Address(.secret, "one"), Address(.accessKey, "one"), Address(.bucket, "one"),
        Address(.grant, "one.one"),
      ]
    )
  }

  @Test("generated values have their form, and change with their generation")
  func generated() throws {
    let desired = try resolve(
      """
      ---
      {apiVersion: rhizome/v1, kind: Secret, metadata: {name: a}, spec: {generated: {length: 50, alphabet: hex}}}
      ---
      {apiVersion: rhizome/v1, kind: AccessKey, metadata: {name: k}}
      ---
      {apiVersion: rhizome/v1, kind: AccessKey, metadata: {name: n}, spec: {generation: 2}}
      """
    )
    let secret = try #require(desired.resources[Address(.secret, "a")]?.attributes["value"].text)
    #expect(secret.count == 50 && secret.allSatisfy { "0123456789abcdef".contains($0) })
    let key = try #require(desired.resources[Address(.accessKey, "k")]?.attributes)
    #expect(TextRule.accessKeyID.problem(with: key["id"].text ?? "") == nil)
    #expect(key["secret"].isSensitive && key["secret"].text?.count == 64)
    #expect(key["id"] != desired.resources[Address(.accessKey, "n")]?.attributes["id"])
  }

  @Test("passwords, imported keys and defaults are filled in")
  func filledIn() throws {
    let desired = try resolve(
      """
      ---
      {apiVersion: rhizome/v1, kind: Secret, metadata: {name: a}, spec: {sealed: "-----BEGIN CMS-----good"}}
      ---
      apiVersion: rhizome/v1
      kind: AccessKey
      metadata: {name: k}
      spec: {imported: {id: GK31c2f218a2e44f485b94239e, secret: a}}
      ---
      {apiVersion: rhizome/v1, kind: Bucket, metadata: {name: media}}
      ---
      {apiVersion: rhizome/v1, kind: User, metadata: {name: alice}, spec: {password: {secret: a}}}
      ---
      {apiVersion: rhizome/v1, kind: User, metadata: {name: bob}, spec: {password: {hash: "{SSHA}x"}}}
      ---
      {apiVersion: rhizome/v1, kind: User, metadata: {name: eve}, spec: {displayName: Eve B}}
      """
    )
    let key = try #require(desired.resources[Address(.accessKey, "k")]?.attributes)
    #expect(key["id"] == "GK31c2f218a2e44f485b94239e")
    #expect(key["secret"].text == "opened" && key["secret"].isSensitive)
    #expect(desired.resources[Address(.secret, "a")]?.attributes["sealed"] == .null)
    #expect(desired.resources[Address(.bucket, "media")]?.attributes["aliases"] == ["media"])
    #expect(desired.cluster?.attributes["directory"]["baseDN"] == "dc=plant,dc=example")
    let alice = desired.resources[Address(.user, "alice")]?.attributes
    #expect(alice?["password"]["cleartext"].isSensitive == true && alice?["password"]["cleartext"].text == "opened")
    #expect(alice?["surname"] == "alice" && alice?["password"]["secret"] == .null)
    #expect(desired.resources[Address(.user, "bob")]?.attributes["password"]["hash"].isSensitive == true)
    #expect(desired.resources[Address(.user, "eve")]?.attributes["surname"] == "Eve B")
  }

  @Test("what cannot be determined is told with its place, and no secret in it")
  func unresolved() throws {
    let text = """
      ---
      {apiVersion: rhizome/v1, kind: Node, metadata: {name: tower}, spec: {zone: home}}
      ---
      {apiVersion: rhizome/v1, kind: Node, metadata: {name: box}, spec: {zone: home}}
      ---
      {apiVersion: rhizome/v1, kind: Secret, metadata: {name: a}, spec: {sealed: "-----BEGIN CMS-----bad"}}
      ---
      apiVersion: rhizome/v1
      kind: Service
      metadata: {name: s}
      spec: {replicas: 2, run: {process: {command: ["${node.name}"]}}, environment: {A: "${secret.a}"}}
      """
    let desired = try #require(load(foundation + text).desired)
    var context = Self.context
    context.localNode = "elsewhere"
    let result = Resolver.resolve(desired, with: context)
    #expect(
      result.diagnostics.map(\.message) == [
        "Secret/a is sealed and cannot be opened: no key fits",
        "'${secret.a}' of Service/s cannot be determined here",
        "'${node.name}' of Service/s cannot be determined here",
      ]
    )
  }

  @Test("a mapping without a declared address leads to the one that was found")
  func foundAddress() throws {
    let text = """
      ---
      {apiVersion: rhizome/v1, kind: Node, metadata: {name: tower}, spec: {zone: home}}
      ---
      apiVersion: rhizome/v1
      kind: Service
      metadata: {name: s}
      spec: {run: {builtin: s3}, placement: {nodes: [tower]}, ports: [{name: a, port: 1, public: {port: 2}}]}
      """
    var context = Self.context
    context.nodeAddresses = ["tower": "192.168.1.77"]
    let result = Resolver.resolve(try #require(load(foundation + text).desired), with: context)
    let mapping = result.desired.resources[Address(.portMapping, "home.tcp-2")]
    #expect(mapping?.attributes["internalAddress"] == "192.168.1.77")
  }
}

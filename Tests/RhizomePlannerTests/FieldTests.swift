import RhizomeModel
import Testing

@testable import RhizomePlanner

/// One field of one kind.
struct FieldCase: Sendable, CustomTestStringConvertible {
  let kind: Kind
  let field: FieldSchema
  var testDescription: String { "\(kind).\(field.name)" }
  var address: Address { Address(kind, "x") }

  static let all: [FieldCase] = Kind.allCases.flatMap { kind in
    Schema.spec(of: kind).fields.map { FieldCase(kind: kind, field: $0) }
  }

  func resource(_ value: Value) -> Resource {
    Resource(address, attributes: .map([field.name: value]))
  }
}

@Suite("Every field of every kind")
struct FieldTests {
  @Test(
    "shows no drift and no change straight after it was made, however the engine writes it",
    arguments: FieldCase.all
  )
  func quiet(_ example: FieldCase) {
    let value = example.field.type.sample(1)
    var scene = Scene()
    scene.add(converged: example.resource(value))
    scene.observed[example.address] = present(.map([example.field.name: example.field.type.noisy(value)]))
    let plan = scene.plan()
    #expect(plan.actions == [])
    #expect(plan.drift == [])
  }

  @Test("shows drift and heals when somebody else changes it, if it is the manifest's", arguments: FieldCase.all)
  func drift(_ example: FieldCase) {
    var scene = Scene()
    scene.add(converged: example.resource(example.field.type.sample(1)))
    scene.observed[example.address] = present(.map([example.field.name: example.field.type.sample(2)]))
    let plan = scene.plan()
    let isCompared = example.field.ownership == .manifest
    #expect(plan.lines == (isCompared ? ["update \(example.address)"] : []))
    #expect(plan.drift.isEmpty == !isCompared)
    for entry in plan.drift { #expect(entry.field?.steps.first == example.field.name) }
    #expect(plan.drift.map(\.field) == plan.actions.flatMap { $0.changes.map(\.path) })
  }

  @Test("is given at creation, unless it only steers planning", arguments: FieldCase.all)
  func creation(_ example: FieldCase) {
    var scene = Scene()
    scene.desired = [example.resource(example.field.type.sample(1))]
    scene.observed[example.address] = .absent
    let changes = scene.plan().actions.flatMap(\.changes).filter { $0.path.steps.first == example.field.name }
    #expect(changes.isEmpty == (example.field.ownership == .planning))
  }

  @Test("a whole kind is quiet after creation", arguments: Kind.allCases)
  func whole(kind: Kind) {
    let schema = Schema.spec(of: kind)
    var scene = Scene()
    scene.add(converged: Resource(Address(kind, "x"), attributes: schema.sample(3)))
    scene.observed[Address(kind, "x")] = present(schema.noisy(schema.sample(3)))
    #expect(scene.plan().actions == [])
    #expect(scene.plan().drift == [])
  }
}

@Suite("What is not written")
struct NotWrittenTests {
  /// Fields of the manifest that may be left out, and have no default.
  private static let optional = FieldCase.all.filter { example in
    example.field.ownership == .manifest && example.field.defaultValue == nil && !example.field.isRequired
  }

  private func scene(_ example: FieldCase, seen: Value) -> Scene {
    var scene = Scene()
    scene.add(converged: Resource(example.address, attributes: [:]))
    scene.observed[example.address] = present(seen)
    return scene
  }

  @Test(
    "is drift where somebody else set it and not written means none, and is left alone otherwise",
    arguments: optional
  )
  func setBySomebodyElse(_ example: FieldCase) {
    let plan = scene(example, seen: .map([example.field.name: example.field.type.sample(1)])).plan()
    #expect(plan.drift.isEmpty == !example.field.isNoneUnlessWritten)
    #expect(plan.drift.allSatisfy { $0.kind == .extra && $0.field?.steps.first == example.field.name })
    #expect(plan.drift.map(\.field) == plan.actions.flatMap { $0.changes.map(\.path) })
    #expect(plan.actions.flatMap(\.changes).allSatisfy { $0.to.isNull })
  }

  @Test("is no drift where an engine cannot show it, or shows that there is none", arguments: optional)
  func none(_ example: FieldCase) {
    let name = example.field.name
    for seen: Value in [[:], .map([name: .null]), .map([name: [:]]), .map([name: ["a": .null, "b": .null]])] {
      #expect(scene(example, seen: seen).plan().drift == [], "\(seen)")
      #expect(scene(example, seen: seen).plan().actions == [], "\(seen)")
    }
  }

  @Test(
    "the kinds of storage and the firewall watch what is not written; what people look after themselves is left to them"
  )
  func decisions() {
    let watched = Self.optional.filter(\.field.isNoneUnlessWritten).map { "\($0.kind.rawValue).\($0.field.name)" }
    #expect(
      watched == [
        "AccessKey.displayName", "AccessKey.expiry", "Bucket.website", "Bucket.quotas", "Bucket.cors",
        "Bucket.lifecycle",
      ]
    )
    let opening: Value = ["protocol": "tcp", "port": 22, "from": "lan"]
    var wider = opening
    wider["to"] = 30
    let openings = { (opening: Value) -> Value in ["policy": "drop", "openings": ["ssh": opening]] }
    let found = Differ.differences(
      Schema.spec(of: .firewall),
      wanted: openings(opening),
      prior: openings(opening),
      seen: openings(wider)
    )
    #expect(found.map(\.change) == [FieldChange(path: FieldPath(["openings", "ssh", "to"]), from: 30, to: .null)])
  }

  @Test("an empty list is written, and says that there shall be none")
  func writtenAsEmpty() {
    let user: Value = ["mail": [], "sshKeys": []]
    let seen: Value = ["mail": ["a@x.example"], "sshKeys": [], "givenName": "A"]
    let found = Differ.differences(Schema.spec(of: .user), wanted: user, prior: user, seen: seen)
    #expect(found.map(\.change.path.description) == ["mail"])
  }

  @Test("is left as it is where the policy says so, and kept while another field is put back")
  func policies() {
    var scene = Scene()
    let rule = [FieldPath(["quotas", "size"]): DriftPolicy.report]
    let made: Value = ["website": ["index": "a.html"]]
    scene.add(converged: bucket("b", made, policies: Policies(fieldDrift: rule)))
    scene.observed[bucket("b").address] = present([
      "quotas": ["size": 5, "objects": 7], "website": ["index": "b.html"],
    ])
    #expect(
      scene.plan().drift.map { "\($0.field?.description ?? "") \($0.policy)" } == [
        "quotas.objects heal", "quotas.size report", "website.index heal",
      ]
    )
    #expect(scene.plan().actions.flatMap { $0.changes.map(\.path.description) } == ["quotas.objects", "website.index"])
  }

  @Test("a web site that says nothing but its defaults comes and goes all the same")
  func wholes() {
    let plain: Value = ["website": ["index": "index.html"]]
    let schema = Schema.spec(of: .bucket)
    let lost = Differ.differences(schema, wanted: plain, prior: plain, seen: .map(["website": .null]))
    #expect(lost.map(\.change) == [FieldChange(path: FieldPath(["website"]), from: .null, to: plain["website"])])
    let declared = Differ.differences(schema, wanted: plain, prior: [:], seen: nil)
    #expect(declared.map(\.change.path.description) == ["website"])
    let gained = Differ.differences(schema, wanted: [:], prior: [:], seen: plain)
    #expect(gained.map(\.change) == [FieldChange(path: FieldPath(["website"]), from: plain["website"], to: .null)])
  }
}

@Suite("Diffing")
struct DiffingTests {
  private func differences(_ kind: Kind, _ wanted: Value, prior: Value? = nil, seen: Value?) -> [FieldChange] {
    Differ.differences(Schema.spec(of: kind), wanted: wanted, prior: prior, seen: seen).map(\.change)
  }

  @Test("a port of a service that goes, comes or changes is told by its name")
  func keyedLists() {
    let http: Value = ["name": "http", "port": 80, "protocol": "tcp"]
    let ssh: Value = ["name": "ssh", "port": 22, "protocol": "tcp"]
    let moved: Value = ["name": "http", "port": 8080, "protocol": "tcp"]
    let found = differences(.service, ["ports": ["http": moved]], seen: ["ports": ["http": http, "ssh": ssh]])
    #expect(found.map(\.path.description).filter { $0.hasPrefix("ports") } == ["ports.http.port", "ports.ssh"])
  }

  @Test("a public port is not a change of its service")
  func publicPorts() {
    let before: Value = ["ports": ["http": ["name": "http", "port": 80, "protocol": "tcp"]]]
    var after = before
    after[FieldPath(["ports", "http", "public", "port"])] = 443
    #expect(differences(.service, after, prior: before, seen: before) == [])
  }

  @Test("a variable that somebody else added is theirs; one that we set and no longer declare goes")
  func maps() {
    let found = differences(
      .service,
      ["environment": ["A": "1"]],
      prior: ["environment": ["A": "1", "B": "2"]],
      seen: ["environment": ["A": "1", "B": "2", "C": "3"]]
    )
    #expect(found == [FieldChange(path: FieldPath(["environment", "B"]), from: "2", to: .null)])
  }

  @Test("values beside the schema are compared with what was made")
  func extras() {
    let old = Value.sensitive(Sensitive(fingerprint: "1", cleartext: "hunter2"))
    let new = Value.sensitive(Sensitive(fingerprint: "2", cleartext: "hunter3"))
    let found = differences(.accessKey, ["id": "GK1", "secret": new], prior: ["id": "GK1", "secret": old], seen: [:])
    #expect(found.map(\.path.description) == ["secret"])
    #expect(!found.contains { $0.to.holdsCleartext || $0.from.holdsCleartext })
  }

  @Test("a secret that the engine shows as plain text is recognised, and masked when it differs")
  func shownSecrets() {
    let secret = Value.sensitive(Sensitive(fingerprint: "1", cleartext: "hunter2"))
    #expect(differences(.secret, ["value": secret], seen: ["value": "hunter2"]) == [])
    let found = differences(.secret, ["value": secret], seen: ["value": "other"])
    #expect(found.map { $0.from.isSensitive } == [true])
  }

  @Test("what an engine leaves unset is at its default")
  func unset() {
    let seen: Value = ["website": ["error": "404.html"]]
    #expect(differences(.bucket, ["website": ["index": "index.html", "error": "404.html"]], seen: seen) == [])
    #expect(differences(.bucket, ["website": ["index": "a.html", "error": "404.html"]], seen: seen).count == 1)
  }

  @Test("a new field with a default is no change where the engine does not show it")
  func newDefaults() {
    #expect(differences(.accessKey, ["createBucket": false], prior: [:], seen: [:]) == [])
    #expect(differences(.accessKey, ["createBucket": true], prior: [:], seen: [:]).count == 1)
  }
}

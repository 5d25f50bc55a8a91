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
    #expect(differences(.bucket, ["website": ["index": "index.html"]], seen: ["website": ["error": "404.html"]]) == [])
    #expect(differences(.bucket, ["website": ["index": "a.html"]], seen: ["website": ["error": "404.html"]]).count == 1)
  }

  @Test("a new field with a default is no change where the engine does not show it")
  func newDefaults() {
    #expect(differences(.accessKey, ["createBucket": false], prior: [:], seen: [:]) == [])
    #expect(differences(.accessKey, ["createBucket": true], prior: [:], seen: [:]).count == 1)
  }
}

import RhizomeModel
import Testing

@testable import RhizomePlanner

@Suite("From one set of declarations to another")
struct DeclarationComparisonTests {
  private static let cluster = Resource(
    Address(.cluster, "plant"),
    attributes: ["policy": ["deletions": ["max": 1, "percent": 90]]]
  )

  private static func state(_ resources: [Resource]) -> DesiredState {
    DesiredState(clusterName: "plant", source: "folder", resources: [cluster] + resources)
  }

  private static func plan(
    _ before: [Resource],
    _ after: [Resource],
    prune: Bool = true,
    allowing allowed: Int? = nil
  ) -> Plan {
    DeclarationComparison.plan(
      from: state(before),
      to: state(after),
      prune: prune,
      allowedDeletions: allowed,
      now: Timestamp(milliseconds: 0)
    )
  }

  @Test("the same on both sides is nothing to do, references that nobody resolved among it")
  func same() throws {
    let service = Resource(
      Address(.service, "web"),
      attributes: ["environment": ["URL": .template(try Template(parsing: "${bucket.site.endpoint}"))]]
    )
    let resources = [bucket("site", ["quotas": ["objects": 3]]), user("alice"), service]
    #expect(Self.plan(resources, resources).isEmpty)
  }

  private static func fields(_ plan: Plan) -> [String] {
    plan.actions.flatMap { action in action.changes.map { "\(action.address) \($0.path)" } }
  }

  @Test("another generation of a key is another key, and says who loses access")
  func generations() {
    func key(_ generation: Int64) -> Resource {
      Resource(Address(.accessKey, "k"), attributes: ["generation": .integer(generation)])
    }
    let plan = Self.plan([key(1)], [key(2)])
    #expect(Self.fields(plan) == ["AccessKey/k id"])
    #expect(plan.actions.first?.cost?.impact?.contains("lose access at once") == true)
  }

  @Test("a Secret that changes changes the password that it holds; neither hash nor sealed text is shown")
  func secrets() throws {
    func secret(_ generation: Int64) -> Resource {
      Resource(Address(.secret, "s"), attributes: ["generated": ["generation": .integer(generation)]])
    }
    let alice = Resource(Address(.user, "alice"), attributes: ["password": ["secret": "s"]])
    let both = Self.plan([secret(1), alice], [secret(2), alice])
    #expect(Self.fields(both).contains("User/alice password.cleartext"))
    func hashed(_ hash: String) -> Resource {
      Resource(Address(.user, "bob"), attributes: ["password": ["hash": .string(hash)]])
    }
    let plan = Self.plan([hashed("{SSHA}first")], [hashed("{SSHA}second")])
    #expect(Self.fields(plan) == ["User/bob password.hash"])
    let shown = PlanText.render(plan) + PlanMarkdown.render(plan)
    #expect(!shown.contains("SSHA"))
  }

  @Test("a reference to something else is shown as it is written")
  func references() throws {
    func service(_ text: String) throws -> Resource {
      Resource(Address(.service, "web"), attributes: ["environment": ["PW": .template(try Template(parsing: text))]])
    }
    let plan = Self.plan([try service("${secret.a}")], [try service("${accessKey.b.secret}")])
    let change = try #require(plan.actions.first?.changes.first)
    #expect(change.from == "${secret.a}" && change.to == "${accessKey.b.secret}")
  }

  @Test("lifted protection is told, though there is nothing to do")
  func care() {
    let before = [bucket("site", policies: Policies(isProtected: true, drift: .ignore))]
    let after = [bucket("site", policies: Policies(fieldDrift: [FieldPath(["cors"]): .report]))]
    #expect(Self.plan(before, after).isEmpty)
    let told = DeclarationComparison.changesOfCare(from: Self.state(before), to: Self.state(after))
    #expect(told == ["Bucket/site: IS NOT PROTECTED ANY MORE, drift: ignore -> heal, drift of cors: ignore -> report."])
    #expect(DeclarationComparison.changesOfCare(from: Self.state(before), to: Self.state(before)) == [])
  }

  @Test("what is new is created, what changed is updated, what is annotated is taken over")
  func changes() {
    let adopted = bucket("old", policies: Policies(adopts: true))
    let plan = Self.plan([bucket("site")], [bucket("site", ["quotas": ["objects": 3]]), user("bob"), adopted])
    #expect(
      plan.actions.map { "\($0.verb) \($0.address)" }.sorted() == [
        "adopt Bucket/old", "create User/bob", "update Bucket/site",
      ]
    )
    #expect(plan.unknown.isEmpty)
  }

  @Test("nobody claims to have seen that a bucket is empty")
  func buckets() throws {
    let plan = Self.plan(
      [bucket("gone", policies: Policies(deletion: .delete)), bucket("kept", policies: Policies(deletion: .retain))],
      [user("a")],
      allowing: 9
    )
    let verbs = Dictionary(uniqueKeysWithValues: plan.actions.map { ($0.address.name, $0) })
    #expect(verbs["gone"]?.verb == .delete)
    #expect(verbs["gone"]?.cost?.impact == "This waits until the bucket is empty, and cannot be undone.")
    #expect(verbs["kept"]?.verb == .forget)
    #expect(verbs["kept"]?.reason.contains("0 objects") == false)
  }

  @Test("the seatbelts hold, and the permission to prune is asked for")
  func seatbelts() {
    let before = [user("a"), user("b"), user("c")]
    #expect(Self.plan(before, [user("a")]).refusals.map(\.rule) == [.tooManyDeletions])
    #expect(Self.plan(before, [user("a")], allowing: 2).refusals.isEmpty)
    #expect(Self.plan(before, []).refusals.map(\.rule).contains(.emptyTree))
    #expect(Self.plan(before, [user("a")], prune: false).unpruned.map(\.name) == ["b", "c"])
  }

  @Test("from nothing, everything is created")
  func fromNothing() {
    let nothing = DesiredState(clusterName: "", source: "x", resources: [])
    let now = Timestamp(milliseconds: 0)
    let after = Self.state([user("a")])
    let plan = DeclarationComparison.plan(from: nothing, to: after, prune: true, allowedDeletions: nil, now: now)
    #expect(plan.actions.allSatisfy { $0.verb == .create })
    #expect(plan.actions.count == 2)
    #expect(plan.refusals.isEmpty)
  }

  private static func changed(_ before: Value, _ after: Value, _ rest: [Resource] = [user("a")]) -> [Seatbelt] {
    func state(_ attributes: Value) -> DesiredState {
      DesiredState(
        clusterName: "plant",
        source: "git",
        resources: [Resource(Address(.cluster, "plant"), attributes: attributes)] + rest
      )
    }
    let now = Timestamp(milliseconds: 0)
    let plan = DeclarationComparison.plan(
      from: state(before),
      to: state(after),
      prune: true,
      allowedDeletions: nil,
      now: now
    )
    return plan.refusals.map(\.rule)
  }

  @Test("what the running cluster will refuse is refused here, too: another suffix, another engine")
  func engines() {
    #expect(Self.changed(["domain": "plant.example"], ["domain": "wood.example"]) == [.otherSuffix])
    let kept: Value = ["domain": "wood.example", "directory": ["baseDN": "dc=plant,dc=example"]]
    #expect(Self.changed(["domain": "plant.example"], kept) == [])
    let elsewhere: Value = ["domain": "plant.example", "directory": ["engine": "ldap", "baseDN": "dc=else"]]
    #expect(Self.changed(["domain": "plant.example"], elsewhere) == [.otherEngine])
    #expect(Self.changed(["domain": "plant.example"], elsewhere, []) == [])
    let garage: Value = ["storage": ["engine": "garage"]]
    #expect(Self.changed(["storage": ["engine": "embedded"]], garage, [bucket("site")]) == [.otherEngine])
    #expect(Self.changed(["storage": ["engine": "embedded"]], garage) == [])
  }
}

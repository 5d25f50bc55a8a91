import RhizomeModel
import Testing

@testable import RhizomePlanner

/// One way in which a resource can be declared, remembered and there, and what follows.
struct MatchingCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var declared: Value? = ["quotas": ["objects": 5]]
  var policies = Policies()
  var recorded: Value?
  var recordPolicies = Policies()
  var recordSource = "folder"
  var recordEngineID: String?
  var intent: Action.Verb?
  var observation = Observation.absent
  var prune = true
  /// The first word of the outcome, and a piece of its reason.
  let outcome: String
  var reason = ""

  static let site = Address(.bucket, "site")

  var scene: Scene {
    var scene = Scene()
    scene.context.prune = prune
    if let declared { scene.desired = [bucket("site", declared, policies: policies)] }
    if let recorded {
      scene.records = [
        record(
          bucket("site", recorded, policies: recordPolicies),
          source: recordSource,
          engineID: recordEngineID
        )
      ]
    }
    if let intent {
      scene.intents = [Intent(address: Self.site, verb: intent, revision: 1, startedAt: noon)]
    }
    scene.observed = [Self.site: observation]
    return scene
  }
}

private let five: Value = ["quotas": ["objects": 5]]
private let nine: Value = ["quotas": ["objects": 9]]
private let site = MatchingCase.site
private let empty: [String: Value] = ["objects": 0, "bytes": 0]
private let full: [String: Value] = ["objects": 2, "bytes": 2048]

private let declaredCases: [MatchingCase] = [
  .init(testDescription: "new", outcome: "create", reason: "does not exist"),
  .init(testDescription: "gone", recorded: five, outcome: "create", reason: "is gone"),
  .init(testDescription: "as it shall be", recorded: five, observation: present(five), outcome: "nothing"),
  .init(
    testDescription: "edited",
    recorded: nine,
    observation: present(nine),
    outcome: "update",
    reason: "its declaration changed"
  ),
  .init(
    testDescription: "drifted",
    recorded: five,
    observation: present(nine),
    outcome: "update",
    reason: "somebody else changed it"
  ),
  .init(testDescription: "not ours", observation: present(five), outcome: "blocked", reason: "rhizome/adopt"),
  .init(
    testDescription: "not ours, to be adopted",
    policies: Policies(adopts: true),
    observation: present(nine),
    outcome: "adopt",
    reason: "take it over"
  ),
  .init(
    testDescription: "our mark, no record",
    observation: present(five, mark: mark(site)),
    outcome: "adopt",
    reason: "have no record of it any more"
  ),
  .init(
    testDescription: "an intent, no mark",
    intent: .create,
    observation: present(five),
    outcome: "adopt",
    reason: "about to make it"
  ),
  .init(
    testDescription: "an intent, another cluster's mark",
    intent: .create,
    observation: present(five, mark: mark(site, cluster: "c2")),
    outcome: "blocked",
    reason: "another cluster"
  ),
  .init(
    testDescription: "the mark of another resource of ours",
    observation: present(five, mark: mark(Address(.bucket, "old"))),
    outcome: "blocked",
    reason: "made as Bucket/old"
  ),
  .init(
    testDescription: "recorded, now marked by another cluster",
    recorded: five,
    observation: present(five, mark: mark(site, cluster: "c2")),
    outcome: "blocked",
    reason: "'c2'"
  ),
  .init(
    testDescription: "marked by who may have been this cluster, before its records were lost",
    observation: present(five, mark: mark(site, cluster: "4f1c09ab27d6e358")),
    outcome: "blocked",
    reason: "start with --cluster-id 4f1c09ab27d6e358 on a data folder that holds nothing but objects and the keys"
  ),
  .init(
    testDescription: "marked by who shows the beginning of its id only",
    observation: present(five, mark: mark(site, cluster: "4f1c09ab")),
    outcome: "blocked",
    reason: "its whole id, which begins like that"
  ),
  .init(
    testDescription: "replaced by somebody's new object",
    recorded: five,
    recordEngineID: "a",
    observation: present(five, engineID: "b"),
    outcome: "blocked",
    reason: "another object in its place"
  ),
  .init(
    testDescription: "not looked at",
    recorded: nine,
    observation: .unknown(reason: "timed out"),
    outcome: "unknown",
    reason: "timed out"
  ),
  .init(
    testDescription: "policy report: drift stays",
    policies: Policies(drift: .report),
    recorded: five,
    observation: present(nine),
    outcome: "nothing"
  ),
  .init(
    testDescription: "policy report: a gone one stays gone",
    policies: Policies(drift: .report),
    recorded: five,
    outcome: "nothing"
  ),
  .init(
    testDescription: "policy report: a change of the declaration acts",
    policies: Policies(drift: .report),
    recorded: nine,
    observation: present(["quotas": ["objects": 7]]),
    outcome: "update"
  ),
  .init(
    testDescription: "an ignored field",
    policies: Policies(fieldDrift: [FieldPath(["quotas"]): .ignore]),
    recorded: five,
    observation: present(nine),
    outcome: "nothing"
  ),
  .init(
    testDescription: "a field that is only told, of a resource that is healed",
    policies: Policies(fieldDrift: [FieldPath(["quotas", "objects"]): .report]),
    recorded: five,
    observation: present(nine),
    outcome: "nothing"
  ),
  .init(
    testDescription: "a field that is healed, of a resource that is ignored",
    policies: Policies(drift: .ignore, fieldDrift: [FieldPath(["quotas"]): .heal]),
    recorded: five,
    observation: present(nine),
    outcome: "update",
    reason: "somebody else changed it"
  ),
  .init(
    testDescription: "a resource that is gone is dealt with as a whole",
    policies: Policies(drift: .report, fieldDrift: [FieldPath(["quotas"]): .heal]),
    recorded: five,
    outcome: "nothing"
  ),
  .init(
    testDescription: "a field that the engine does not show",
    recorded: five,
    observation: present([:]),
    outcome: "nothing"
  ),
  .init(
    testDescription: "a field that the engine does not show, edited",
    recorded: nine,
    observation: present([:]),
    outcome: "update"
  ),
  .init(
    testDescription: "a field that the engine shows as unset",
    recorded: five,
    observation: present(.map(["quotas": .null])),
    outcome: "update",
    reason: "somebody else"
  ),
  .init(
    testDescription: "a field that is no longer declared",
    declared: [:],
    recorded: five,
    observation: present(five),
    outcome: "update",
    reason: "its declaration changed"
  ),
  .init(
    testDescription: "a field that was never declared, and is there",
    declared: [:],
    recorded: [:],
    observation: present(five),
    outcome: "update",
    reason: "somebody else changed it"
  ),
  .init(
    testDescription: "a field that was never declared, and is left to others",
    declared: [:],
    policies: Policies(drift: .report),
    recorded: [:],
    observation: present(five),
    outcome: "nothing"
  ),
]

private let undeclaredCases: [MatchingCase] = [
  .init(
    testDescription: "undeclared and empty",
    declared: nil,
    recorded: five,
    observation: present(five, facts: empty),
    outcome: "delete"
  ),
  .init(
    testDescription: "undeclared, nobody said to prune",
    declared: nil,
    recorded: five,
    observation: present(five, facts: empty),
    prune: false,
    outcome: "unpruned"
  ),
  .init(
    testDescription: "undeclared with content",
    declared: nil,
    recorded: five,
    observation: present(five, facts: full),
    outcome: "blocked",
    reason: "2 objects (2.0 KiB)"
  ),
  .init(
    testDescription: "undeclared, content not known",
    declared: nil,
    recorded: five,
    observation: present(five),
    outcome: "blocked",
    reason: "did not say whether it is empty"
  ),
  .init(
    testDescription: "undeclared and retained",
    declared: nil,
    recorded: five,
    recordPolicies: Policies(deletion: .retain),
    observation: present(five, facts: full),
    outcome: "forget",
    reason: "retained: 2 objects (2.0 KiB)"
  ),
  .init(
    testDescription: "undeclared and protected",
    declared: nil,
    recorded: five,
    recordPolicies: Policies(isProtected: true),
    observation: present(five, facts: empty),
    outcome: "blocked",
    reason: "protected"
  ),
  .init(testDescription: "undeclared and gone", declared: nil, recorded: five, prune: false, outcome: "forget"),
  .init(
    testDescription: "undeclared and not looked at",
    declared: nil,
    recorded: five,
    observation: .unknown(reason: "timed out"),
    outcome: "unknown"
  ),
  .init(
    testDescription: "of another source",
    declared: nil,
    recorded: five,
    recordSource: "git",
    observation: present(five, facts: empty),
    outcome: "unpruned"
  ),
  .init(
    testDescription: "undeclared, and taken by another cluster",
    declared: nil,
    recorded: five,
    observation: present(five, mark: mark(site, cluster: "c2"), facts: empty),
    outcome: "forget",
    reason: "not ours"
  ),
  .init(
    testDescription: "undeclared after a crash while it was made: data stays",
    declared: nil,
    intent: .create,
    observation: present(five, mark: mark(site), facts: empty),
    outcome: "forget",
    reason: "retained"
  ),
  .init(
    testDescription: "undeclared after a crash before it was made",
    declared: nil,
    intent: .create,
    outcome: "forget",
    reason: "gone"
  ),
]

@Suite("Matching")
struct MatchingTests {
  @Test(
    "every case has its outcome, in the plan and for the single resource",
    arguments: declaredCases + undeclaredCases
  )
  func outcome(_ example: MatchingCase) {
    let scene = example.scene
    let decision = scene.decide(site)
    let (word, reason) = describe(decision)
    #expect(word == example.outcome)
    #expect(reason.contains(example.reason), "\(reason)")
    let plan = scene.plan()
    #expect(scene.problems(plan) == [])
    #expect(plan.actions.map(\.verb) == decision.action.map { [$0.verb] } ?? [])
    #expect(plan.actions.map(\.changes) == decision.action.map { [$0.changes] } ?? [])
    #expect(plan.unknown.map(\.address) == (word == "unknown" ? [site] : []))
    #expect(plan.unpruned + (plan.takeover?.kept ?? []) == (word == "unpruned" ? [site] : []))
  }

  private func describe(_ decision: Decision) -> (String, String) {
    switch decision.outcome {
    case .nothing: ("nothing", "")
    case .act(let action): (action.verb.rawValue, action.reason)
    case .unknown(let reason): ("unknown", reason)
    case .unpruned: ("unpruned", "")
    case .held(let caretaker): ("held", caretaker)
    }
  }

  @Test("a port that leads to another device is not taken over, whatever is annotated", arguments: [true, false])
  func takenPort(adopts: Bool) {
    var scene = Scene()
    var wanted = mapping("home", 8443)
    wanted.policies = Policies(adopts: adopts)
    scene.desired = [wanted]
    scene.observed[wanted.address] = present(mapping("home", 8443, to: "10.0.0.9").attributes)
    let plan = scene.plan()
    #expect(plan.lines == ["blocked PortMapping/home.tcp-8443"])
    #expect(plan.actions.first?.reason.contains("choose another public port") == true)
    #expect(plan.actions.first?.reason.contains("rhizome/adopt") == false)
    scene.observed[wanted.address] = present(wanted.attributes)
    #expect(scene.plan().lines == [adopts ? "adopt PortMapping/home.tcp-8443" : "blocked PortMapping/home.tcp-8443"])
  }

  @Test("adopting shows what will change")
  func adoptionShowsDifferences() {
    var scene = Scene()
    scene.desired = [bucket("site", five, policies: Policies(adopts: true))]
    scene.observed = [site: present(nine)]
    let change = FieldChange(path: FieldPath(["quotas", "objects"]), from: 9, to: 5)
    #expect(scene.plan().actions.map(\.changes) == [[change]])
  }

  @Test("an immutable field blocks")
  func immutable() {
    let schema = ObjectSchema([FieldSchema("engine", .text(.any), "", immutable: true)])
    var scene = Scene(schema: { _ in schema })
    scene.add(converged: bucket("site", ["engine": "a"]))
    scene.desired = [bucket("site", ["engine": "b"])]
    let action = scene.plan().actions.first
    #expect(action?.verb == .blocked)
    #expect(action?.reason.contains("'engine' cannot be changed") == true)
  }

  @Test("a record that only lags in what is not compared is told to be written anew")
  func staleRecord() {
    var scene = Scene()
    scene.add(converged: bucket("site", five))
    #expect(!scene.decide(site).recordIsStale)
    scene.desired = [bucket("site", five, policies: Policies(isProtected: true))]
    #expect(scene.decide(site).outcome == .nothing)
    #expect(scene.decide(site).recordIsStale)
  }
}

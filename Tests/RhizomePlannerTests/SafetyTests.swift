import RhizomeModel
import Testing

@testable import RhizomePlanner

@Suite("Seatbelts")
struct SafetyTests {
  private let cluster = Resource(
    Address(.cluster, "plant"),
    attributes: ["policy": ["deletions": ["max": 3, "percent": 50]]]
  )

  private func scene(undeclared: Int, declared: Int = 0) -> Scene {
    var scene = Scene()
    scene.add(converged: cluster)
    for index in 0..<declared { scene.add(converged: user("kept\(index)")) }
    for index in 0..<undeclared { scene.add(undeclared: user("gone\(index)")) }
    return scene
  }

  private func rules(_ scene: Scene) -> [Seatbelt] { scene.plan().refusals.map(\.rule) }

  @Test("an empty tree is refused, whatever is allowed")
  func emptyTree() {
    var scene = scene(undeclared: 1)
    scene.desired = []
    scene.context.allowedDeletions = 100
    #expect(rules(scene) == [.emptyTree])
  }

  @Test("a tree with nothing but its Cluster needs permission")
  func onlyTheCluster() {
    var scene = scene(undeclared: 2)
    #expect(rules(scene).contains(.emptyTree))
    scene.context.allowedDeletions = 2
    #expect(rules(scene) == [])
  }

  @Test("a new cluster may be empty")
  func newCluster() {
    #expect(rules(scene(undeclared: 0)) == [])
    #expect(rules(Scene()) == [])
  }

  @Test(
    "too many removals are refused, by number and by share",
    arguments: [(4, 40, true), (3, 40, false), (3, 1, true)]
  )
  func deletions(undeclared: Int, declared: Int, isRefused: Bool) {
    #expect(rules(scene(undeclared: undeclared, declared: declared)) == (isRefused ? [.tooManyDeletions] : []))
  }

  @Test("the limit that is told is the one that the next attempt has to keep")
  func toldLimit() {
    let refusal = scene(undeclared: 3, declared: 1).plan().refusals.first
    #expect(refusal?.message.contains("lets at most 2 (50 % of 5) pass") == true, "\(String(describing: refusal))")
    #expect(rules(scene(undeclared: 2, declared: 2)) == [])
  }

  @Test("one removal is never too large a share")
  func oneDeletion() {
    #expect(rules(scene(undeclared: 1, declared: 1)) == [])
  }

  @Test("permission for as many, or by name, lets them pass")
  func permission() {
    var scene = scene(undeclared: 4, declared: 40)
    scene.context.allowedDeletions = 3
    #expect(rules(scene) == [.tooManyDeletions])
    #expect(scene.plan().refusals.first?.message.contains("--allow-deletions 4") == true)
    scene.context.allowedDeletions = 4
    #expect(rules(scene) == [])
    scene.context.allowedDeletions = nil
    scene.context.approvedDeletions = [user("gone0").address]
    #expect(rules(scene) == [])
  }

  @Test("what cannot be looked at and is to go counts like what goes now", arguments: [true, false])
  func waitingRemovals(prune: Bool) {
    var scene = scene(undeclared: 4, declared: 4)
    scene.context.prune = prune
    for index in 0..<4 { scene.observed[user("gone\(index)").address] = .unknown(reason: "no answer") }
    #expect(scene.plan().unknown.map(\.isRemoval) == Array(repeating: prune, count: 4))
    #expect(rules(scene) == (prune ? [.tooManyDeletions] : []))
    scene.context.allowedDeletions = 4
    #expect(rules(scene) == [])
  }

  @Test("what is gone already is no removal")
  func gone() {
    var scene = scene(undeclared: 4, declared: 4)
    for index in 0..<4 { scene.observed[user("gone\(index)").address] = .absent }
    #expect(rules(scene) == [])
  }

  @Test("a protected resource refuses the plan, also when its declaration is long gone")
  func protected() {
    var scene = scene(undeclared: 0, declared: 9)
    scene.add(undeclared: user("root", policies: Policies(isProtected: true)))
    #expect(rules(scene) == [.protectedResource])
    scene.context.prune = false
    #expect(rules(scene) == [])
    #expect(scene.plan().unpruned == [user("root").address])
  }

  @Test("another cluster's manifests are refused")
  func otherCluster() {
    var scene = scene(undeclared: 0, declared: 1)
    scene.clusterName = "forest"
    scene.desired.append(Resource(Address(.cluster, "forest"), attributes: [:]))
    #expect(rules(scene).contains(.otherCluster))
  }

  @Test("the last administrator stays", arguments: [true, false])
  func lastAdministrator(byUser: Bool) {
    var scene = scene(undeclared: 0, declared: 9)
    scene.add(converged: group("admins", ["alice"]))
    if byUser { scene.add(undeclared: user("alice")) } else { scene.add(converged: user("alice")) }
    #expect(rules(scene) == (byUser ? [.lastAdministrator] : []))
    if byUser { return }
    scene.desired.removeAll { $0.address.kind == .group }
    scene.desired.append(group("admins", []))
    #expect(rules(scene) == [.lastAdministrator])
    scene.desired.append(
      Resource(Address(.group, "board"), attributes: ["members": ["alice"]], labels: ["administrators": "true"])
    )
    #expect(rules(scene) == [])
  }

  @Test("the last key that owns a bucket stays")
  func lastOwner() {
    var scene = scene(undeclared: 0, declared: 9)
    scene.add(converged: bucket("b"))
    scene.add(converged: key("k"))
    scene.add(undeclared: grant("b", "k", ["owner": true]))
    #expect(rules(scene) == [.lastOwnerKey])
    scene.context.approvedDeletions = [grant("b", "k").address]
    #expect(rules(scene) == [])
    scene.context.approvedDeletions = []
    scene.add(converged: key("l"))
    scene.add(converged: grant("b", "l", ["owner": true]))
    #expect(rules(scene) == [])
  }

  @Test("what breaks an invariant is found out")
  func validation() {
    var scene = Scene()
    scene.add(converged: bucket("b"))
    scene.observed[bucket("b").address] = .unknown(reason: "")
    let plan = Plan(clusterName: "plant", actions: [Action(.delete, bucket("b").address, reason: "")])
    #expect(scene.problems(plan).count == 2)
  }
}

@Suite("Drift")
struct DriftTests {
  private let address = user("u").address

  private func drift(_ desired: Value, prior: Value, seen: Value, policies: Policies = Policies()) -> [DriftEntry] {
    var scene = Scene()
    scene.desired = [user("u", desired, policies: policies)]
    scene.records = [record(user("u", prior))]
    scene.observed[address] = present(seen)
    return scene.plan().drift
  }

  @Test("tells desired, prior and observed")
  func values() {
    let found = drift(["surname": "c"], prior: ["surname": "a"], seen: ["surname": "b"])
    #expect(
      found == [
        DriftEntry(
          address: address,
          field: FieldPath(["surname"]),
          kind: .changed,
          desired: "c",
          prior: "a",
          observed: "b",
          policy: .heal
        )
      ]
    )
  }

  @Test("is missing, extra or changed")
  func kinds() {
    let gone = drift(["mail": ["a@x"]], prior: ["mail": ["a@x"]], seen: ["mail": []])
    #expect(gone.map(\.kind) == [.missing])
    let more = drift(["mail": ["a@x"]], prior: ["mail": ["a@x"]], seen: ["mail": ["a@x", "b@x"]])
    #expect(more.map(\.kind) == [.changed])
  }

  @Test("is silent for the person's own fields, under ignore, and where reality is what was wanted")
  func silence() {
    let secret: Value = ["hash": "{SSHA}1"], other: Value = ["hash": "{SSHA}2"]
    #expect(drift(["password": secret], prior: ["password": secret], seen: ["password": other]) == [])
    let (one, two): (Value, Value) = (["surname": "a"], ["surname": "b"])
    let surname = FieldPath(["surname"])
    let told = drift(one, prior: one, seen: two, policies: Policies(drift: .ignore, fieldDrift: [surname: .report]))
    #expect(told.map(\.field) == [surname] && told.map(\.policy) == [.report])
    #expect(drift(one, prior: one, seen: two, policies: Policies(drift: .ignore)) == [])
    #expect(drift(one, prior: one, seen: two, policies: Policies(fieldDrift: [FieldPath(["surname"]): .ignore])) == [])
    #expect(drift(two, prior: one, seen: two) == [])
  }

  @Test("a failed look and a missing resource are entries of their own, and so are foreign objects")
  func whole() {
    var scene = Scene()
    scene.add(converged: user("gone"))
    scene.observed[user("gone").address] = .absent
    scene.add(converged: user("hidden"))
    scene.observed[user("hidden").address] = .unknown(reason: "timed out")
    scene.foreign = [
      ForeignObject(address: bucket("y").address, mark: mark(bucket("y").address), summary: "a bucket"),
      ForeignObject(address: bucket("x").address, summary: "a bucket"),
    ]
    let drift = scene.plan().drift
    #expect(drift.map(\.kind) == [.missing, .unknown, .extra, .extra])
    #expect(drift.map(\.standing) == [nil, nil, .stranger, .orphan])
  }

  @Test("what was declared and never made is told where nobody could look, and where something stands in its place")
  func neverMade() {
    var scene = Scene()
    let ignored = Policies(drift: .ignore)
    scene.desired = [user("hidden"), user("taken"), user("new"), bucket("ignored", policies: ignored)]
    scene.observed[user("hidden").address] = .unknown(reason: "timed out")
    scene.observed[user("taken").address] = present([:])
    scene.observed[user("new").address] = .absent
    scene.observed[bucket("ignored").address] = .unknown(reason: "timed out")
    let drift = scene.plan().drift
    #expect(drift.map { "\($0.address) \($0.kind)" } == ["User/hidden unknown", "User/taken unknown"])
    #expect(drift.map(\.isNeverMade) == [false, true])
    let report = DriftReport(cluster: "plant", generatedAt: noon, entries: drift)
    let texts = [
      report.table, report.wideTable, report.markdown, report.html, report.junit, report.sarif(toolVersion: "1"),
      report.prometheus,
    ]
    for text in texts {
      #expect(text.contains("User/hidden") && text.contains("User/taken"), "\(text)")
      #expect(!text.contains("No drift") && !text.contains("verything is as"), "\(text)")
    }
    #expect(report.table.contains("never made: it exists already and is not ours"), "\(report.table)")
    #expect(report.table.contains("made as soon as nothing prevents it"))
  }

  @Test("what somebody put another object in place of is gone, and nothing is done about it")
  func replaced() {
    var scene = Scene()
    scene.add(converged: bucket("b"))
    scene.records = [record(bucket("b"), engineID: "1")]
    scene.observed[bucket("b").address] = .present(ObservedResource(attributes: [:], engineID: "2"))
    let drift = scene.plan().drift
    #expect(scene.plan().lines == ["blocked Bucket/b"])
    #expect(drift.map { "\($0.kind) \($0.policy)" } == ["missing report"])
    #expect(drift.first?.detail?.hasPrefix("somebody put another object in its place") == true)
  }

  @Test("remembers since when")
  func since() {
    let later = noon + 60_000
    let entry = DriftEntry(address: address, kind: .missing, policy: .heal)
    let first = DriftReport(cluster: "plant", generatedAt: noon, entries: [entry])
    let other = DriftEntry(address: bucket("b").address, kind: .missing, policy: .heal)
    let second = DriftReport(cluster: "plant", generatedAt: later, entries: [entry, other], earlier: first.entries)
    #expect(second.entries.map(\.address) == [bucket("b").address, address])
    #expect(second.entries.map(\.since) == [later, noon])
  }
}

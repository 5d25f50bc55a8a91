import RhizomeModel
import RhizomeSource
import Testing

@Suite("An approval is for one plan")
struct GitApprovalTests {
  private static func action(_ verb: Action.Verb, _ name: String, to value: Value = 1, cost: Cost? = nil) -> Action {
    let change = FieldChange(path: FieldPath(["quotas", "objects"]), from: .null, to: value)
    return Action(verb, Address(.bucket, name), reason: "r", changes: [change], cost: cost)
  }

  private static func plan(_ actions: [Action], refusals: [Refusal] = []) -> Plan {
    Plan(clusterName: "plant", actions: actions, refusals: refusals)
  }

  @Test("the same actions are the same plan, whatever their order and cost")
  func same() {
    let shown = GitPlanPrint(Self.plan([Self.action(.delete, "a"), Self.action(.create, "b")]))
    let costly = Self.action(.create, "b", cost: Cost(bytes: 9, duration: 9))
    #expect(shown.changes(in: GitPlanPrint(Self.plan([costly, Self.action(.delete, "a")]))).isEmpty)
  }

  @Test("every difference is named: an action more, one less, another verb, another value")
  func changes() {
    let shown = [
      Self.action(.delete, "a"), Self.action(.create, "b"), Self.action(.update, "c"), Self.action(.update, "d"),
    ]
    let now = [
      Self.action(.create, "b", to: 2), Self.action(.delete, "c"), Self.action(.update, "d"), Self.action(.create, "e"),
    ]
    #expect(
      GitPlanPrint(Self.plan(shown)).changes(in: GitPlanPrint(Self.plan(now))) == [
        "Bucket/a: delete is no longer in it", "Bucket/b: its fields would change otherwise than shown",
        "Bucket/c: update has become delete", "Bucket/e: create has come up",
      ]
    )
  }

  @Test("however large the plan, nothing of it may differ, and the record stays small")
  func large() {
    let many = (0..<5_000).map { Self.action(.create, "b\($0)") }
    let shown = GitPlanPrint(Self.plan(many))
    #expect(shown.entries.count == 2_000 && shown.count == 5_000)
    let other = many.dropLast() + [Self.action(.create, "b4999", to: 3)]
    #expect(!shown.changes(in: GitPlanPrint(Self.plan(Array(other)))).isEmpty)
    let fresh = GitPlanPrint(Self.plan(many.map { Self.action(.delete, $0.address.name) }))
    #expect(shown.changes(in: fresh).count == 21)
  }

  @Test("what could not be shown passes only when it does nothing")
  func notShown() {
    let approval = GitApproval(commit: "c", deletions: nil, plan: nil, given: RevisionApproval(by: "ann"))
    #expect(approval.objection(to: Self.plan([])) == nil)
    #expect(approval.objection(to: Self.plan([Self.action(.create, "a")])) != nil)
  }

  @Test("an approval of a plan that is not shown any more is refused")
  func otherPlan() {
    let settings = GitSettings(url: "https://git.example/a")
    let moment = Timestamp(milliseconds: 1)
    let commit = GitCommit(id: String(repeating: "a", count: 40), author: "A", authoredAt: moment, summary: "s")
    let plan = Self.plan([Self.action(.delete, "a")], refusals: [Refusal(.tooManyDeletions, "one")])
    let refusal = GitRefusal(seatbelts: plan.refusals, removals: plan.removals, plan: plan)
    let applied = GitRecord.Applied(commit: commit, place: settings.place, revision: 1, at: moment)
    var state = GitSourceState(
      record: GitRecord(applied: applied, refused: .init(commit: commit, refusal: refusal, since: moment))
    )
    state.follow(settings, at: moment)
    #expect(refusal.canBeApproved)
    #expect(
      state.approve(commit.id, plan: "0000000000", RevisionApproval(by: "ann"))?.contains("mistyped") == true
    )
    #expect(state.approve(commit.id, plan: "", RevisionApproval(by: "ann")) != nil)
    #expect(state.approve(commit.id, plan: refusal.plan?.name, RevisionApproval(by: "ann")) == nil)
  }
}

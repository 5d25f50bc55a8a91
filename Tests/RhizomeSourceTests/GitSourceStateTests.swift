import RhizomeModel
import RhizomeSource
import Testing

@Suite struct GitSourceStateTests {
  private let moment = Timestamp(milliseconds: 1_000)
  private let settings = GitSettings(url: "https://git.example/plant/infra.git", interval: .seconds(60))
  private let first = String(repeating: "a", count: 40)
  private let second = String(repeating: "b", count: 40)

  private func commit(_ id: String, deletions: Int? = nil) -> GitCommit {
    GitCommit(id: id, author: "Alice <a@x>", authoredAt: moment, summary: "s", allowedDeletions: deletions)
  }

  private func fresh(_ settings: GitSettings? = nil) -> GitSourceState {
    var state = GitSourceState(record: GitRecord())
    state.follow(settings ?? self.settings, at: moment)
    return state
  }

  /// Everything up to the end of one look.
  private func look(
    _ state: inout GitSourceState,
    _ id: String,
    signed: Bool = false,
    deletions: Int? = nil,
    refusal: GitRefusal? = nil,
    outcome: GitApplyOutcome = .applied(revision: 1),
    now: Duration = .zero
  ) -> [GitSourceState.Directive] {
    var said = [state.next(now: now)]
    guard case .fetch = said[0] else { return said }
    said.append(state.fetched(id, now: now, at: moment, jitter: 0))
    guard case .inspect = said[1] else { return said }
    let commit = commit(id, deletions: deletions)
    said.append(state.inspected(commit, isSigned: signed, refusal: refusal, now: now, at: moment, jitter: 0))
    guard case .apply = said[2] else { return said }
    said.append(state.applied(outcome, now: now, at: moment, jitter: 0))
    return said
  }

  private func refusal(_ rule: GitRefusal.Rule = .invalid) -> GitRefusal { GitRefusal(rule, "no") }

  private var tooMany: GitRefusal {
    let actions = (1...7).map { Action(.delete, Address(.bucket, "b\($0)"), reason: "gone") }
    let seatbelt = Refusal(.tooManyDeletions, "seven", removals: actions.map(\.address))
    let plan = Plan(clusterName: "c", actions: actions, refusals: [seatbelt])
    return GitRefusal(seatbelts: [seatbelt], removals: actions, plan: plan)
  }

  @Test func `the first commit is fetched, inspected and applied, and then it is quiet until the interval is over`() {
    var state = fresh()
    #expect(
      look(&state, first) == [
        .fetch(known: nil), .inspect(commit: first, mustContain: nil), .apply(allowedDeletions: nil),
        .wait(until: .seconds(60)),
      ]
    )
    #expect(state.record.applied?.commit.id == first && state.record.refused == nil)
    #expect(state.next(now: .seconds(59)) == .wait(until: .seconds(60)))
    #expect(state.next(now: .seconds(60)) == .fetch(known: first))
    #expect(state.fetched(first, now: .seconds(60), at: moment, jitter: 1) == .wait(until: .seconds(114)))
  }

  @Test func `a new commit has to lead on from the one that runs`() {
    var state = fresh()
    _ = look(&state, first)
    let said = look(&state, second, now: .seconds(60))
    #expect(said[1] == .inspect(commit: second, mustContain: first))
  }

  @Test func `a refused commit changes nothing, and is not looked at again until there is another`() {
    var state = fresh()
    _ = look(&state, first)
    let said = look(&state, second, refusal: refusal(), now: .seconds(60))
    #expect(said.last == .wait(until: .seconds(120)))
    #expect(state.record.applied?.commit.id == first && state.record.refused?.commit.id == second)
    #expect(look(&state, second, now: .seconds(120)) == [.fetch(known: first), .wait(until: .seconds(180))])
    _ = look(&state, first, now: .seconds(180))
    #expect(state.record.refused == nil)
  }

  @Test func `what the applied commit would do again waits for a person, however often it is looked at`() {
    var state = fresh()
    _ = look(&state, first)
    // Something else was applied by hand since.
    state.force()
    _ = look(&state, first, outcome: .refused(tooMany), now: .seconds(60))
    #expect(state.record.refused?.commit.id == first)
    _ = look(&state, first, now: .seconds(120))
    #expect(state.record.refused?.commit.id == first)
    #expect(state.approve(first, RevisionApproval(by: "bob", reason: nil)) == nil)
    _ = look(&state, first, outcome: .applied(revision: 4), now: .seconds(180))
    #expect(state.record.refused == nil && state.record.applied?.revision == 4)
  }

  @Test func `a person can have a refused commit looked at again`() {
    var state = fresh()
    _ = look(&state, second, refusal: refusal())
    state.force()
    #expect(look(&state, second).count == 4)
    #expect(state.record.refused == nil)
  }

  @Test func `a failure leaves everything as it was, and waits longer each time, with a limit`() {
    var state = fresh()
    _ = look(&state, first)
    var now = Duration.seconds(60)
    var waits: [Duration] = []
    for _ in 0..<20 {
      _ = state.next(now: now)
      guard
        case .wait(let due?) = state.failed(
          GitFailure(.unreachable, "away"),
          now: now,
          at: Timestamp(milliseconds: 7),
          jitter: 0.5
        )
      else {
        Issue.record("a failure has to end in waiting")
        return
      }
      waits.append(due - now)
      now = due
    }
    #expect(waits.prefix(3) == [.seconds(5), .seconds(10), .seconds(20)] && waits.last == GitSourceState.longestWait)
    #expect(state.record.applied?.commit.id == first && state.failureCount == 20)
    _ = look(&state, first, now: now)
    #expect(state.failure == nil && state.failureCount == 0)
  }

  @Test(arguments: [0.0, 0.3, 1.0]) func `the wait varies by a quarter up and down`(_ jitter: Double) {
    var state = fresh()
    _ = state.next(now: .zero)
    guard
      case .wait(let due?) = state.failed(
        GitFailure(.unreachable, "away"),
        now: .zero,
        at: Timestamp(milliseconds: 7),
        jitter: jitter
      )
    else {
      Issue.record("a failure has to end in waiting")
      return
    }
    #expect((.milliseconds(3_749)...(.milliseconds(6_251))).contains(due))
  }

  @Test func `what a webhook asks for while something is under way is done afterwards`() {
    var state = fresh()
    _ = state.next(now: .zero)
    state.ask()
    #expect(state.next(now: .zero) == .wait(until: nil))
    _ = state.fetched(first, now: .zero, at: moment, jitter: 0)
    _ = state.inspected(commit(first), isSigned: false, refusal: nil, now: .zero, at: moment, jitter: 0)
    #expect(state.applied(.applied(revision: 1), now: .zero, at: moment, jitter: 0) == .wait(until: .zero))
    #expect(state.next(now: .zero) == .fetch(known: first))
  }

  @Test func `an approval is for one commit and for the deletions that were shown`() {
    var state = fresh()
    _ = look(&state, first)
    _ = look(&state, second, outcome: .refused(tooMany), now: .seconds(60))
    #expect(state.approve("abcdefa", RevisionApproval(by: "ann"))?.contains("bbbbbbbbbb") == true)
    #expect(state.approve("bb", RevisionApproval(by: "ann")) != nil)
    #expect(state.approve("bbbbbbb", RevisionApproval(by: "ann")) == nil)
    let said = look(&state, second, now: .seconds(60))
    #expect(said[1] == .inspect(commit: second, mustContain: nil))
    #expect(said[2] == .apply(allowedDeletions: 7))
    #expect(state.record.applied?.commit.id == second)
  }

  @Test func `an approval is void when the branch has moved on`() {
    var state = fresh()
    _ = look(&state, first)
    _ = look(&state, second, outcome: .refused(tooMany), now: .seconds(60))
    _ = state.approve(second, RevisionApproval(by: "ann"))
    let third = String(repeating: "c", count: 40)
    let said = look(&state, third, now: .seconds(60))
    #expect(said[1] == .inspect(commit: third, mustContain: first))
    #expect(said[2] == .apply(allowedDeletions: nil))
  }

  @Test(arguments: [GitRefusal.Rule.invalid, .signature, .unreadable, .plan])
  func `what a person cannot know better about is not approved`(_ rule: GitRefusal.Rule) {
    var state = fresh()
    _ = look(&state, second, refusal: refusal(rule))
    #expect(state.approve(second, RevisionApproval(by: "ann"))?.contains("cannot be approved") == true)
  }

  @Test func `deletions allowed by a trailer count with a good signature only`() {
    var (signed, unsigned) = (fresh(), fresh())
    #expect(look(&signed, first, signed: true, deletions: 3)[2] == .apply(allowedDeletions: 3))
    #expect(look(&unsigned, first, signed: false, deletions: 3)[2] == .apply(allowedDeletions: nil))
  }

  @Test func `a suspended repository is left alone, also in the middle of a look`() {
    var state = fresh()
    let suspension = GitRecord.Suspension(reason: "holiday", by: "bob", since: moment)
    _ = state.next(now: .zero)
    _ = state.fetched(first, now: .zero, at: moment, jitter: 0)
    state.suspend(suspension)
    let said = state.inspected(commit(first), isSigned: false, refusal: nil, now: .zero, at: moment, jitter: 0)
    #expect(said == .wait(until: .seconds(60)))
    #expect(state.next(now: .seconds(600)) == .wait(until: nil) && state.nextWake == nil)
    state.resume()
    #expect(look(&state, first).count == 4)
  }

  @Test func `another repository need not lead on from the commit of the one before`() {
    var state = fresh()
    _ = look(&state, first)
    state.follow(GitSettings(url: "https://other.example/infra.git"), at: moment)
    #expect(look(&state, second)[0] == .fetch(known: nil))
    #expect(state.record.applied?.place == "https://other.example/infra.git#main")
  }

  @Test func `what was fetched with settings that hold no more is not applied`() {
    var state = fresh()
    _ = state.next(now: .zero)
    _ = state.fetched(first, now: .zero, at: moment, jitter: 0)
    var strict = settings
    strict.signers = GitSigners(isRequired: true, ssh: "alice ssh-ed25519 AAAA")
    state.follow(strict, at: moment)
    let said = state.inspected(commit(first), isSigned: false, refusal: nil, now: .zero, at: moment, jitter: 0)
    #expect(said == .wait(until: .zero))
    #expect(state.record.applied == nil)
  }

  @Test func `a restart goes on from the commit that runs`() {
    var before = fresh()
    _ = look(&before, first)
    var state = GitSourceState(record: before.record)
    state.follow(settings, at: moment)
    #expect(look(&state, first) == [.fetch(known: first), .wait(until: .seconds(60))])
  }

  @Test func `branches that send each other on and on are left alone, and a person can go on`() {
    var other = settings
    other.branch = "next"
    var state = fresh()
    var moves = 0
    while state.record.suspension == nil, moves < 10 {
      _ = look(&state, moves.isMultiple(of: 2) ? first : second)
      state.follow(moves.isMultiple(of: 2) ? other : settings, at: moment)
      moves += 1
    }
    #expect(moves == GitSourceState.mostMoves + 1)
    #expect(state.record.suspension?.reason.contains("infra.git#next say to follow") == true)
    #expect(state.next(now: .seconds(600)) == .wait(until: nil))
    state.resume()
    #expect(look(&state, first).count == 4)
  }

  @Test func `moving house, with a look in between that finds nothing new, is no wandering`() {
    var state = fresh()
    for move in 0..<10 {
      let id = move.isMultiple(of: 2) ? first : second
      #expect(look(&state, id, now: .seconds(move * 200)).count == 4)
      #expect(look(&state, id, now: .seconds(move * 200 + 100)).count == 2)
      var next = settings
      next.branch = "branch-\(move)"
      state.follow(next, at: moment)
    }
    #expect(state.record.suspension == nil)
  }

  @Test func `without settings nothing is looked at`() {
    var state = GitSourceState(record: GitRecord())
    #expect(state.next(now: .seconds(5)) == .wait(until: nil))
  }
}

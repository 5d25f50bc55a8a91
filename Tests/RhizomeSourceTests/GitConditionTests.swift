import RhizomeModel
import RhizomeSource
import Testing

@Suite("What the Cluster says of its repository")
struct GitConditionTests {
  private static let settings = GitSettings(url: "https://git.example/plant/infra.git")
  private static let (start, moment) = (Timestamp(milliseconds: 1), Timestamp(milliseconds: 5_000))

  private static func commit(_ letter: String) -> GitCommit {
    GitCommit(id: String(repeating: letter, count: 40), author: "Alice <a@x>", authoredAt: moment, summary: "work")
  }

  private static let applied = GitRecord.Applied(commit: commit("a"), place: settings.place, revision: 7, at: moment)

  private static func state(_ record: GitRecord, seen: String? = nil) -> GitSourceState {
    var state = GitSourceState(record: record)
    state.follow(settings, at: moment)
    if let seen {
      _ = state.next(now: .zero)
      _ = state.fetched(seen, now: .zero, at: moment, jitter: 0)
    }
    return state
  }

  @Test("nothing is said where nothing is followed")
  func off() {
    #expect(GitSourceState(record: GitRecord()).condition(currentRevision: 1, started: Self.start) == nil)
  }

  @Test("all is well")
  func well() {
    let state = Self.state(GitRecord(applied: Self.applied), seen: Self.commit("a").id)
    let condition = state.condition(currentRevision: 7, started: Self.start)
    #expect(condition?.state == .true && condition?.reason == "Applied" && condition?.since == Self.moment)
    #expect(condition?.message == "aaaaaaaaaa (work) runs, as revision 7.")
    #expect(state.condition(currentRevision: 8, started: Self.start)?.reason == "AppliedByHand")
  }

  @Test("a look that was never made is unknown, and so is one that failed")
  func unknown() {
    let state = Self.state(GitRecord(applied: Self.applied))
    #expect(state.condition(currentRevision: 7, started: Self.start)?.state == .unknown)
    var failing = Self.state(GitRecord(applied: Self.applied))
    _ = failing.next(now: .zero)
    _ = failing.failed(
      GitFailure(.unreachable, "the forge cannot be reached"),
      now: .zero,
      at: Timestamp(milliseconds: 7),
      jitter: 0
    )
    let condition = failing.condition(currentRevision: 7, started: Self.start)
    #expect(condition?.state == .unknown && condition?.reason == "CannotLook")
    #expect(condition?.message.contains("the forge cannot be reached. aaaaaaaaaa (work) runs") == true)
  }

  @Test(
    "each refusal has its word, and names commit, file, line and reason",
    arguments: zip(GitRefusal.Rule.allCases, ["Rewound", "Unsigned", "Unreadable", "Invalid", "PlanRefused"])
  )
  func refused(rule: GitRefusal.Rule, word: String) {
    let refusal = GitRefusal(rule, "it is bad\nand worse", file: "a/b.yaml", line: 4)
    let refused = GitRecord.Refused(commit: Self.commit("b"), refusal: refusal, since: Self.start)
    let state = Self.state(GitRecord(applied: Self.applied, refused: refused))
    let condition = state.condition(currentRevision: 7, started: Self.moment)
    #expect(condition?.state == .false && condition?.reason == word && condition?.since == Self.start)
    let expected =
      "Commit bbbbbbbbbb by Alice <a@x> is refused (a/b.yaml:4): it is bad; and worse. aaaaaaaaaa (work) runs"
    #expect(condition?.message.hasPrefix(expected) == true)
  }

  @Test("after a rollback it is that revision which runs, and no commit")
  func rolledBack() {
    let suspension = GitRecord.Suspension(reason: "rolled back to revision 3", by: "alice", since: Self.moment)
    let state = Self.state(GitRecord(applied: Self.applied, suspension: suspension))
    let condition = state.condition(currentRevision: 8, started: Self.start)
    #expect(condition?.reason == "Suspended")
    #expect(
      condition?.message
        == "Suspended by alice, so that no commit is applied: rolled back to revision 3. Revision 8 runs, by hand; "
        + "the last commit was aaaaaaaaaa (work), as revision 7."
    )
  }
}

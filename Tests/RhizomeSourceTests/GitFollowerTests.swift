import RhizomeManifest
import RhizomeModel
import RhizomeSource
import Testing

@Suite struct GitFollowerTests {
  private static let moment = Timestamp(milliseconds: 1_000)
  private static let settings = GitSettings(url: "https://git.example/a", interval: .seconds(3_600))

  private static func commit(_ id: String) -> GitCommit {
    GitCommit(id: id, author: "Alice <a@x>", authoredAt: moment, summary: "s")
  }

  /// A branch with one commit, or with a reason why it cannot be seen.
  private struct Branch: GitRepository {
    var tip: Result<String, GitFailure>
    var signature = GitSignature.missing

    func fetch(_ settings: GitSettings, known: String?) async throws -> String { try tip.get() }
    func commit(_ id: String) async throws -> GitCommit { GitFollowerTests.commit(id) }
    func isAncestor(_ earlier: String, of later: String) async throws -> Bool { true }
    func signature(of commit: String, _ signers: GitSigners, now: Timestamp) async throws -> GitSignature { signature }
    func snapshot(_ commit: String, _ settings: GitSettings, limits: ManifestLimits) async throws -> ManifestSnapshot {
      ManifestSnapshot(origin: commit, files: [])
    }
    func keep(_ commit: String) async throws {}
  }

  /// The rest of the program, remembering what it was told.
  private actor Desk: GitConsumer {
    var record: GitRecord
    var applied: [String] = []
    var reasons: [String] = []
    var verdicts: [CommitVerdict] = []

    init(_ record: GitRecord = GitRecord()) { self.record = record }

    func load() async throws -> GitRecord { record }
    func save(_ record: GitRecord) async throws { self.record = record }
    func tell(_ level: Event.Level, _ reason: String, _ message: String) async { reasons.append(reason) }
    func judged(_ verdict: CommitVerdict) async { verdicts.append(verdict) }
    func apply(_ candidate: GitCandidate) async -> GitApplyOutcome {
      applied.append(candidate.commit.id)
      return .applied(revision: applied.count)
    }
  }

  private func follow(_ branch: Branch, _ desk: Desk, _ settings: GitSettings = settings) async -> GitFollower {
    let follower = GitFollower(repository: branch, consumer: desk, now: { Self.moment })
    await follower.follow(settings)
    return follower
  }

  /// Runs a follower for as long as the body takes.
  private func running(_ follower: GitFollower, _ body: () async throws -> Void) async rethrows {
    let task = Task { await follower.run() }
    defer { task.cancel() }
    try await body()
  }

  @Test func `a look asked for ends when the commit is applied, remembered and told`() async {
    let desk = Desk()
    let follower = await follow(Branch(tip: .success("a1")), desk)
    await running(follower) {
      await follower.sync()
      #expect(await desk.record.applied?.commit.id == "a1")
      #expect(await desk.reasons.contains("GitApplied"))
      #expect(await desk.verdicts.map(\.state) == [.pending, .success])
    }
  }

  @Test func `an unsigned commit reaches nobody where signatures are required`() async {
    var strict = Self.settings
    strict.signers = GitSigners(isRequired: true, ssh: "alice ssh-ed25519 AAAA")
    let desk = Desk()
    let follower = await follow(Branch(tip: .success("a1")), desk, strict)
    await running(follower) {
      await follower.sync()
      #expect(await desk.applied.isEmpty)
      #expect(await desk.record.refused?.refusal.rule == .signature)
      #expect(await desk.reasons == ["GitRefused"])
      #expect(await desk.verdicts.map(\.state) == [.pending, .failure])
    }
  }

  @Test func `a forge that is away is told once, and is unknown, not empty`() async {
    let desk = Desk()
    let follower = await follow(Branch(tip: .failure(GitFailure(.unreachable, "away"))), desk)
    await running(follower) {
      await follower.sync()
      await follower.sync()
      #expect(await desk.reasons == ["GitUnknown"])
      #expect(await follower.snapshot.failure?.message == "away")
      #expect(await desk.applied.isEmpty)
    }
  }

  @Test func `who suspends before anything was read does not lose what was remembered`() async throws {
    let applied = GitRecord.Applied(commit: Self.commit("a1"), place: "p", revision: 3, at: Self.moment)
    let desk = Desk(GitRecord(applied: applied))
    let follower = await follow(Branch(tip: .success("a2")), desk)
    try await follower.suspend(because: "holiday", by: "bob")
    #expect(await desk.record.applied == applied)
    #expect(await desk.record.suspension?.reason == "holiday")
  }
}

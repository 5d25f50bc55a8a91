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

  /// The third revision came from this commit.
  private static func applied(_ id: String, from settings: GitSettings) -> GitRecord.Applied {
    GitRecord.Applied(commit: commit(id), place: settings.place, revision: 3, at: moment)
  }

  /// A branch with one commit, or with a reason why it cannot be seen.
  private struct Branch: GitRepository {
    var tip: Result<String, GitFailure>
    var signature = GitSignature.missing

    func fetch(_ settings: GitSettings, known: String?) async throws -> String { try tip.get() }
    func commit(_ id: String) async throws -> GitCommit { GitFollowerTests.commit(id) }
    /// The commits in the order in which they were made; nothing else leads on.
    var order: [String]?
    var files = [ManifestFile(path: "a.yaml", bytes: [])]
    var hasFolder = true
    var found: GitMove?

    func isAncestor(_ earlier: String, of later: String) async throws -> Bool {
      guard let order else { return true }
      guard let first = order.firstIndex(of: earlier), let second = order.firstIndex(of: later) else { return false }
      return first <= second
    }
    func move(of settings: GitSettings, from earlier: String, to later: String) async -> GitMove? { found }
    func signature(of commit: String, _ signers: GitSigners, now: Timestamp) async throws -> GitSignature { signature }
    func snapshot(_ commit: String, _ settings: GitSettings, limits: ManifestLimits) async throws -> ManifestSnapshot {
      guard hasFolder else { throw SourceError(.notAFolder, path: settings.path, message: "there is no such folder") }
      return ManifestSnapshot(origin: commit, files: files)
    }
    func keep(_ commit: String) async throws {}
  }

  /// The rest of the program, remembering what it was told.
  private actor Desk: GitConsumer {
    var record: GitRecord
    var applied: [String] = []
    var reasons: [String] = []
    var messages: [String] = []
    var approvals: [RevisionApproval] = []
    var verdicts: [CommitVerdict] = []
    private var foreseen = GitForecast.unknown
    /// Called when a commit is applied, before the answer.
    private var duringApply: (@Sendable () -> Void)?

    init(_ record: GitRecord = GitRecord()) { self.record = record }

    var hasHeardNothing: Bool { record.refused == nil && applied.isEmpty }

    func load() async throws -> GitRecord { record }
    func save(_ record: GitRecord) async throws {
      try Task.checkCancellation()
      self.record = record
    }
    func whileApplying(_ action: @escaping @Sendable () -> Void) { duringApply = action }
    func tell(_ level: Event.Level, _ reason: String, _ message: String) async {
      reasons.append(reason)
      messages.append(message)
    }
    func forecast(_ candidate: GitCandidate) async -> GitForecast { foreseen }
    func foresee(_ forecast: GitForecast) { foreseen = forecast }
    func judged(_ verdict: CommitVerdict) async { verdicts.append(verdict) }
    func apply(_ candidate: GitCandidate) async -> GitApplyOutcome {
      applied.append(candidate.commit.id)
      approvals += [candidate.approval?.given].compactMap { $0 }
      duringApply?()
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

  @Test func `a commit that is applied while the follower is stopped is not forgotten`() async {
    let desk = Desk()
    let follower = await follow(Branch(tip: .success("a1")), desk)
    let run = Task { await follower.run() }
    await desk.whileApplying { run.cancel() }
    await run.value
    #expect(await desk.record.applied?.commit.id == "a1")
  }

  @Test func `who suspends before anything was read does not lose what was remembered`() async throws {
    let applied = GitRecord.Applied(commit: Self.commit("a1"), place: "p", revision: 3, at: Self.moment)
    let desk = Desk(GitRecord(applied: applied))
    let follower = await follow(Branch(tip: .success("a2")), desk)
    try await follower.suspend(because: "holiday", by: "bob")
    #expect(await desk.record.applied == applied)
    #expect(await desk.record.suspension?.reason == "holiday")
  }

  @Test func `who suspends, resumes and approves is told, and why`() async throws {
    // A branch that was rewritten waits for a person.
    let desk = Desk(GitRecord(applied: Self.applied("a1", from: Self.settings)))
    let follower = await follow(Branch(tip: .success("b1b1b1b1"), order: ["a1", "a2"]), desk)
    try await follower.suspend(because: "holiday", by: "bob")
    try await follower.resume(by: "carol")
    // Nothing was suspended any more.
    try await follower.resume(by: "dave")
    await running(follower) {
      repeat { await follower.sync() } while await desk.hasHeardNothing
      #expect(await follower.approve("b1b1b1b1", RevisionApproval(by: "ann", reason: "it was meant")) == nil)
    }
    let told = await desk.messages.filter { !$0.contains("is revision") && !$0.contains("was not applied") }
    #expect(
      told == [
        "No commit is applied any more, says bob: holiday.", "Commits are applied again, says carol.",
        "b1b1b1b1 by Alice <a@x> was approved by ann: it was meant.",
      ]
    )
    #expect(await desk.approvals == [RevisionApproval(by: "ann", reason: "it was meant")])
  }
}

// MARK: - Seatbelts

extension GitFollowerTests {
  private static let all = Set(Seatbelt.allCases)
  private static let inFolder = GitSettings(url: "https://git.example/a", path: "cluster", interval: .seconds(3_600))

  /// What comes of a commit after `running` was applied.
  private func refusal(
    of branch: Branch,
    running commit: String,
    _ settings: GitSettings,
    without: Set<Seatbelt> = [],
    foreseeing forecast: GitForecast = .unknown
  ) async -> (GitRefusal?, applied: [String]) {
    let desk = Desk(GitRecord(applied: Self.applied(commit, from: settings)))
    await desk.foresee(forecast)
    let follower = GitFollower(
      repository: branch,
      consumer: desk,
      seatbelts: Self.all.subtracting(without),
      now: { Self.moment }
    )
    await follower.follow(settings)
    await running(follower) {
      // The first look may end before anything was asked for.
      repeat { await follower.sync() } while await desk.hasHeardNothing
    }
    return (await desk.record.refused?.refusal, await desk.applied)
  }

  @Test func `no approval is offered where something refuses that nobody can approve`() async {
    func plan(_ refusals: [Refusal]) -> GitForecast {
      .plan(Plan(clusterName: "plant", actions: [], refusals: refusals))
    }
    let branch = Branch(tip: .success("a1"), order: ["a1", "a2"])
    for obstacle in [plan([Refusal(.emptyTree, "It is empty.")]), .refused(GitRefusal(.invalid, "It is empty."))] {
      let (refusal, _) = await refusal(of: branch, running: "a2", Self.settings, foreseeing: obstacle)
      #expect(refusal?.canBeApproved == false && refusal?.message.contains("rhizome approve") == false)
      #expect(refusal?.message.contains("It cannot be approved, for this refuses it as well:") == true)
      #expect(refusal?.message.hasSuffix("It is empty.") == true)
    }
    let many = plan([Refusal(.tooManyDeletions, "Many.", removals: [Address(.user, "a")])])
    let (refusal, _) = await refusal(of: branch, running: "a2", Self.settings, foreseeing: many)
    #expect(refusal?.canBeApproved == true && refusal?.message.contains("rhizome approve a1 --plan ") == true)
  }

  @Test func `olderRevision: a branch that was set back is not applied`() async {
    let branch = Branch(tip: .success("a1"), order: ["a1", "a2"])
    let (refusal, applied) = await refusal(of: branch, running: "a2", Self.settings)
    #expect(refusal?.seatbelts.map(\.rule) == [.olderRevision] && refusal?.canBeApproved == true && applied == [])
    #expect(
      refusal?.message
        == "olderRevision: it is older than a2, which runs: the branch was set back. Push a commit on top "
        + "of a2, or if it was meant: rhizome approve a1"
    )
    let (without, passed) = await self.refusal(of: branch, running: "a2", Self.settings, without: [.olderRevision])
    #expect(without == nil && passed == ["a1"])
  }

  @Test func `the event of a refusal is one line, and its sentences stay apart`() async {
    let desk = Desk(GitRecord(applied: Self.applied("a1", from: Self.settings)))
    await desk.foresee(.refused(GitRefusal(.invalid, "a.yaml:1:1: a slip\nb.yaml:2:1: another")))
    let follower = await follow(Branch(tip: .success("b2"), order: ["a1", "a2"]), desk)
    await running(follower) {
      repeat { await follower.sync() } while await desk.hasHeardNothing
    }
    let told = await desk.messages.first { $0.contains("was not applied") }
    #expect(told?.hasSuffix("a.yaml:1:1: a slip; b.yaml:2:1: another. a1 runs on (revision 3).") == true)
    #expect(told?.contains("\n") == false)
  }

  @Test func `a rewritten branch is no older revision, and is refused as well`() async {
    let branch = Branch(tip: .success("b2"), order: ["a1", "a2"])
    let (refusal, applied) = await refusal(of: branch, running: "a2", Self.settings)
    #expect(refusal?.rule == .rewound && refusal?.seatbelts == [] && applied == [])
  }

  @Test(arguments: [true, false])
  func `folderRenamed: a folder that is gone or empty is asked after`(isThere: Bool) async {
    var branch = Branch(tip: .success("a2"), order: ["a1", "a2"], files: [], hasFolder: isThere)
    branch.found = GitMove(folder: "infra", found: 3, total: 4)
    let (refusal, applied) = await refusal(of: branch, running: "a1", Self.inFolder)
    #expect(refusal?.seatbelts.map(\.rule) == [.folderRenamed] && applied == [])
    #expect(
      refusal?.message
        == "folderRenamed: the folder 'cluster' that is followed holds no manifests in this commit; was it "
        + "renamed? 3 of its 4 files are in 'infra' now. Give it its old name back. To follow 'infra', first push a "
        + "commit that has both and declares it as Cluster.spec.git.path; where the manifests declare no 'git', start "
        + "the daemon with --git URL --path 'infra'."
    )
    let (without, passed) = await self.refusal(of: branch, running: "a1", Self.inFolder, without: [.folderRenamed])
    #expect(without?.seatbelts ?? [] == [] && passed == (isThere ? ["a2"] : []))
  }

  @Test func `the new name of a folder is where most of its files are`() throws {
    func tree(_ lines: [(String, String)]) throws -> [GitTreeEntry] {
      let text = lines.map { "100644 blob \(String(repeating: $0.0, count: 40))\t\($0.1)\0" }.joined()
      return try GitTree(listing: Array(text.utf8)).manifests
    }
    let before = try tree([("a", "base.yaml"), ("b", "people/all.yaml"), ("c", "web.yaml")])
    let after = try tree([
      ("a", "old/base.yaml"), ("a", "new/base.yaml"), ("b", "new/people/all.yaml"), ("c", "elsewhere.yaml"),
    ])
    #expect(GitMove.find(before, in: after) == GitMove(folder: "new", found: 2, total: 3))
    #expect(GitMove.find(before, in: try tree([("d", "new/base.yaml")])) == nil)
  }
}

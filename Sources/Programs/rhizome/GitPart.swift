import Logging
import RhizomeAPI
import RhizomeAPIServer
import RhizomeCommands
import RhizomeModel
import RhizomeReconciler
import RhizomeSource
import RhizomeStateStore
import ServiceLifecycle
import Synchronization

/// The followed repository inside the daemon: what is followed, who applies it, and who may ask about it.
struct GitPart: GitControl {
  let services: [any Service]
  private let follower: GitFollower
  private let reporter: ForgeReporter
  private let webhook: WebhookPart
  private let reconciler: Reconciler
  private let board: GitBoard

  /// - Parameter given: what the daemon was told at this start; remembered for the next ones.
  init(
    folder: String,
    given: GitSettings?,
    store: any StateStore,
    board: GitBoard,
    reconciler: Reconciler,
    controlPlane: LiveControlPlane,
    logger: Logger
  ) async throws {
    let place = try StatePrefix(RecordPlaces.git)
    let remembered = RecordTable<GitSettings>(store, prefix: place)
    if let given { try await remembered.put("settings", given) }
    // What runs says whose signatures count: nothing is followed before that is known.
    let runs = try await RevisionHistory(store).summaries().isEmpty == false
    board.start(with: try await remembered.get("settings"), afterDeclared: runs)
    let reporter = GitPart.reporter(RecordTable(store, prefix: place))
    let consumer = GitApplier(
      records: RecordTable(store, prefix: place),
      reconciler: reconciler,
      controlPlane: controlPlane,
      reporter: reporter,
      logger: logger
    )
    let follower = GitFollower(repository: LazyMirror(folder: GitFolder(folder)), consumer: consumer, now: { .now })
    board.serve(follower)
    // Whoever asks for a look at once finds something to look at.
    await follower.follow(board.current)
    let webhook = WebhookPart(follower: follower, logger: logger) { news in
      await reconciler.note(news.level, news.reason, news.message)
    }
    services = [
      Runner { await GitPart.follow(board, follower, logger) },
      Runner { await follower.run() },
      Runner { for await settings in board.forges { await reporter.follow(settings) } },
      Runner { await reporter.run() },
      Runner { await webhook.run(board.webhooks) },
    ]
    self.follower = follower
    self.reporter = reporter
    self.webhook = webhook
    self.reconciler = reconciler
    self.board = board
  }

  /// Passes on what is to be followed, and tells whoever started the daemon what of their words is without effect.
  private static func follow(_ board: GitBoard, _ follower: GitFollower, _ logger: Logger) async {
    var told: [String] = []
    for await settings in board.changes {
      await follower.follow(settings)
      let outranked = board.outranked
      for sentence in outranked where !told.contains(sentence) { logger.warning("\(sentence)") }
      told = outranked
    }
  }

  private static func reporter(_ records: RecordTable<ForgeRecord>) -> ForgeReporter {
    ForgeReporter(
      transport: CurlTransport(),
      load: { try await records.get("forge") ?? ForgeRecord() },
      save: { try await records.put("forge", $0) },
      now: { .now }
    )
  }
}

/// What is to be followed: what is declared, completed by what the daemon was started with.
final class GitBoard: Sendable {
  let changes: AsyncStream<GitSettings?>
  private let continuation: AsyncStream<GitSettings?>.Continuation
  let webhooks: AsyncStream<GitWebhook.Settings?>
  private let webhook: AsyncStream<GitWebhook.Settings?>.Continuation
  let forges: AsyncStream<ForgeSettings?>
  private let forge: AsyncStream<ForgeSettings?>.Continuation
  private let state = Mutex(GitChoice())
  /// Who follows, once somebody does.
  private let follower = Mutex<GitFollower?>(nil)
  private let started = Timestamp.now

  /// What the daemon was told at this start.
  private let told: GitStart?

  init(told: GitStart?) {
    self.told = told
    (changes, continuation) = AsyncStream<GitSettings?>.makeStream(bufferingPolicy: .bufferingNewest(1))
    (forges, forge) = AsyncStream<ForgeSettings?>.makeStream(bufferingPolicy: .bufferingNewest(1))
    (webhooks, webhook) = AsyncStream<GitWebhook.Settings?>.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  var current: GitSettings? { state.withLock(\.effective) }
  /// What of the words at the start is without effect, in sentences.
  var outranked: [String] {
    let declared = state.withLock(\.declared)
    return told?.outranked(by: declared) ?? []
  }

  var isWaiting: Bool { state.withLock(\.isWaiting) }

  /// - Parameter afterDeclared: there is a running revision, and what it declares comes first.
  func start(with given: GitSettings?, afterDeclared: Bool) {
    publish { contents in
      contents.given = given
      contents.isWaiting = afterDeclared
    }
  }

  func accept(_ desired: DesiredState) {
    let spec = desired.cluster?.attributes["git"] ?? .null
    let secret = GitBoard.secrets(of: desired)
    let declared = GitBoard.settings(desired)
    publish { contents in
      contents.declared = declared
      contents.isWaiting = false
    }
    forge.yield(ForgeSettings(spec, secret: secret))
    webhook.yield(GitWebhook.Settings(spec["webhook"], secret: secret))
  }

  /// What would be followed if this were declared, where that is not what is followed now.
  func place(declaredBy desired: DesiredState) -> GitSettings? {
    let declared = GitBoard.settings(desired)
    return state.withLock { $0.place(declaring: declared) }
  }

  private static func settings(_ desired: DesiredState) -> GitSettings? {
    GitSettings(desired.cluster?.attributes["git"] ?? .null, secret: secrets(of: desired))
  }

  private static func secrets(of desired: DesiredState) -> (String) -> String? {
    { name in desired.resources[Address(.secret, name)]?.attributes["value"].text }
  }

  func serve(_ follower: GitFollower) { self.follower.withLock { $0 = follower } }

  /// What is to be said of the Cluster.
  func conditions(currentRevision: Int?) async -> [Condition] {
    guard let follower = follower.withLock({ $0 }) else { return [] }
    let condition = await follower.snapshot.condition(currentRevision: currentRevision, started: started)
    return condition.map { [$0] } ?? []
  }

  private func publish(_ change: (inout GitChoice) -> Void) {
    let settings = state.withLock { contents in
      change(&contents)
      return contents.effective
    }
    continuation.yield(settings)
  }
}

// MARK: - What can be asked

extension GitPart {
  func gitStatus() async throws -> GitStatusView {
    let state = await follower.snapshot
    var view = GitStatusView(state, currentRevision: try await reconciler.revisions().last?.number)
    view.forge = GitStatusView.Forge(await reporter.snapshot)
    view.webhook = await webhook.state.map { GitStatusView.Webhook($0) }
    let outranked = board.outranked
    view.outranked = outranked.isEmpty ? nil : outranked
    return view
  }

  func gitSync() async throws -> GitStatusView {
    try await requireRepository()
    let state = await follower.snapshot
    guard state.record.suspension == nil else {
      throw APIError(.refused, "The repository is suspended; go on with: rhizome git resume")
    }
    await follower.sync()
    return try await gitStatus()
  }

  private func requireRepository() async throws {
    try await untilDeclared()
    guard await follower.snapshot.settings != nil else { throw APIError(.notFound, "No repository is followed.") }
  }

  /// At the start, for as long as it takes to read the running revision.
  private func untilDeclared() async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while board.isWaiting, .now < deadline { try await Task.sleep(for: .milliseconds(50)) }
    guard !board.isWaiting else { throw APIError(.notReady, "The running revision is not read yet; try again.") }
    await follower.follow(board.current)
  }

  func gitSuspend(_ request: GitSuspendRequest) async throws -> GitStatusView {
    let help = "Say why, so that others need not ask: rhizome git suspend --because REASON"
    try StatedReason.check(request.reason, orSay: help)
    try await requireRepository()
    try await follower.suspend(because: request.reason, by: request.author)
    return try await gitStatus()
  }

  func gitResume(_ request: GitResumeRequest) async throws -> GitStatusView {
    try GitPart.check(request.reason)
    try await follower.resume(because: request.reason, by: request.author)
    return try await gitSync()
  }

  func gitApprove(_ request: GitApproveRequest) async throws -> GitStatusView {
    try GitPart.check(request.reason)
    let approval = RevisionApproval(by: request.author, reason: request.reason)
    if let problem = await follower.approve(request.commit, plan: request.plan, approval) {
      throw APIError(.refused, problem)
    }
    return try await gitStatus()
  }

  /// A reason may be left out, but not be empty.
  private static func check(_ reason: String?) throws(APIError) {
    if let reason { try StatedReason.check(reason, orSay: "Say why, or leave out --because.") }
  }
}

extension GitStatusView {
  fileprivate init(_ state: GitSourceState, currentRevision: Int?) {
    self.init(state: GitStatusView.word(state, currentRevision), failureCount: state.failureCount)
    url = state.settings?.url
    branch = state.settings?.branch
    requiresFastForward = state.settings?.requiresFastForward
    path = state.settings.flatMap { $0.path.isEmpty ? nil : $0.path }
    applied = state.record.applied.map { CommitView($0.commit) }
    appliedRevision = state.record.applied?.revision
    appliedAt = state.record.applied?.at
    self.currentRevision = currentRevision
    refused = state.record.refused.map(GitStatusView.refused)
    suspension = state.record.suspension.map { .init(reason: $0.reason, by: $0.by, since: $0.since) }
    failure = state.failure?.message
    failingSince = state.failingSince
    lookedAt = state.lookedAt
  }

  /// What hides more comes first: nobody knows whether a refused commit is still the newest when the last look failed.
  private static func word(_ state: GitSourceState, _ current: Int?) -> State {
    if state.settings == nil { return .off }
    if state.record.suspension != nil { return .suspended }
    if state.failure != nil { return .unknown }
    if state.record.refused != nil { return .refused }
    guard state.lookedAt != nil, let applied = state.record.applied else { return .waiting }
    return current == nil || current == applied.revision ? .synced : .overridden
  }

  private static func refused(_ refused: GitRecord.Refused) -> Refused {
    var view = Refused(
      commit: CommitView(refused.commit),
      rule: refused.refusal.rule.rawValue,
      seatbelts: refused.refusal.seatbelts.map(\.rule.rawValue),
      message: refused.refusal.message,
      file: refused.refusal.file,
      line: refused.refusal.line,
      since: refused.since,
      canBeApproved: refused.refusal.canBeApproved,
      deletions: refused.refusal.deletions.map(\.address),
      deletionCount: refused.refusal.deletionCount
    )
    view.plan = refused.refusal.plan?.name
    view.actionCount = refused.refusal.plan?.count ?? 0
    view.actions =
      refused.refusal.plan?.entries.prefix(100).map { entry in
        "\(entry.verb.rawValue) \(entry.address)" + (entry.reason.map { ": \($0)" } ?? "")
      } ?? []
    return view
  }
}

extension GitStatusView.Forge {
  /// Nil where nothing is written to a forge.
  fileprivate init?(_ state: ForgeReportState) {
    guard let settings = state.settings else { return nil }
    self.init(place: settings.place, waiting: state.waiting.count, failureCount: state.failureCount)
    commit = state.record.written.last?.commit
    verdict = state.record.written.last?.state.rawValue
    at = state.record.at
    failure = state.failure
  }
}

extension GitStatusView.Webhook {
  fileprivate init(_ state: GitWebhookState) {
    self.init(place: state.place, isListening: state.isListening, refusedCount: state.refusedCount)
    failure = state.failure
    heardAt = state.heardAt
    refusedAt = state.refusedAt
  }
}

extension CommitView {
  fileprivate init(_ commit: GitCommit) {
    self.init(id: commit.id, author: commit.author, authoredAt: commit.authoredAt, summary: commit.summary)
  }
}

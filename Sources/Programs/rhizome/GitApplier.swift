import Logging
import RhizomeAPI
import RhizomeAPIServer
import RhizomeCommands
import RhizomeManifest
import RhizomeModel
import RhizomeReconciler
import RhizomeSource
import RhizomeStateStore

/// Applies commits like a person applies a folder: the same checks, the same seatbelts.
struct GitApplier: GitConsumer {
  let records: RecordTable<GitRecord>
  let reconciler: Reconciler
  let controlPlane: LiveControlPlane
  let reporter: ForgeReporter
  let logger: Logger

  func judged(_ verdict: CommitVerdict) async { await reporter.report(verdict) }

  func load() async throws -> GitRecord { try await records.get("record") ?? GitRecord() }

  func save(_ record: GitRecord) async throws { try await records.put("record", record) }

  func tell(_ level: Event.Level, _ reason: String, _ message: String) async {
    // Who reads the log of the system sees it, too.
    logger.log(level: level == .warning ? .warning : .notice, "\(message)", metadata: ["reason": "\(reason)"])
    await reconciler.note(level, reason, message)
  }

  func apply(_ candidate: GitCandidate) async -> GitApplyOutcome {
    let bundle: ManifestBundle
    switch GitApplier.bundle(candidate) {
    case .success(let files): bundle = files
    case .failure(let refusal): return .refused(refusal)
    }
    let request = PlanRequest(bundle: bundle, choices: PlanChoices(allowDeletions: candidate.allowedDeletions))
    do {
      let approved = try await approvedPlan(candidate, request)
      let order = ApplyRequest(bundle: bundle, choices: request.choices, expectedPlan: approved)
      let given = candidate.approval?.given ?? candidate.approvalByTrailer
      return .applied(
        revision: try await controlPlane.apply(order, from: SourceName.git, approval: given).revision
      )
    } catch let refusal as GitRefusal {
      return .refused(refusal)
    } catch let error as APIError {
      return await outcome(error, candidate, request)
    } catch {
      return .later("it could not be applied: \(error)")
    }
  }

  func forecast(_ candidate: GitCandidate) async -> GitForecast {
    let bundle: ManifestBundle
    switch GitApplier.bundle(candidate) {
    case .success(let files): bundle = files
    case .failure(let refusal): return .refused(refusal)
    }
    let request = PlanRequest(bundle: bundle, choices: PlanChoices())
    do {
      return .plan(try await controlPlane.plan(request, from: SourceName.git).plan)
    } catch let error as APIError {
      guard case .refused(let refusal) = await outcome(error, candidate, request) else { return .unknown }
      return .refused(refusal)
    } catch {
      return .unknown
    }
  }

  /// The plan that a person has approved, made anew; nil where nobody had to.
  /// - Throws: `GitRefusal` when it is another one by now.
  private func approvedPlan(_ candidate: GitCandidate, _ request: PlanRequest) async throws -> Plan? {
    guard let approval = candidate.approval else { return nil }
    let plan = try await controlPlane.plan(request, from: SourceName.git).plan
    guard let changes = approval.objection(to: plan) else { return plan }
    let lines = ["the plan is no longer the one that was approved:"] + changes
    let refusal = GitRefusal(seatbelts: plan.refusals, removals: plan.removals, plan: plan)
    let name = refusal.plan?.name ?? ""
    let help =
      refusal.canBeApproved
      ? "If it is meant as it is now: rhizome approve \(candidate.commit.shortID) --plan \(name)"
      : GitAdvice.text(refusal, candidate.commit)
    throw refusal.saying((lines + [help]).joined(separator: "\n"))
  }

  private func outcome(_ error: APIError, _ candidate: GitCandidate, _ request: PlanRequest) async -> GitApplyOutcome {
    switch error.code {
    case .invalidManifests: return .refused(GitApplier.mistakes(error.diagnostics))
    case .refused where error.refusals.isEmpty: return .refused(GitRefusal(.plan, error.message))
    case .refused:
      let plan = try? await controlPlane.plan(request, from: SourceName.git).plan
      let refusal = GitRefusal(seatbelts: error.refusals, removals: plan?.removals ?? [], plan: plan)
      return .refused(refusal.saying(GitAdvice.text(refusal, candidate.commit)))
    case .notReady: return .later("\(candidate.commit.shortID) is not applied yet. \(error.message)")
    default: return .later(error.message)
    }
  }

  /// All mistakes, each with its place in the repository.
  private static func mistakes(_ diagnostics: [Diagnostic]) -> GitRefusal {
    let errors = diagnostics.filter { $0.severity == .error }
    let lines = errors.prefix(20).map {
      "\($0.location): \($0.message)" + $0.related.map { " (\($0.message): \($0.location))" }.joined()
    }
    let rest = errors.count > 20 ? ["and \(errors.count - 20) more; run: rhizome validate"] : []
    return GitRefusal(
      .invalid,
      (lines + rest).joined(separator: "\n"),
      file: errors.first?.location.file,
      line: errors.first?.location.line
    )
  }

  private static func place(_ file: String, _ candidate: GitCandidate) -> String {
    candidate.settings.path.isEmpty ? file : "\(candidate.settings.path)/\(file)"
  }

  /// The files by their paths in the repository, so that every place that is told of them is one that a forge knows.
  private static func bundle(_ candidate: GitCandidate) -> Result<ManifestBundle, GitRefusal> {
    var files: [String: String] = [:]
    for file in candidate.snapshot.files {
      let path = place(file.path, candidate)
      guard let text = String(validating: file.bytes, as: UTF8.self) else {
        return .failure(GitRefusal(.invalid, "\(path):1:1: the file is not UTF-8 text", file: path, line: 1))
      }
      files[path] = text
    }
    return .success(ManifestBundle(files: files, origin: candidate.snapshot.origin, author: candidate.commit.author))
  }
}

/// The mirror, looked for at each fetch: git may be installed while the daemon runs.
struct LazyMirror: GitRepository {
  let folder: GitFolder

  func fetch(_ settings: GitSettings, known: String?) async throws -> String {
    try await GitMirror(folder).fetch(settings, known: known)
  }
  func commit(_ id: String) async throws -> GitCommit { try await GitMirror(folder).commit(id) }
  func isAncestor(_ earlier: String, of later: String) async throws -> Bool {
    try await GitMirror(folder).isAncestor(earlier, of: later)
  }
  func signature(of commit: String, _ signers: GitSigners, now: Timestamp) async throws -> GitSignature {
    try await GitMirror(folder).signature(of: commit, signers, now: now)
  }
  func snapshot(_ commit: String, _ settings: GitSettings, limits: ManifestLimits) async throws -> ManifestSnapshot {
    try await GitMirror(folder).snapshot(commit, settings, limits: limits)
  }
  func keep(_ commit: String) async throws { try await GitMirror(folder).keep(commit) }
  func move(of settings: GitSettings, from earlier: String, to later: String) async -> GitMove? {
    try? await GitMirror(folder).move(of: settings, from: earlier, to: later)
  }
}

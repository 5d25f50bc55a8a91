package import RhizomeAPI
import RhizomeModel
import RhizomePlanner
import RhizomeReconciler
import RhizomeStateStore

// MARK: - History

extension LiveControlPlane {
  package func history() async throws -> [RevisionView] {
    let counts = try await reconciler.actionCounts()
    let revisions = try await reconciler.revisions()
    return revisions.map { summary in
      let isCurrent = summary.number == revisions.last?.number
      return LiveControlPlane.view(summary, isCurrent: isCurrent, counts[summary.number])
    }
  }

  package func revision(_ number: Int) async throws -> RevisionDetail {
    let revision = try await kept(number)
    let revisions = try await reconciler.revisions()
    guard let summary = revisions.first(where: { $0.number == number }) else {
      throw LiveControlPlane.noRevision(number)
    }
    let isCurrent = revisions.last?.number == number
    let actions = try await reconciler.actions(of: number)
    let view = LiveControlPlane.view(summary, isCurrent: isCurrent, ActionTally(actions)[number])
    return RevisionDetail(revision: view, files: revision.files, actions: actions)
  }

  /// The plan of going from one revision to the other in a world that is exactly as the first one declares.
  package func compare(_ request: CompareRequest) async throws -> PlanResponse {
    let (before, _) = try declared(by: try await kept(request.from))
    let (after, warnings) = try declared(by: try await kept(request.to))
    let plan = DeclarationComparison.plan(
      from: before,
      to: after,
      prune: true,
      allowedDeletions: .max,
      now: parts.now()
    )
    return PlanResponse(plan: plan, warnings: warnings)
  }

  /// Applies the files of an earlier revision as a new one: history only ever grows. It is the source of what runs that
  /// goes back, so that what it made since can be removed.
  package func rollBack(_ request: RollbackRequest) async throws -> ApplyResponse {
    let (way, source) = try await wayBack(request)
    let apply = ApplyRequest(bundle: way.bundle, choices: way.choices, expectedPlan: request.expectedPlan)
    return try await self.apply(apply, from: source)
  }

  package func planRollback(_ request: RollbackRequest) async throws -> PlanResponse {
    let (way, source) = try await wayBack(request)
    return try await plan(way, from: source)
  }

  private func wayBack(_ request: RollbackRequest) async throws -> (way: PlanRequest, source: String) {
    var bundle = try await bundle(of: request.revision)
    bundle.origin = "revision \(request.revision) (\(bundle.origin))"
    bundle.author = request.author
    // Going back is the way out of following a place that is no good, whatever was followed then.
    var choices = request.choices
    choices.allowUnseenGit = true
    let source = try await reconciler.revisions().last?.source ?? SourceName.folder
    return (PlanRequest(bundle: bundle, choices: choices), source)
  }

  private func bundle(of number: Int) async throws -> ManifestBundle {
    let revision = try await kept(number)
    return ManifestBundle(files: revision.files, origin: revision.origin, author: revision.author)
  }

  /// One source for both: the question is what differs, not who says it.
  private func declared(by revision: Revision) throws -> (desired: DesiredState, warnings: [Diagnostic]) {
    try loader.load(revision.files, source: SourceName.folder, now: parts.now())
  }

  private func kept(_ number: Int) async throws -> Revision {
    try await refusing { try await reconciler.revision(number) }
  }

  private static func noRevision(_ number: Int) -> APIError {
    APIError(.notFound, ApplyError.unknownRevision(number).description)
  }

  private static func view(_ summary: RevisionSummary, isCurrent: Bool, _ counts: [String: Int]) -> RevisionView {
    var view = RevisionView(
      number: summary.number,
      at: summary.at,
      origin: summary.origin,
      author: summary.author,
      source: summary.source,
      fileCount: summary.fileCount,
      approvedDeletions: summary.approvedDeletions,
      isCurrent: isCurrent,
      counts: counts
    )
    view.approval = summary.approval
    return view
  }
}

package import RhizomeAPI
import RhizomeModel
import RhizomePlanner
import RhizomeReconciler
import RhizomeStateStore

// MARK: - History

extension LiveControlPlane {
  package func history() async throws -> [RevisionView] {
    let actions = Dictionary(grouping: try await reconciler.actions(), by: \.revision)
    let revisions = try await reconciler.revisions()
    return revisions.map { summary in
      let isCurrent = summary.number == revisions.last?.number
      return LiveControlPlane.view(summary, isCurrent: isCurrent, actions[summary.number] ?? [])
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
    let view = LiveControlPlane.view(summary, isCurrent: isCurrent, actions)
    return RevisionDetail(revision: view, files: revision.files, actions: actions)
  }

  /// The plan of going from one revision to the other in a world that is exactly as the first one declares.
  package func compare(_ request: CompareRequest) async throws -> PlanResponse {
    let (before, _) = try load(try await bundle(of: request.from))
    let (after, warnings) = try load(try await bundle(of: request.to))
    return PlanResponse(plan: RevisionComparison.plan(from: before, to: after, now: parts.now()), warnings: warnings)
  }

  /// Applies the files of an earlier revision as a new one: history only ever grows.
  package func rollBack(_ request: RollbackRequest) async throws -> ApplyResponse {
    var bundle = try await bundle(of: request.revision)
    bundle.origin = "revision \(request.revision) (\(bundle.origin))"
    bundle.author = request.author
    return try await apply(ApplyRequest(bundle: bundle, choices: request.choices))
  }

  private func bundle(of number: Int) async throws -> ManifestBundle {
    let revision = try await kept(number)
    return ManifestBundle(files: revision.files, origin: revision.origin, author: revision.author)
  }

  private func kept(_ number: Int) async throws -> Revision {
    try await refusing { try await reconciler.revision(number) }
  }

  private static func noRevision(_ number: Int) -> APIError {
    APIError(.notFound, ApplyError.unknownRevision(number).description)
  }

  private static func view(_ summary: RevisionSummary, isCurrent: Bool, _ actions: [ActionRecord]) -> RevisionView {
    RevisionView(
      number: summary.number,
      at: summary.at,
      origin: summary.origin,
      author: summary.author,
      fileCount: summary.fileCount,
      approvedDeletions: summary.approvedDeletions,
      isCurrent: isCurrent,
      counts: actions.reduce(into: [:]) { counts, action in
        counts[action.error == nil ? action.verb.rawValue : "failed", default: 0] += 1
      }
    )
  }
}

/// What differs between two sets of declarations, as a plan.
enum RevisionComparison {
  static func plan(from before: DesiredState, to after: DesiredState, now: Timestamp) -> Plan {
    let context = PlanningContext(
      now: now,
      clusterID: before.clusterName,
      source: after.source,
      prune: true,
      allowedDeletions: .max
    )
    let records = before.resources.values.map { resource in
      InventoryRecord(
        address: resource.address,
        attributes: resource.attributes,
        driver: "revision",
        source: after.source,
        revision: 0,
        policies: resource.policies,
        dependencies: resource.dependencies,
        home: resource.home
      )
    }
    let observed = before.resources.mapValues { resource in
      Observation.present(
        ObservedResource(
          attributes: resource.attributes,
          mark: OwnershipMark(clusterID: before.clusterName, address: resource.address)
        )
      )
    }
    return Planner.plan(
      desired: after,
      observed: ObservedState(resources: observed),
      prior: PriorState(records: records),
      context: context
    )
  }
}

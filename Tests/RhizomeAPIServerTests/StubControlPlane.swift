import RhizomeAPI
import RhizomeAPIServer
import RhizomeModel
import RhizomePlanner

/// Answers every route with something that tells which route it was.
struct StubControlPlane: ControlPlane {
  var refusal: APIError?

  private let moment = Timestamp(milliseconds: 0)

  func version() async throws -> VersionView {
    if let refusal { throw refusal }
    return VersionView(version: "1", clusterID: "c", processID: 1, endpoints: ["s3": "http://127.0.0.1:3900"])
  }

  func adoption(_ components: [Component]) async throws -> AdoptionView {
    let remarks = components.map { SurveyRemark(.unknown, $0.rawValue, "was asked for") }
    return AdoptionView(documents: [], remarks: remarks, hasCluster: false)
  }

  func sealingCertificate() async throws -> SealingView { SealingView(certificate: "PEM") }

  func plan(_ request: PlanRequest) async throws -> PlanResponse {
    PlanResponse(plan: Plan(clusterName: request.bundle.origin, actions: []), warnings: [])
  }

  func apply(_ request: ApplyRequest) async throws -> ApplyResponse {
    ApplyResponse(plan: Plan(clusterName: request.bundle.origin, actions: []), revision: 7, warnings: [])
  }

  func applySaved(_ request: SavedPlanRequest) async throws -> ApplyResponse {
    ApplyResponse(plan: request.plan, revision: 9, warnings: [])
  }

  func delete(_ request: DeleteRequest) async throws -> ApplyResponse {
    let actions = request.addresses.map { Action(.delete, $0, reason: "asked for") }
    return ApplyResponse(plan: Plan(clusterName: "c", actions: actions), revision: 8, warnings: [])
  }

  func planDeletion(_ request: DeleteRequest) async throws -> PlanResponse {
    PlanResponse(plan: try await delete(request).plan, warnings: [], revision: 1)
  }

  func planRollback(_ request: RollbackRequest) async throws -> PlanResponse {
    PlanResponse(plan: Plan(clusterName: "\(request.revision)", actions: []), warnings: [], revision: 2)
  }

  func resources(showSecrets: Bool) async throws -> [ResourceView] {
    let spec: Value = showSecrets ? ["secret": "shown"] : ["secret": .sensitive(Sensitive(fingerprint: "f"))]
    return [
      ResourceView(
        address: Address(.accessKey, "k"),
        declared: true,
        declaredAt: nil,
        component: .storage,
        home: .cluster,
        spec: spec,
        labels: [:],
        status: nil,
        revision: 1,
        policies: nil
      )
    ]
  }

  func history() async throws -> [RevisionView] { [] }

  func firewall(_ step: FirewallStep) async throws -> FirewallView {
    if let refusal { throw refusal }
    return FirewallView(
      state: step == .confirm ? .confirmed : .waiting,
      secondsLeft: 3,
      sentence: step.rawValue,
      verdict: "",
      openings: [],
      lan: [],
      nodes: [],
      sessions: []
    )
  }

  func revision(_ number: Int) async throws -> RevisionDetail {
    let view = RevisionView(
      number: number,
      at: moment,
      origin: "folder",
      author: "ann",
      fileCount: 1,
      approvedDeletions: [],
      isCurrent: false
    )
    return RevisionDetail(revision: view, files: ["all.yaml": "text"], actions: [])
  }

  func compare(_ request: CompareRequest) async throws -> PlanResponse {
    PlanResponse(plan: Plan(clusterName: "\(request.from) to \(request.to)", actions: []), warnings: [])
  }

  func rollBack(_ request: RollbackRequest) async throws -> ApplyResponse {
    ApplyResponse(plan: Plan(clusterName: request.author, actions: []), revision: request.revision + 1, warnings: [])
  }

  func drift(refresh: Bool, since: Timestamp?) async throws -> DriftReport {
    DriftReport(cluster: refresh ? "fresh" : "remembered", generatedAt: since ?? moment, entries: [])
  }

  func mutes() async throws -> [DriftMute] { [] }

  func mute(_ request: MuteRequest) async throws -> [DriftMute] {
    [
      DriftMute(
        address: request.address,
        field: request.field,
        until: request.until,
        because: request.because,
        author: request.author,
        at: moment
      )
    ]
  }

  func unmute(_ request: UnmuteRequest) async throws -> [DriftMute] {
    throw APIError(.notFound, "\(request.address) \(request.field?.description ?? "-")")
  }

  func progress(revision: Int) async throws -> AsyncStream<ProgressLine> {
    AsyncStream { continuation in
      for number in 1...1_000 {
        continuation.yield(ProgressLine(step: .done, message: "\(revision).\(number)", at: moment))
      }
      continuation.yield(ProgressLine(step: .converged, message: "all", at: moment))
      continuation.finish()
    }
  }

  func events(since: Int, follow: Bool) async throws -> AsyncStream<Event> {
    AsyncStream { continuation in
      continuation.yield(Event(sequence: since + 1, at: moment, address: nil, reason: "A", message: "line\nbreak"))
      if !follow { continuation.finish() }
    }
  }

  func logs(service: String, tail: Int, follow: Bool) async throws -> AsyncStream<[UInt8]> {
    AsyncStream { continuation in
      continuation.yield(Array("\(service) \(tail)\n".utf8))
      continuation.finish()
    }
  }
}

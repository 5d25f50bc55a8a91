package import RhizomeAPI
import RhizomeManifest
package import RhizomeModel
import RhizomePlanner
package import RhizomeReconciler
package import RhizomeStateStore

/// Parts of the daemon that have to know what is declared.
package protocol DesiredAudience: Sendable {
  /// Somebody asks what would be if this were declared.
  /// - Throws: `APIError` when it can never be.
  func consider(_ desired: DesiredState) async throws
  /// This is what shall be from now on.
  func accept(_ desired: DesiredState) async throws
}

/// The control plane of a running daemon: the reconciler, and what the surfaces need around it.
package struct LiveControlPlane: ControlPlane {
  /// The parts of the daemon that answer for themselves.
  package struct Parts: Sendable {
    package var identity: VersionView
    package var sealingCertificate: String
    package var firewall: @Sendable (FirewallStep) async throws -> FirewallView
    /// What a service wrote: name, lines, and whether to follow.
    package var logs: @Sendable (String, Int, Bool) async throws -> AsyncStream<[UInt8]>
    package var mutes: MuteList
    /// What is to be said of the Cluster beside what the reconciler says.
    package var clusterConditions: @Sendable () async -> [Condition]
    /// The source that follows changes by itself, while it does; nil where people apply folders.
    package var following: @Sendable () async throws -> String?
    /// Looks at the place that this says to follow from now on.
    package var newPlace: @Sendable (DesiredState) async -> PlaceLook
    /// Opens what was sealed to this cluster's certificate.
    package var unseal: @Sendable (String) throws -> String
    package var now: @Sendable () -> Timestamp

    package init(
      identity: VersionView,
      sealingCertificate: String,
      firewall: @escaping @Sendable (FirewallStep) async throws -> FirewallView,
      logs: @escaping @Sendable (String, Int, Bool) async throws -> AsyncStream<[UInt8]>,
      mutes: MuteList,
      clusterConditions: @escaping @Sendable () async -> [Condition] = { [] },
      following: @escaping @Sendable () async throws -> String? = { nil },
      newPlace: @escaping @Sendable (DesiredState) async -> PlaceLook = { _ in .fine },
      unseal: @escaping @Sendable (String) throws -> String,
      now: @escaping @Sendable () -> Timestamp
    ) {
      self.identity = identity
      self.sealingCertificate = sealingCertificate
      self.firewall = firewall
      self.logs = logs
      self.mutes = mutes
      self.clusterConditions = clusterConditions
      self.following = following
      self.newPlace = newPlace
      self.unseal = unseal
      self.now = now
    }
  }

  let reconciler: Reconciler
  let loader: DesiredLoader
  let parts: Parts
  private let audience: any DesiredAudience

  package init(
    reconciler: Reconciler,
    loader: DesiredLoader,
    parts: Parts,
    audience: any DesiredAudience
  ) {
    self.reconciler = reconciler
    self.loader = loader
    self.parts = parts
    self.audience = audience
  }
}

// MARK: - Changes

extension LiveControlPlane {
  /// What would be if the source that declares the cluster said this.
  package func plan(_ request: PlanRequest) async throws -> PlanResponse {
    try await plan(request, from: try await governing() ?? SourceName.folder, by: .person)
  }

  /// Applies a folder, which a repository that is followed does not allow.
  package func apply(_ request: ApplyRequest) async throws -> ApplyResponse {
    try await apply(request, from: SourceName.folder, governing: try await governing(), by: .person)
  }

  /// What would be if `source` said this.
  /// - Parameter asker: who is told of it, and so in which words.
  package func plan(_ request: PlanRequest, from source: String, by asker: PlaceLook.Asker = .program) async throws
    -> PlanResponse
  {
    let (desired, warnings) = try await load(request.bundle, from: source)
    let objections = try await objections(to: desired, request.choices, asker)
    let revision = try await reconciler.revisions().last?.number
    let plan = try await refusing {
      try await reconciler.preview(desired: desired, options: options(request.choices, desired))
    }
    let further = objections.filter { objection in !plan.refusals.contains { $0.rule == objection.rule } }
    return PlanResponse(plan: plan.replacing(refusals: plan.refusals + further), warnings: warnings, revision: revision)
  }

  /// The seatbelts that parts of the daemon pull: whoever asks for a plan sees them in it.
  private func objections(to desired: DesiredState, _ choices: PlanChoices, _ asker: PlaceLook.Asker) async throws
    -> [Refusal]
  {
    do {
      try await audience.consider(desired)
      try await lookAhead(desired, choices, asker)
      return []
    } catch let error as APIError where !error.refusals.isEmpty {
      return error.refusals
    }
  }

  /// Looks at what would be followed from now on: once it is, no commit elsewhere can mend a slip in it.
  /// - Throws: `APIError` unless all is well there, or a person says that it will be.
  private func lookAhead(_ desired: DesiredState, _ choices: PlanChoices, _ asker: PlaceLook.Asker) async throws {
    guard !choices.allowUnseenGit, let error = await parts.newPlace(desired).error(for: asker) else { return }
    throw error
  }

  /// Applies on behalf of a source.
  /// - Parameters:
  ///   - governing: who declares the cluster, where that is somebody who has not let go of it.
  ///   - approval: who let it pass, where a rule stood against it.
  package func apply(
    _ request: ApplyRequest,
    from source: String,
    governing: String? = nil,
    by asker: PlaceLook.Asker = .program,
    approval: RevisionApproval? = nil
  ) async throws -> ApplyResponse {
    let (desired, warnings) = try await load(request.bundle, from: source)
    try await audience.consider(desired)
    try await lookAhead(desired, request.choices, asker)
    let draft = RevisionDraft(
      source: source,
      origin: request.bundle.origin,
      author: request.bundle.author,
      files: request.bundle.files,
      approval: approval
    )
    var options = options(request.choices, desired)
    options.governing = governing
    let receipt = try await refusing {
      try await reconciler.apply(desired: desired, draft: draft, options: options, expectedPlan: request.expectedPlan)
    }
    try await audience.accept(desired)
    return ApplyResponse(plan: receipt.plan, revision: receipt.revision, warnings: warnings)
  }

  /// The source that is followed, once what runs has come from it.
  private func governing() async throws -> String? {
    guard let source = try await parts.following() else { return nil }
    return try await reconciler.revisions().last?.source == source ? source : nil
  }

  package func delete(_ request: DeleteRequest) async throws -> ApplyResponse {
    let receipt = try await refusing {
      try await reconciler.delete(request.addresses, author: request.author, expectedPlan: request.expectedPlan)
    }
    return ApplyResponse(plan: receipt.plan, revision: receipt.revision, warnings: [])
  }

  package func planDeletion(_ request: DeleteRequest) async throws -> PlanResponse {
    PlanResponse(plan: try await refusing { try await reconciler.previewDeletion(request.addresses) }, warnings: [])
  }

  /// - Throws: `APIError`; files that declare nothing at all are an accident of the source, not mistakes in them.
  func load(_ bundle: ManifestBundle, from source: String) async throws -> (
    desired: DesiredState, warnings: [Diagnostic]
  ) {
    do {
      return try loader.load(bundle.files, source: source, now: parts.now())
    } catch let error as APIError where Manifest.declaresNothing(bundle.files.values) {
      let made = await reconciler.inventory().map(\.address).filter { !$0.kind.isDerived && $0.kind != .cluster }
      guard error.code == .invalidManifests, !made.isEmpty else { throw error }
      let refusal = EmptyTree.refusal(made, source: source)
      throw APIError(.refused, refusal.message, refusals: [refusal])
    }
  }

  /// What was asked for, and what the cluster's policy says anyway.
  func options(_ choices: PlanChoices, _ desired: DesiredState) -> PlanOptions {
    let policy = desired.cluster?.attributes["policy"]["prune"].boolean ?? false
    return PlanOptions(prune: choices.prune || policy, allowDeletions: choices.allowDeletions)
  }

  /// The reconciler's refusals in the words of the API.
  func refusing<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch let error as ApplyError {
      throw LiveControlPlane.translate(error)
    }
  }

  private static func translate(_ error: ApplyError) -> APIError {
    switch error {
    case .refused(let plan): APIError(.refused, error.description, refusals: plan.refusals)
    case .planChanged: APIError(.planChanged, error.description)
    case .unknownResource, .unknownRevision: APIError(.notFound, error.description)
    case .busy, .noRevision, .notTakenUp: APIError(.notReady, error.description)
    case .needed: APIError(.refused, error.description)
    }
  }
}

// MARK: - Reads

extension LiveControlPlane {
  package func version() async throws -> VersionView { parts.identity }

  package func firewall(_ step: FirewallStep) async throws -> FirewallView { try await parts.firewall(step) }

  package func sealingCertificate() async throws -> SealingView {
    SealingView(certificate: parts.sealingCertificate)
  }

  package func progress(revision: Int) async throws -> AsyncStream<ProgressLine> {
    let events = try await refusing { try await reconciler.progress(revision: revision) }
    return LiveControlPlane.relay(events, transform: ProgressLine.init)
  }

  package func events(since: Int, follow: Bool) async throws -> AsyncStream<Event> {
    try await reconciler.events(since: since, follow: follow)
  }

  package func logs(service: String, tail: Int, follow: Bool) async throws -> AsyncStream<[UInt8]> {
    try await parts.logs(service, tail, follow)
  }

  /// The same stream in other words; ends with the source, and ends it when nobody listens any more.
  private static func relay<Input: Sendable, Output: Sendable>(
    _ source: AsyncStream<Input>,
    transform: @escaping @Sendable (Input) -> Output
  ) -> AsyncStream<Output> {
    let (stream, continuation) = AsyncStream<Output>.makeStream()
    let task = Task {
      for await element in source { continuation.yield(transform(element)) }
      continuation.finish()
    }
    continuation.onTermination = { _ in task.cancel() }
    return stream
  }
}

extension ProgressLine {
  /// A step of the reconciler as a line.
  init(_ event: ProgressEvent) {
    let step: Step =
      switch event.step {
      case .started: .started
      case .done: .done
      case .failed: .failed
      case .waiting: .waiting
      case .stalled: .stalled
      case .converged: .converged
      case .stuck: .stuck
      case .superseded: .superseded
      }
    self.init(step: step, address: event.address, message: event.message, at: event.at)
  }
}

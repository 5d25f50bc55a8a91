import RhizomeAPI
import RhizomeAPIServer
import RhizomeManifest
import RhizomeModel
import RhizomePlanner
import RhizomeReconciler
import RhizomeStateStore
import Testing

@Suite("The live control plane")
struct LiveControlPlaneTests {
  private static let manifests = """
    apiVersion: rhizome/v1
    kind: Cluster
    metadata: {name: plant}
    spec: {domain: plant.example}
    ---
    apiVersion: rhizome/v1
    kind: Secret
    metadata: {name: token}
    spec: {generated: {length: 20}}
    """

  @Test("applies files, and shows what came of them")
  func apply() async throws {
    try await withPlane { plane in
      let request = PlanRequest(bundle: bundle(), choices: PlanChoices())
      #expect(try await plane.plan(request).plan.count(.create) == 2)
      let receipt = try await plane.apply(ApplyRequest(bundle: bundle(), choices: PlanChoices()))
      try await finish(plane, receipt.revision)
      #expect(try await plane.plan(request).plan.isEmpty)
      #expect(try await plane.history().map(\.isCurrent) == [true])
      #expect(try await plane.drift(refresh: true, since: nil).entries.isEmpty)
    }
  }

  @Test("shows secrets only to those who ask for them")
  func secrets() async throws {
    try await withPlane { plane in
      let receipt = try await plane.apply(ApplyRequest(bundle: bundle(), choices: PlanChoices()))
      try await finish(plane, receipt.revision)
      let address = Address(.secret, "token")
      let hidden = try await plane.resources(showSecrets: false).first { $0.address == address }
      let shown = try await plane.resources(showSecrets: true).first { $0.address == address }
      #expect(hidden?.spec["value"].isSensitive == true)
      #expect(shown?.spec["value"].text?.count == 20)
    }
  }

  @Test("refuses manifests with mistakes, and keeps what was there")
  func invalid() async throws {
    try await withPlane { plane in
      let broken = bundle(Self.manifests.replacing("length", with: "lenght"))
      let error = await #expect(throws: APIError.self) {
        try await plane.apply(ApplyRequest(bundle: broken, choices: PlanChoices()))
      }
      #expect(error?.code == .invalidManifests)
      #expect(error?.diagnostics.isEmpty == false)
      let history = try await plane.history()
      #expect(history.isEmpty)
    }
  }

  @Test("speaks of this machine's share, and refuses manifests that do not say which machine it is")
  func share() async throws {
    let nodes = ["ash", "oak"].map { "kind: Node\nmetadata: {name: \($0)}\nspec: {zone: home}" }
    let more = (["kind: Zone\nmetadata: {name: home}\nspec: {}"] + nodes).map { "\n---\napiVersion: rhizome/v1\n\($0)" }
    let two = bundle(Self.manifests + more.joined())
    let fewer = bundle(Self.manifests + more.dropLast().joined())
    try await withPlane { plane in
      let error = await #expect(throws: APIError.self) {
        try await plane.apply(ApplyRequest(bundle: two, choices: PlanChoices()))
      }
      #expect(error?.code == .refused)
      #expect(error?.message.contains("--node NAME, where NAME is one of: ash, oak") == true)
    }
    try await withPlane(node: "oak") { plane in
      let receipt = try await plane.apply(ApplyRequest(bundle: two, choices: PlanChoices()))
      #expect(receipt.plan.share?.sentence == "This machine (Node/oak) drives 4 of 5 resources.")
      try await finish(plane, receipt.revision)
      let listed = try await plane.resources(showSecrets: false).map(\.address)
      #expect(!listed.contains(Address(.secret, "token")))
      // Without its Node it is told, and goes on with what it has.
      let error = await #expect(throws: APIError.self) {
        try await plane.apply(ApplyRequest(bundle: fewer, choices: PlanChoices()))
      }
      #expect(error?.message.contains("do not declare Node/oak, but ash") == true)
      #expect(try await plane.history().map(\.isCurrent) == [true])
    }
  }

  @Test("refuses a saved plan that no longer fits")
  func planChanged() async throws {
    try await withPlane { plane in
      let saved = try await plane.plan(PlanRequest(bundle: bundle(), choices: PlanChoices())).plan
      let receipt = try await plane.apply(ApplyRequest(bundle: bundle(), choices: PlanChoices()))
      try await finish(plane, receipt.revision)
      let error = await #expect(throws: APIError.self) {
        try await plane.apply(ApplyRequest(bundle: bundle(), choices: PlanChoices(), expectedPlan: saved))
      }
      #expect(error?.code == .planChanged)
      #expect(error?.message.contains("Secret/token") == true)
    }
  }

  @Test("nothingToFollow: a place where nothing good was found is followed only when a person says so")
  func newPlace() async throws {
    let request = ApplyRequest(bundle: bundle(), choices: PlanChoices())
    let asked = PlanRequest(bundle: bundle(), choices: PlanChoices())
    for look in [PlaceLook.wrong("There is no such folder."), .unknown("The forge is away.")] {
      try await withPlane(newPlace: look) { plane in
        let error = await #expect(throws: APIError.self) { try await plane.apply(request) }
        #expect(error?.code == .refused && error?.refusals.map(\.rule) == [.nothingToFollow])
        #expect(error?.message.hasSuffix("Where you know that it will be right: --allow-unseen-git.") == true)
        #expect(try await plane.plan(asked).plan.refusals.map(\.rule) == [.nothingToFollow])
        #expect(try await plane.history().isEmpty)
        let knowing = ApplyRequest(bundle: bundle(), choices: PlanChoices(allowUnseenGit: true))
        try await finish(plane, try await plane.apply(knowing).revision)
        // Going back is the way out of such a place, and is never held up by one.
        let back = RollbackRequest(revision: 1, choices: PlanChoices(), author: "me")
        #expect(try await plane.rollBack(back).revision == 1)
      }
    }
    // A commit that cannot be judged now is not wrong, and tried again.
    try await withPlane(newPlace: .unknown("The forge is away.")) { plane in
      let error = await #expect(throws: APIError.self) { try await plane.apply(request, from: SourceName.git) }
      #expect(error?.code == .notReady && error?.message == "The forge is away." && error?.refusals == [])
      await #expect(throws: APIError.self) { try await plane.plan(asked, from: SourceName.git) }
    }
    try await withPlane(newPlace: .wrong("There is no such folder.")) { plane in
      let error = await #expect(throws: APIError.self) { try await plane.apply(request, from: SourceName.git) }
      #expect(error?.refusals.map(\.rule) == [.nothingToFollow])
    }
  }

  /// A saved plan of manifests, and what the daemon answers to it now.
  private func applySaved(
    _ plane: LiveControlPlane,
    _ saved: PlanResponse,
    of bundle: ManifestBundle,
    present: ManifestBundle? = nil
  ) async throws -> ApplyResponse {
    let made = PlanRequest(bundle: bundle, choices: PlanChoices())
    let sealed = "sealed:" + String(decoding: try WireFormat.encode(made), as: UTF8.self)
    let request = SavedPlanRequest(plan: saved.plan, sealed: sealed, revision: saved.revision, present: present)
    return try await plane.applySaved(request)
  }

  @Test("a saved plan names what was declared otherwise since, by resource and field, and by revision")
  func savedPlan() async throws {
    try await withPlane { plane in
      let first = bundle()
      let empty = try await plane.plan(PlanRequest(bundle: first, choices: PlanChoices()))
      #expect(empty.revision == nil)
      var other = first
      other.files["all.yaml"] = Self.manifests.replacing("plant.example", with: "garden.example")
      let changed = await #expect(throws: APIError.self) {
        try await applySaved(plane, empty, of: first, present: other)
      }
      #expect(changed?.code == .planChanged)
      #expect(changed?.message.contains("declared: Cluster/plant domain") == true, "\(String(describing: changed))")
      var noted = first
      noted.files["all.yaml", default: ""] += "# a remark\n"
      let receipt = try await applySaved(plane, empty, of: first, present: noted)
      try await finish(plane, receipt.revision)
      let stale = await #expect(throws: APIError.self) { try await applySaved(plane, empty, of: first) }
      #expect(stale?.message.contains("declared: revision 1 was applied by me from /manifests since") == true)
      #expect(stale?.message.contains("Secret/token was to be created, and needs nothing now") == true)
      let foreign = SavedPlanRequest(plan: empty.plan, sealed: "nonsense", revision: nil, present: nil)
      let closed = await #expect(throws: APIError.self) { try await plane.applySaved(foreign) }
      #expect(closed?.message.contains("made for another cluster") == true)
    }
  }

  private func bundle(_ text: String = manifests) -> ManifestBundle {
    ManifestBundle(files: ["all.yaml": text], origin: "/manifests", author: "me")
  }

  private func finish(_ plane: LiveControlPlane, _ revision: Int) async throws {
    var last: ProgressLine?
    for await line in try await plane.progress(revision: revision) { last = line }
    #expect(last?.step == .converged)
  }

  /// A control plane over an in-memory store; everything declared in these tests is kept by the records' own driver.
  private func withPlane(
    node: String? = nil,
    newPlace: PlaceLook = .fine,
    _ body: (LiveControlPlane) async throws -> Void
  ) async throws {
    let loader = DesiredLoader(node: node) { _ in
      ResolutionContext(
        derive: { label, count in Array(repeating: UInt8(truncatingIfNeeded: label.utf8.count), count: count) },
        fingerprint: { "print of \($0.count)" },
        unseal: { $0 },
        s3URL: "http://s3",
        webURL: "http://web",
        ldapURL: "ldap://directory",
        serviceFolder: { "/services/\($0)" }
      )
    }
    let now = Timestamp(milliseconds: 1_800_000_000_000)
    let store = MemoryStateStore()
    let reconciler = try Reconciler(
      settings: ReconcilerSettings(clusterID: "c", seed: 1),
      store: store,
      registry: DriverRegistry([:]),
      clock: ReconcilerClock(ContinuousClock(), wallTime: { now })
    ) { try loader.load($0.files, source: $0.source, now: now).desired }
    let identity = VersionView(version: "1", clusterID: "c", processID: 1, endpoints: [:])
    let parts = LiveControlPlane.Parts(
      identity: identity,
      sealingCertificate: "PEM",
      firewall: { _ in throw APIError(.notFound, "there is none") },
      logs: { _, _, _ in AsyncStream { $0.finish() } },
      mutes: try MuteList(store),
      newPlace: { _ in newPlace },
      unseal: { text in
        guard text.hasPrefix("sealed:") else { throw APIError(.badRequest, "not ours") }
        return String(text.dropFirst(7))
      },
      now: { now }
    )
    let plane = LiveControlPlane(reconciler: reconciler, loader: loader, parts: parts, audience: NobodyListens())
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await reconciler.run() }
      try await body(plane)
      group.cancelAll()
    }
  }
}

private struct NobodyListens: DesiredAudience {
  func consider(_ desired: DesiredState) async throws {}
  func accept(_ desired: DesiredState) async throws {}
}

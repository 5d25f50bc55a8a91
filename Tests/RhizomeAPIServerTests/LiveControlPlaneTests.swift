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

  private func bundle(_ text: String = manifests) -> ManifestBundle {
    ManifestBundle(files: ["all.yaml": text], origin: "/manifests", author: "me")
  }

  private func finish(_ plane: LiveControlPlane, _ revision: Int) async throws {
    var last: ProgressLine?
    for await line in try await plane.progress(revision: revision) { last = line }
    #expect(last?.step == .converged)
  }

  /// A control plane over an in-memory store; everything declared in these tests is kept by the records' own driver.
  private func withPlane(_ body: (LiveControlPlane) async throws -> Void) async throws {
    let loader = DesiredLoader { _ in
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
      logs: { _, _, _ in AsyncStream { $0.finish() } },
      mutes: try MuteList(store),
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

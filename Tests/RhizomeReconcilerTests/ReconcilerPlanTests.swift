import RhizomeDriver
import RhizomeModel
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport
import Testing

/// Plans, and answers before the current revision was read.
@Suite struct ReconcilerPlanTests {
  private let site = Address(.bucket, "site")

  /// Before the current revision is read, nothing seems to be declared; that must not read as in sync.
  @Test func whoAsksWhileTheRevisionIsReadWaitsForIt() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      try await live(rig) { rig, reconciler in
        try await rig.apply([Sample.bucket(policies: Policies(drift: .report))], to: reconciler)
        try await rig.sleep(.seconds(5))
        rig.setSize(of: site, to: 99)
      }
      rig.beforeLoading { try await rig.sleep(.seconds(30)) }
      try await live(rig) { rig, reconciler in
        let kinds = try await reconciler.driftReport(refresh: true).map(\.kind)
        #expect(kinds == [.changed])
      }
      try await live(rig) { rig, reconciler in
        let desired = try await reconciler.snapshot().desired
        #expect(desired.resources[site] != nil)
      }
    }
  }

  @Test func aRevisionThatCannotBeReadIsNeverInSync() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      _ = try await live(rig) { rig, reconciler in try await rig.apply([Sample.bucket()], to: reconciler) }
      rig.beforeLoading { throw DriverError(.unavailable, "no key") }
      try await live(rig) { rig, reconciler in
        await #expect(throws: ApplyError.self) { try await reconciler.driftReport(refresh: true) }
        await #expect(throws: ApplyError.self) { try await reconciler.snapshot() }
        try await rig.apply([Sample.bucket(size: 20)], to: reconciler)
        #expect(try await reconciler.driftReport(refresh: true).isEmpty)
      }
    }
  }

  @Test func aRefusedApplyAtTheStartLeavesTheCurrentRevisionRunning() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      try await live(rig) { rig, reconciler in
        try await rig.apply([Sample.bucket()], to: reconciler)
        try await rig.sleep(.seconds(5))
      }
      rig.beforeLoading { try await rig.sleep(.seconds(1)) }
      rig.answer { _ in .init(delay: .seconds(3)) }
      try await live(rig) { rig, reconciler in
        let empty = DesiredState(clusterName: "plant", source: "test", resources: [])
        await #expect(throws: ApplyError.self) {
          try await rig.apply(empty, to: reconciler, options: PlanOptions(prune: true))
        }
        rig.setSize(of: site, to: 99)
        try await rig.sleep(.seconds(120))
        #expect(rig.size(of: site) == 10)
      }
    }
  }

  @Test func whatNoDriverCaresForIsNotKnownToBeThere() throws {
    try withReconciler { rig, reconciler in
      try await rig.sleep(.seconds(1))
      let mapping = Resource(Address(.portMapping, "home.tcp-443"), attributes: .map([:]))
      let plan = try await reconciler.preview(desired: Rig.state([mapping]))
      #expect(
        !plan.actions.contains { $0.address == mapping.address } && plan.unknown.map(\.address) == [mapping.address]
      )
      #expect(plan.unknown.first?.reason.contains("No driver is configured for it") == true)
    }
  }

  @Test func aPreviewWritesNothing() throws {
    try withReconciler { rig, reconciler in
      try await rig.sleep(.seconds(1))
      let plan = try await reconciler.preview(desired: Rig.state(Sample.all))
      #expect(plan.count(.create) == 6)
      #expect(rig.store.transactions.isEmpty && rig.storage.performed.isEmpty)
    }
  }

  @Test func aSavedPlanRunsOnlyWhileItStillFits() throws {
    try withReconciler { rig, reconciler in
      _ = try await rig.apply([Sample.bucket()], to: reconciler)
      try await rig.sleep(.seconds(5))
      let bigger = [Sample.bucket(size: 20)]
      let saved = try await reconciler.preview(desired: Rig.state(bigger))
      #expect(saved.actions.map(\.changes.count) == [1])
      if let object = rig.storage.engine.object(site) { rig.storage.engine.remove(object.id) }
      let error = await #expect(throws: ApplyError.self) {
        try await rig.apply(bigger, to: reconciler, expectedPlan: saved)
      }
      #expect(
        error.map { "\($0)".contains("Bucket/site was to be updated (quotas.size), and is now to be created") } == true
      )
      let fresh = try await reconciler.preview(desired: Rig.state(bigger))
      let receipt = try await rig.apply(bigger, to: reconciler, expectedPlan: fresh)
      #expect(try await reconciler.outcome(of: receipt.revision)?.step == .converged)
      #expect(rig.size(of: site) == 20)
    }
  }
}

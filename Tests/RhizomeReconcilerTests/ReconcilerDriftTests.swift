import RhizomeDriver
import RhizomeModel
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport
import Testing

/// Drift, healed and told.
@Suite struct ReconcilerDriftTests {
  private let site = Address(.bucket, "site")
  private let alice = Address(.user, "alice")

  @Test func driftIsHealedAndTold() throws {
    try withReconciler { rig, reconciler in
      _ = try await rig.apply([Sample.bucket()], to: reconciler)
      try await rig.sleep(.seconds(5))
      rig.setSize(of: site, to: 99)
      try await rig.sleep(.seconds(120))
      #expect(rig.size(of: site) == 10)
      let reasons = try await collect(reconciler.events(since: 0, follow: false)).map(\.reason)
      #expect(reasons.contains("DriftFound") && reasons.contains("DriftHealed"))
      #expect(try await reconciler.driftReport(refresh: false).isEmpty)
    }
  }

  /// Whether the engine says no for good or is out of order: it was never made, and a report that is silent would say that
  /// it is there.
  @Test(arguments: [DriverError.Code.invalid, .unavailable])
  func whatWasNeverMadeIsToldUntilItIs(_ code: DriverError.Code) throws {
    try withReconciler { rig, reconciler in
      rig.answer { if case .perform = $0 { .failing(code, "there is no room") } else { .init() } }
      _ = try await rig.apply([Sample.bucket()], to: reconciler)
      try await rig.sleep(.seconds(120))
      for refresh in [false, true, false] {
        let report = try await reconciler.driftReport(refresh: refresh)
        #expect(report.map(\.address) == [site] && report.map(\.standing) == [.neverMade])
        #expect(report.first?.detail?.contains("there is no room") == true && report.first?.since != nil)
      }
      rig.answer { _ in .init() }
      try await rig.sleep(.seconds(7_200))
      #expect(rig.size(of: site) == 10)
      #expect(try await reconciler.driftReport(refresh: false).isEmpty)
    }
  }

  /// The declaration was the only thing of ours: with it gone, no look would ever end what was said of it.
  @Test func whatWasNeverMadeAndIsNoLongerDeclaredIsForgotten() throws {
    try withReconciler { rig, reconciler in
      let object = rig.storage.engine.add(site, ["quotas": ["size": 5]])
      _ = try await rig.apply([Sample.key, Sample.bucket()], to: reconciler)
      try await rig.sleep(.seconds(120))
      #expect(try await reconciler.driftReport(refresh: true).map(\.standing) == [.neverMade])
      _ = try await rig.apply([Sample.key], to: reconciler)
      #expect(try await reconciler.driftReport(refresh: false).allSatisfy { $0.standing == .stranger })
      rig.storage.engine.remove(object.id)
      try await rig.sleep(.seconds(120))
      #expect(try await reconciler.driftReport(refresh: true).isEmpty)
    }
  }

  @Test func whatIsBeingMadeForTheFirstTimeIsNoDrift() throws {
    try withReconciler { rig, reconciler in
      rig.answer { if case .perform = $0 { .init(delay: .seconds(20)) } else { .init() } }
      _ = try await rig.apply([Sample.bucket()], to: reconciler)
      try await rig.sleep(.seconds(5))
      #expect(try await reconciler.driftReport(refresh: false).isEmpty)
    }
  }

  /// What is tried again after a hiccup, or after a crash, is what was begun, and not the rest of the resource.
  @Test(arguments: [false, true]) func aFieldThatIsToldOnlyIsLeftWhenHealingAnotherIsTriedAgain(crashes: Bool) throws {
    let policies = Policies(fieldDrift: [FieldPath(["quotas", "objects"]): .report])
    let bucket = Resource(site, attributes: ["quotas": ["size": 10, "objects": 5]], policies: policies)
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      try await live(rig) { rig, reconciler in
        _ = try await rig.apply([bucket], to: reconciler)
        try await rig.sleep(.seconds(5))
        let object = try #require(rig.storage.engine.object(site))
        rig.answer { if case .perform = $0 { .failing(.unavailable) } else { .init() } }
        rig.storage.engine.change(object.id) { $0.attributes = ["quotas": ["size": 99, "objects": 7]] }
        try await rig.sleep(.seconds(120))
        #expect(rig.storage.performed.count { $0 == .perform(.update, site) } > 1)
        if !crashes {
          rig.answer { _ in .init() }
          try await rig.sleep(.seconds(600))
        }
      }
      rig.answer { _ in .init() }
      if crashes { try await live(rig) { rig, _ in try await rig.sleep(.seconds(600)) } }
    }
    #expect(rig.storage.engine.object(site)?.attributes == ["quotas": ["size": 10, "objects": 7]])
  }

  /// The engine writes whole objects, as the LDAP driver does.
  @Test func aFieldThatIsToldOnlyIsLeftWhenAnotherIsHealed() throws {
    let policies = Policies(fieldDrift: [FieldPath(["quotas", "objects"]): .report])
    let bucket = Resource(site, attributes: ["quotas": ["size": 10, "objects": 5]], policies: policies)
    try withReconciler { rig, reconciler in
      _ = try await rig.apply([bucket], to: reconciler)
      try await rig.sleep(.seconds(5))
      let object = try #require(rig.storage.engine.object(site))
      rig.storage.engine.change(object.id) { $0.attributes = ["quotas": ["size": 10, "objects": 7]] }
      try await rig.sleep(.seconds(120))
      let since = try await reconciler.driftReport(refresh: false).map(\.since)
      rig.storage.engine.change(object.id) { $0.attributes = ["quotas": ["size": 99, "objects": 7]] }
      let found = try await reconciler.driftReport(refresh: true)
      #expect(found.map(\.field?.description) == ["quotas.objects", "quotas.size"])
      #expect(found.map(\.policy) == [.report, .heal])
      try await rig.sleep(.seconds(120))
      #expect(rig.storage.engine.object(site)?.attributes == ["quotas": ["size": 10, "objects": 7]])
      let left = try await reconciler.driftReport(refresh: false)
      #expect(left.map(\.field?.description) == ["quotas.objects"])
      #expect(left.map(\.since) == since && left.map(\.timesSeen) == [1])
      let resolved = await reconciler.resolvedDrift(since: Timestamp(milliseconds: 0))
      #expect(resolved.map(\.entry.field?.description) == ["quotas.size"] && resolved.map(\.ending) == [.healed])
      #expect(await reconciler.status(of: site)?[.ready]?.reason == "Drifted")
    }
  }

  @Test func whatIsGoneIsToldWithTheRevisionInWhichItWasMade() throws {
    try withReconciler { rig, reconciler in
      let policies = Policies(drift: .report)
      for size in [10, 20, 30] as [Int64] {
        _ = try await rig.apply([Sample.bucket(size: size, policies: policies)], to: reconciler)
        try await rig.sleep(.seconds(5))
      }
      let object = try #require(rig.storage.engine.object(site))
      rig.storage.engine.remove(object.id)
      let entries = try await reconciler.driftReport(refresh: true)
      #expect(entries.map(\.detail) == ["it was made in revision 1 and is gone"])
      let receipt = try await rig.apply(
        [Sample.bucket(size: 30, policies: policies), Resource(Address(.user, "zoe"), attributes: [:])],
        to: reconciler
      )
      let last = try await collect(reconciler.progress(revision: receipt.revision)).last?.message
      #expect(last?.hasPrefix("Everything is done. Not as declared, and left so by the drift policy: Bucket/") == true)
    }
  }

  @Test func whatIsIgnoredIsNotCalledAsDeclared() throws {
    try withReconciler { rig, reconciler in
      let gone = Resource(Address(.bucket, "gone"), attributes: [:], policies: Policies(drift: .ignore))
      let changed = Sample.bucket(policies: Policies(drift: .ignore))
      _ = try await rig.apply([gone, changed], to: reconciler)
      try await rig.sleep(.seconds(5))
      #expect(await reconciler.status(of: site)?[.ready]?.message == "It is as declared.")
      rig.setSize(of: site, to: 99)
      rig.storage.engine.remove(try #require(rig.storage.engine.object(gone.address)).id)
      try await rig.sleep(.seconds(120))
      let states = [await reconciler.status(of: site)?[.ready], await reconciler.status(of: gone.address)?[.ready]]
      #expect(states.map(\.?.state) == [.true, .false] && states.map(\.?.reason) == ["Ignored", "Ignored"])
      let words = "Not as Rhizome made it any more: quotas.size. The policy says to ignore that."
      #expect(states.map(\.?.message) == [words, "It is gone, and the policy says to ignore that."])
      #expect(try await reconciler.driftReport(refresh: true).isEmpty)
      let receipt = try await rig.apply([gone, changed, Resource(alice, attributes: [:])], to: reconciler)
      let last = try await collect(reconciler.progress(revision: receipt.revision)).last?.message
      #expect(last?.contains("ignored by the drift policy: Bucket/gone, Bucket/site") == true, "\(last ?? "")")
      // An edit of the one makes it as declared again, and says so.
      _ = try await rig.apply([gone, Sample.bucket(size: 20, policies: Policies(drift: .ignore))], to: reconciler)
      try await rig.sleep(.seconds(5))
      #expect(await reconciler.status(of: site)?[.ready]?.message == "It is as declared.")
    }
  }

  @Test func driftThatIsIgnoredFromNowOnHasNotGoneAway() throws {
    try withReconciler { rig, reconciler in
      _ = try await rig.apply([Sample.bucket(policies: Policies(drift: .report))], to: reconciler)
      try await rig.sleep(.seconds(5))
      rig.setSize(of: site, to: 99)
      try await rig.sleep(.seconds(120))
      #expect(try await reconciler.driftReport(refresh: false).count == 1)
      _ = try await rig.apply([Sample.bucket(policies: Policies(drift: .ignore))], to: reconciler)
      try await rig.sleep(.seconds(120))
      #expect(try await reconciler.driftReport(refresh: true).isEmpty)
      let reasons = try await collect(reconciler.events(since: 0, follow: false)).map(\.reason)
      #expect(reasons.contains("DriftFound") && !reasons.contains("DriftGone"))
      #expect(await reconciler.resolvedDrift(since: Timestamp(milliseconds: 0)).isEmpty)
    }
  }

  /// Nobody has looked, or could: that is told, also of what was never made.
  @Test func whatNobodyCouldLookAtIsTold() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      try await live(rig) { rig, reconciler in
        rig.answer { if case .observe = $0 { .init(unknown: "no answer") } else { .init() } }
        _ = try? await rig.apply([Sample.bucket()], to: reconciler)
        for refresh in [true, false] {
          #expect(try await reconciler.driftReport(refresh: refresh).map(\.kind) == [.unknown], "\(refresh)")
        }
        rig.answer { _ in .init() }
        try await rig.sleep(.seconds(120))
        #expect(try await reconciler.driftReport(refresh: false).isEmpty)
        #expect(await reconciler.resolvedDrift(since: Timestamp(milliseconds: 0)).isEmpty)
      }
      try await live(rig) { rig, reconciler in
        let before = try await reconciler.driftReport(refresh: false)
        #expect(before.map(\.detail) == ["nobody has looked at it yet"])
        #expect(try await reconciler.driftReport(refresh: true).isEmpty)
        #expect(try await reconciler.driftReport(refresh: false).isEmpty)
      }
    }
  }

  @Test func reportedDriftStaysAndKeepsItsMomentOverARestart() throws {
    let rig = Rig()
    let bucket = Sample.bucket(policies: Policies(drift: .report))
    try runInVirtualTime(rig.time.clock) {
      let since = try await live(rig) { rig, reconciler in
        _ = try await rig.apply([bucket], to: reconciler)
        try await rig.sleep(.seconds(5))
        rig.setSize(of: site, to: 99)
        try await rig.sleep(.seconds(120))
        #expect(rig.size(of: site) == 99)
        #expect(await reconciler.status(of: site)?[.ready]?.reason == "Drifted")
        return try await reconciler.driftReport(refresh: false).first?.since
      }
      #expect(since != nil)
      try await live(rig) { rig, reconciler in
        try await rig.sleep(.seconds(120))
        let entries = try await reconciler.driftReport(refresh: true)
        #expect(entries.map(\.since) == [since])
        #expect(entries.first?.field?.description == "quotas.size")
        #expect(entries.first?.observed == 99 && entries.first?.prior == 10)
        rig.setSize(of: site, to: 10)
        try await rig.sleep(.seconds(120))
        #expect(try await reconciler.driftReport(refresh: false).isEmpty)
        #expect(await reconciler.status(of: site)?[.ready]?.state == .true)
      }
    }
  }

  @Test func aFreshReportTellsDriftAndLeavesItToBeWritten() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      try await live(rig) { rig, reconciler in
        try await rig.apply([Sample.bucket(policies: Policies(drift: .report))], to: reconciler)
        try await rig.sleep(.seconds(5))
        rig.setSize(of: site, to: 99)
        #expect(try await reconciler.driftReport(refresh: true).map(\.kind) == [.changed])
        try await rig.sleep(.seconds(1))
        let events = try await collect(reconciler.events(since: 0, follow: false))
        #expect(events.count { $0.reason == "DriftFound" } == 1)
      }
      let stored = try await Ledger(rig.store).load().drift
      #expect(stored[site]?.map(\.kind) == [.changed])
    }
  }

  /// A look at everything takes as long as its slowest engine; what another engine made meanwhile is not missing.
  @Test func whatIsMadeDuringALookIsNotMissing() throws {
    try withReconciler { rig, reconciler in
      rig.answer { call in
        switch call {
        case .observe(let addresses) where addresses.contains(alice): .init(delay: .seconds(5))
        case .observe: .init()
        case .perform: .init(delay: .seconds(1))
        }
      }
      try await rig.apply([Sample.bucket(), Sample.alice], to: reconciler)
      let entries = try await reconciler.driftReport(refresh: true)
      #expect(entries == [])
      #expect(rig.size(of: site) == 10)
    }
  }

  @Test func ignoredDriftIsNeitherHealedNorTold() throws {
    try withReconciler { rig, reconciler in
      _ = try await rig.apply([Sample.bucket(policies: Policies(drift: .ignore))], to: reconciler)
      try await rig.sleep(.seconds(5))
      rig.setSize(of: site, to: 99)
      try await rig.sleep(.seconds(120))
      #expect(rig.size(of: site) == 99)
      #expect(try await reconciler.driftReport(refresh: true).isEmpty)
    }
  }
}

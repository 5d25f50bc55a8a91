import RhizomeDriver
import RhizomeModel
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport
import Testing

/// A machine that is told, by an apply or by a start under another name, that others drive what it made.
@Suite struct ShareTests {
  private let site = Address(.bucket, "site")
  private let web = Resource(Address(.service, "web"), attributes: [:])

  private func state(_ resources: [Resource], elsewhere: [Address]) -> DesiredState {
    var state = Rig.state(resources)
    let others = Dictionary(uniqueKeysWithValues: elsewhere.map { ($0, ["oak"]) })
    state.share = NodeShare(node: "ash", elsewhere: others)
    return state
  }

  @Test func whatMovedAwayIsWithdrawnAndWhatBelongsToTheClusterIsHeld() throws {
    try withReconciler { rig, reconciler in
      let first = try await rig.apply(state(Sample.all + [web], elsewhere: []), to: reconciler)
      #expect(try await reconciler.outcome(of: first.revision)?.step == .converged)
      let moved = Sample.all.map(\.address) + [web.address]
      let second = try await rig.apply(state([], elsewhere: moved), to: reconciler, options: PlanOptions(prune: true))
      #expect(second.plan.actions.map(\.address) == [web.address])
      #expect(try await reconciler.outcome(of: second.revision)?.step == .converged)
      #expect(rig.services.engine.object(web.address) == nil)
      #expect(rig.storage.engine.object(site) != nil)
      let records = await reconciler.inventory().map(\.address)
      #expect(Set(records) == Set(Sample.all.map(\.address) + [Address(.cluster, "plant")]))
      let ready = await reconciler.status(of: site)?[.ready]
      #expect(ready?.reason == "Held")
      #expect(ready?.message == "Node/oak drives it now; what was made on this machine is left as it is.")
    }
  }

  @Test func aStartUnderAnotherNameWithdrawsAndHoldsToo() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      try await live(rig) { rig, reconciler in
        let receipt = try await rig.apply(state(Sample.all + [web], elsewhere: []), to: reconciler)
        #expect(try await reconciler.outcome(of: receipt.revision)?.step == .converged)
      }
      rig.remember(1, state([], elsewhere: Sample.all.map(\.address) + [web.address]))
      try await live(rig) { rig, reconciler in
        try await rig.sleep(.seconds(1))
        #expect(try await reconciler.outcome(of: 1)?.step == .converged)
        #expect(rig.services.engine.object(web.address) == nil)
        #expect(rig.storage.engine.object(site) != nil)
        #expect(rig.directory.engine.object(Sample.alice.address) != nil)
      }
    }
  }

  @Test func whatIsHeldCanBeDeletedByName() throws {
    try withReconciler { rig, reconciler in
      let first = try await rig.apply(state([Sample.alice, Sample.key], elsewhere: []), to: reconciler)
      #expect(try await reconciler.outcome(of: first.revision)?.step == .converged)
      let second = try await rig.apply(
        state([], elsewhere: [Sample.alice.address, Sample.key.address]),
        to: reconciler
      )
      #expect(second.plan.actions == [])
      rig.remember(3, state([], elsewhere: [Sample.key.address]))
      let third = try await reconciler.delete([Sample.alice.address], author: "me")
      #expect(try await reconciler.outcome(of: third.revision)?.step == .converged)
      #expect(rig.directory.engine.object(Sample.alice.address) == nil)
      #expect(rig.storage.engine.object(Sample.key.address) != nil)
    }
  }
}

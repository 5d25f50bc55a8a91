import RhizomeModel
import RhizomeReconciler
import Testing

@Suite struct ReconcilerStateTests {
  private let key = Address(.accessKey, "publisher")
  private let site = Address(.bucket, "site")
  private let grant = Address(.grant, "site.publisher")
  private let alice = Address(.user, "alice")

  private func state(_ charges: [Address: Charge], settings: ReconcilerState.Settings = .init()) -> ReconcilerState {
    var state = ReconcilerState(settings: settings, seed: 1)
    state.setCharges(charges)
    for address in charges.keys.sorted() { state.enqueue(address, now: .zero) }
    return state
  }

  private func expectWake(
    _ state: inout ReconcilerState,
    _ moment: Duration,
    _ location: Testing.SourceLocation = #_sourceLocation
  ) {
    let wake = state.nextWake()
    #expect(wake == moment, sourceLocation: location)
  }

  private func expectNext(
    _ state: inout ReconcilerState,
    _ directives: Set<Directive>,
    now: Duration = .zero,
    _ location: Testing.SourceLocation = #_sourceLocation
  ) {
    let next = state.next(now: now)
    #expect(Set(next) == directives, sourceLocation: location)
  }

  private var storage: [Address: Charge] {
    [
      key: Charge(lane: "storage"), site: Charge(lane: "storage"),
      grant: Charge(lane: "storage", afterReady: [key, site]), alice: Charge(lane: "directory"),
    ]
  }

  @Test func dependentsWaitAndRunOnceAllTheyNeedIsReady() {
    var state = state(storage)
    state.setLanes(["storage": 4, "directory": 4], now: .seconds(999))
    let first = state.next(now: .zero)
    #expect(Set(first) == [.run(key), .run(site), .run(alice), .tellWaiting(grant, for: [key, site])])
    state.finish(key, .converged(), now: .zero)
    expectNext(&state, [.tellWaiting(grant, for: [site])], now: .zero)
    state.finish(site, .converged(), now: .zero)
    expectNext(&state, [.run(grant)], now: .zero)
    state.finish(grant, .converged(), now: .zero)
    state.finish(alice, .converged(), now: .zero)
    #expect(state.isSettled)
    expectWake(&state, .seconds(999))
  }

  /// A driver that notices its own failed attempt must not make a loop of it.
  @Test func whatKeepsFailingIsNotHurriedByWhatItsDriverNotices() {
    var state = state([alice: Charge(lane: "directory")])
    state.setLanes(["directory": 4], now: .seconds(999_999))
    var (now, attempts) = (Duration.zero, 0)
    while now < .seconds(600) {
      for directive in state.next(now: now) where directive == .run(alice) {
        attempts += 1
        state.finish(alice, .stalled(reason: "taken", retries: true), now: now)
      }
      state.heed(alice, now: now)
      now += .milliseconds(100)
    }
    #expect(attempts > 5)
    #expect(attempts < 40, "pauses grow")
    state.finish(alice, .converged(), now: now)
    state.heed(alice, now: now)
    expectNext(&state, [.run(alice)], now: now)
  }

  @Test func aFailureBacksOffAndHoldsUpNobodyElse() throws {
    var state = state(storage)
    state.setLanes(["storage": 4, "directory": 4], now: .seconds(999))
    _ = state.next(now: .zero)
    state.finish(site, .failed(reason: "no answer"), now: .zero)
    state.finish(key, .converged(), now: .zero)
    state.finish(alice, .converged(), now: .zero)
    #expect(state.phase(of: site) == .failing("no answer"))
    #expect(state.phase(of: alice) == .ready)
    #expect(!state.isSettled)
    _ = state.next(now: .zero)
    let retryWake = state.nextWake()
    let retry = try #require(retryWake)
    #expect(retry >= .milliseconds(250) && retry <= .milliseconds(500))
    expectNext(&state, [.run(site)], now: retry)
  }

  /// Somebody who waits for an apply is told within seconds that a router does not answer, not after minutes.
  @Test func whatStaysUnseenHoldsUpNobodyForLong() throws {
    var state = state([site: Charge(lane: "storage"), alice: Charge(lane: "directory")])
    state.setLanes(["storage": 4, "directory": 4], now: .seconds(60))
    _ = state.next(now: .zero)
    state.finish(alice, .converged(), now: .zero)
    state.finish(site, .unknown(reason: "no answer"), now: .zero)
    #expect(state.phase(of: site) == .unseen("no answer"))
    var (now, looks) = (Duration.zero, 0)
    while !state.isSettled {
      let nextWake = state.nextWake()
      now = try #require(nextWake)
      #expect(now < .seconds(30))
      expectNext(&state, [.resync(lane: "storage")], now: now)
      state.settle(site, .unknown(reason: "no answer"), now: now)
      state.finishResync(lane: "storage", unknown: 1, now: now)
      looks += 1
    }
    #expect(looks > 2, "a moment of silence is waited for")
    // The next apply begins with a look, and need not wait for more of them.
    state.setCharges([site: Charge(lane: "storage")])
    #expect(!state.isSettled)
    state.settle(site, .unknown(reason: "no answer"), now: now)
    #expect(state.isSettled)
    state.settle(site, .converged(), now: now)
    state.finishResync(lane: "storage", unknown: 0, now: now)
    #expect(state.isSettled && state.phase(of: site) == .ready)
  }

  @Test func dependentsOfAStalledOneAreSettledAndGoOnWhenItRecovers() {
    var state = state(storage)
    state.setLanes(["storage": 4, "directory": 4], now: .seconds(9_999))
    _ = state.next(now: .zero)
    for address in [key, alice] { state.finish(address, .converged(), now: .zero) }
    state.finish(site, .stalled(reason: "not ours", retries: false), now: .zero)
    _ = state.next(now: .zero)
    #expect(state.phase(of: grant) == .waiting([site]))
    #expect(state.isSettled)
    expectWake(&state, .seconds(9_999))
    state.settle(site, .converged(), now: .seconds(5))
    expectNext(&state, [.run(grant)], now: .seconds(5))
  }

  @Test func aDeletionWaitsUntilItsDependentsAreGone() {
    var state = state([
      site: Charge(lane: "storage", afterGone: [grant]), grant: Charge(lane: "storage"),
    ])
    state.setLanes(["storage": 4], now: .seconds(999))
    expectNext(&state, [.run(grant), .tellWaiting(site, for: [grant])])
    state.finish(grant, .gone, now: .zero)
    expectNext(&state, [.run(site)], now: .zero)
  }

  @Test func lookingAtADriverRepeatsAfterItsInterval() {
    var state = state([:])
    state.setLanes(["storage": 1], now: .zero)
    expectNext(&state, [.resync(lane: "storage")], now: .zero)
    expectNext(&state, [], now: .seconds(300))
    state.finishResync(lane: "storage", unknown: 0, now: .seconds(2))
    expectWake(&state, .seconds(62))
    expectNext(&state, [.resync(lane: "storage")], now: .seconds(62))
    state.requestResync(now: .seconds(63))
    state.finishResync(lane: "storage", unknown: 0, now: .seconds(64))
    expectNext(&state, [.resync(lane: "storage")], now: .seconds(64))
  }

  @Test func aDriverThatCannotLookIsAskedAgainSoonAsAWhole() throws {
    var state = state([site: Charge(lane: "storage"), key: Charge(lane: "storage")])
    state.setLanes(["storage": 4], now: .seconds(60))
    expectNext(&state, [.run(key), .run(site)], now: .zero)
    state.finish(site, .unknown(reason: "no answer"), now: .zero)
    state.finish(key, .unknown(reason: "no answer"), now: .zero)
    let nextWake = state.nextWake()
    let next = try #require(nextWake)
    #expect(next <= .milliseconds(500))
    expectNext(&state, [.resync(lane: "storage")], now: next)
    state.finishResync(lane: "storage", unknown: 2, now: next)
    let secondWake = state.nextWake()
    let second = try #require(secondWake)
    #expect(second > next && second <= next + .seconds(1))
  }

  @Test func aNewRevisionMakesEverythingPendingAndDropsWhatIsNotItsConcern() {
    var state = state(storage)
    state.setLanes(["storage": 4, "directory": 4], now: .seconds(999))
    _ = state.next(now: .zero)
    state.setCharges([site: Charge(lane: "storage")])
    #expect(state.phase(of: alice) == nil)
    state.finish(alice, .converged(), now: .zero)
    #expect(state.phase(of: alice) == nil)
    state.finish(site, .superseded, now: .zero)
    expectNext(&state, [.run(site)], now: .zero)
  }

  @Test func equalInputsGiveEqualDirectives() {
    func trace() -> [String] {
      var state = state(storage)
      state.setLanes(["storage": 1, "directory": 1], now: .seconds(1))
      var lines: [String] = []
      var now = Duration.zero
      for step in 0..<40 {
        for directive in state.next(now: now) {
          lines.append("\(now) \(directive)")
          if case .run(let address) = directive {
            state.finish(address, step % 3 == 0 ? .failed(reason: "x") : .converged(), now: now)
          }
        }
        now = state.nextWake() ?? now
      }
      return lines
    }
    #expect(trace() == trace())
  }
}

import Testing

@testable import ProcessSupervisor

@Suite("Supervision state")
struct SupervisionStateTests {
  private let grace = Duration.seconds(10)

  private func running() -> SupervisionState {
    var state = SupervisionState(policy: RestartPolicy(jitter: 0))
    #expect(state.run(now: .zero, grace: grace) == [.spawn])
    #expect(state.didStart(pid: 7, now: .zero, grace: grace) == [.report(.started(pid: 7))])
    return state
  }

  @Test func endNobodyAskedForIsFollowedByARestart() {
    var state = running()
    let directives = state.didExit(.code(1), now: .seconds(1), random: 0.5)
    #expect(
      directives == [
        .wake(at: .milliseconds(1_500)), .report(.exited(.code(1), restartIn: .milliseconds(500))),
      ]
    )
    #expect(state.wake(now: .milliseconds(1_400)) == [], "too early")
    #expect(state.wake(now: .milliseconds(1_500)) == [.spawn])
    #expect(state.restarts == 1)
  }

  @Test func failuresInARowWaitLongerAndAreForgiven() {
    var state = running()
    var now = Duration.zero
    for expected in [500, 1_000, 2_000] {
      _ = state.didExit(.code(1), now: now, random: 0.5)
      #expect(state.phase == .waiting(until: now + .milliseconds(expected)))
      now += .milliseconds(expected)
      _ = state.wake(now: now)
      _ = state.didStart(pid: 8, now: now, grace: grace)
    }
    now += .seconds(60)
    _ = state.didExit(.code(1), now: now, random: 0.5)
    #expect(state.phase == .waiting(until: now + .milliseconds(500)), "a long run is forgiven")
  }

  @Test func stoppingAsksFirstAndKillsAfterTheGrace() {
    var state = running()
    #expect(state.stop(now: .seconds(5), grace: grace) == [.terminate, .wake(at: .seconds(15))])
    #expect(state.stop(now: .seconds(6), grace: grace) == [], "asking twice changes nothing")
    #expect(state.wake(now: .seconds(14)) == [])
    #expect(state.wake(now: .seconds(15)) == [.kill])
    #expect(state.wake(now: .seconds(16)) == [])
    #expect(state.didExit(.signal(9), now: .seconds(16), random: 0) == [.report(.stopped(.signal(9)))])
    #expect(state.phase == .idle)
  }

  @Test func newDefinitionRestartsWithoutDelay() {
    var state = running()
    #expect(state.run(now: .seconds(1), grace: grace) == [.terminate, .wake(at: .seconds(11))])
    #expect(state.didExit(.signal(15), now: .seconds(2), random: 0) == [.report(.stopped(.signal(15))), .spawn])
  }

  @Test func changesDuringAStartTakeEffectAfterIt() {
    var outdated = SupervisionState(policy: RestartPolicy())
    _ = outdated.run(now: .zero, grace: grace)
    #expect(outdated.run(now: .zero, grace: grace) == [])
    #expect(outdated.didStart(pid: 1, now: .zero, grace: grace).contains(.terminate))
    #expect(outdated.didExit(.signal(15), now: .zero, random: 0).last == .spawn)
    var unwanted = SupervisionState(policy: RestartPolicy())
    _ = unwanted.run(now: .zero, grace: grace)
    #expect(unwanted.stop(now: .zero, grace: grace) == [])
    #expect(unwanted.didStart(pid: 1, now: .zero, grace: grace).contains(.terminate))
    #expect(unwanted.didExit(.signal(15), now: .zero, random: 0) == [.report(.stopped(.signal(15)))])
  }

  @Test func failedStartIsRetriedUnlessUnwanted() {
    var state = SupervisionState(policy: RestartPolicy(jitter: 0))
    _ = state.run(now: .zero, grace: grace)
    let directives = state.didFailToStart(reason: "no", now: .zero, random: 0)
    #expect(
      directives == [
        .wake(at: .milliseconds(500)), .report(.couldNotStart(reason: "no", retryIn: .milliseconds(500))),
      ]
    )
    #expect(state.stop(now: .zero, grace: grace) == [])
    #expect(state.phase == .idle)
    #expect(state.wake(now: .seconds(1)) == [], "an old alarm wakes nothing")
  }
}

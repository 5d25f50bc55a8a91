/// What is to be done with one process, decided from what happens to it. Pure: time and randomness are inputs, and
/// whoever holds it carries out the directives it returns, in order.
struct SupervisionState: Sendable {
  enum Phase: Sendable, Hashable {
    case idle
    case starting
    case running(since: Duration)
    /// SIGTERM was sent; SIGKILL follows at the deadline.
    case stopping(deadline: Duration)
    /// SIGKILL was sent.
    case killing
    case waiting(until: Duration)
  }

  enum Directive: Sendable, Hashable {
    /// Start the program as it is defined now, then call `didStart` or `didFailToStart`.
    case spawn
    /// Ask the program to end.
    case terminate
    /// End the program and everything it started.
    case kill
    /// Call `wake` at this time.
    case wake(at: Duration)
    case report(ProcessEvent.Happening)
  }

  private(set) var phase = Phase.idle
  /// Whether it shall run.
  private(set) var isWanted = false
  private(set) var restarts = 0
  private(set) var lastExit: ProcessExit?
  private(set) var startFailure: String?
  /// The definition changed while the program was being started.
  private var isOutdated = false
  private var failures = 0
  private let policy: RestartPolicy

  init(policy: RestartPolicy) { self.policy = policy }

  /// It shall run, with the definition of this moment.
  mutating func run(now: Duration, grace: Duration) -> [Directive] {
    isWanted = true
    failures = 0
    switch phase {
    case .idle, .waiting: return spawn()
    case .starting:
      isOutdated = true
      return []
    case .running: return terminate(now: now, grace: grace)
    case .stopping, .killing: return []
    }
  }

  /// It shall not run any more.
  mutating func stop(now: Duration, grace: Duration) -> [Directive] {
    isWanted = false
    switch phase {
    case .waiting:
      phase = .idle
      return []
    case .running: return terminate(now: now, grace: grace)
    case .idle, .starting, .stopping, .killing: return []
    }
  }

  mutating func didStart(pid: Int32, now: Duration, grace: Duration) -> [Directive] {
    startFailure = nil
    phase = .running(since: now)
    let report = Directive.report(.started(pid: pid))
    guard isWanted, !isOutdated else { return [report] + terminate(now: now, grace: grace) }
    return [report]
  }

  mutating func didFailToStart(reason: String, now: Duration, random: Double) -> [Directive] {
    startFailure = reason
    guard isWanted else {
      phase = .idle
      return []
    }
    if isOutdated { return spawn() }
    let delay = nextDelay(random: random)
    return wait(now: now, delay) + [.report(.couldNotStart(reason: reason, retryIn: delay))]
  }

  mutating func didExit(_ exit: ProcessExit, now: Duration, random: Double) -> [Directive] {
    lastExit = exit
    switch phase {
    case .running(let since):
      if now - since >= policy.forgiveAfter { failures = 0 }
      restarts += 1
      let delay = nextDelay(random: random)
      return wait(now: now, delay) + [.report(.exited(exit, restartIn: delay))]
    case .stopping, .killing:
      phase = .idle
      return [.report(.stopped(exit))] + (isWanted ? spawn() : [])
    case .idle, .starting, .waiting: return []
    }
  }

  /// Time has come for something; too early a call does no harm.
  mutating func wake(now: Duration) -> [Directive] {
    switch phase {
    case .waiting(let until) where until <= now: return spawn()
    case .stopping(let deadline) where deadline <= now:
      phase = .killing
      return [.kill]
    case .idle, .starting, .running, .stopping, .killing, .waiting: return []
    }
  }

  private mutating func spawn() -> [Directive] {
    phase = .starting
    isOutdated = false
    return [.spawn]
  }

  private mutating func terminate(now: Duration, grace: Duration) -> [Directive] {
    phase = .stopping(deadline: now + grace)
    return [.terminate, .wake(at: now + grace)]
  }

  private mutating func wait(now: Duration, _ delay: Duration) -> [Directive] {
    phase = .waiting(until: now + delay)
    return [.wake(at: now + delay)]
  }

  private mutating func nextDelay(random: Double) -> Duration {
    failures += 1
    return policy.delay(afterFailures: failures, random: random)
  }
}

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import ProgramRunner
package import RhizomeModel
internal import ServiceLifecycle

/// Who carries a verdict to the forge.
package protocol ForgeTransport: Sendable {
  /// - Returns: why it was not written, without any secret; nil when it was.
  func post(_ call: ForgeCall) async -> String?
}

/// By the program `curl`, in time and bounds.
package struct CurlTransport: ForgeTransport {
  package init() {}

  package func post(_ call: ForgeCall) async -> String? {
    guard let program = InstalledProgram.path("curl") else {
      return "the program curl is not installed; install it (apt install curl)"
    }
    do {
      let limits = ProgramLimits(time: .seconds(30), outputBytes: 1 << 17)
      let outcome = try await ProgramRunner.run(call.program(program), limits: limits)
      return call.failure(exitCode: outcome.exitCode, answer: outcome.outputText, errorText: outcome.errorText)
    } catch {
      return "the forge did not answer in time and form"
    }
  }
}

/// Tells the forge what became of commits: does what `ForgeReportState` says. Nobody waits for it.
package actor ForgeReporter {
  package typealias Store = @Sendable (ForgeRecord) async throws -> Void

  private let transport: any ForgeTransport
  private let load: @Sendable () async throws -> ForgeRecord
  private let save: Store
  private let now: @Sendable () -> Timestamp
  private let start = ContinuousClock.now
  private var state = ForgeReportState()
  /// The moment for which a timer runs.
  private var armed: Duration?
  private let rings: AsyncStream<Void>
  private let bell: AsyncStream<Void>.Continuation

  package init(
    transport: any ForgeTransport,
    load: @escaping @Sendable () async throws -> ForgeRecord,
    save: @escaping Store,
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.transport = transport
    self.load = load
    self.save = save
    self.now = now
    (rings, bell) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  package var snapshot: ForgeReportState { state }

  /// Writes elsewhere, or nowhere.
  package func follow(_ settings: ForgeSettings?) {
    state.follow(settings)
    bell.yield()
  }

  /// Something became of a commit; returns at once.
  package func report(_ verdict: CommitVerdict) {
    state.report(verdict)
    bell.yield()
  }

  /// Works until cancelled or told to stop. May be called once.
  package func run() async {
    await cancelWhenGracefulShutdown { await self.work() }
  }

  private func work() async {
    await recall()
    bell.yield()
    await withDiscardingTaskGroup { timers in
      for await _ in rings {
        guard let moment = await step(), armed.map({ moment < $0 }) ?? true else { continue }
        armed = moment
        timers.addTask {
          guard (try? await Task.sleep(until: self.start + moment, clock: .continuous)) != nil else { return }
          await self.timerFired(moment)
        }
      }
      timers.cancelAll()
    }
  }

  private func timerFired(_ moment: Duration) {
    if armed == moment { armed = nil }
    bell.yield()
  }

  /// What was written before the last stop. Without it, a commit is told twice, which does no harm.
  private func recall() async {
    guard let record = try? await load() else { return }
    let before = state
    state = ForgeReportState(record: record)
    state.follow(before.settings)
    before.waiting.forEach { state.report($0) }
  }

  /// Writes all that is due.
  /// - Returns: when there is more to do; nil when only an event can change that.
  private func step() async -> Duration? {
    while !Task.isCancelled {
      switch state.next(now: start.duration(to: .now)) {
      case .wait(let moment): return moment
      case .send(let verdict): await send(verdict)
      }
    }
    return nil
  }

  private func send(_ verdict: CommitVerdict) async {
    guard let settings = state.settings else { return }
    let failure = await transport.post(ForgeCall(verdict, settings))
    let elapsed = start.duration(to: .now)
    state.sent(verdict, failure: failure, now: elapsed, at: now(), jitter: .random(in: 0...1))
    if failure == nil { try? await save(state.record) }
  }
}

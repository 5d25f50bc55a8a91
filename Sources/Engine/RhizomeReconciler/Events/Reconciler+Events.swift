package import RhizomeModel
import RhizomeStateStore

// MARK: - Events, for the record

extension Reconciler {
  /// Puts on record what happened beside the reconciler, such as a commit that was refused.
  package func note(_ level: Event.Level, _ reason: String, _ message: String) { say(level, nil, reason, message) }

  /// - Parameter isDeed: something was done; each time is told.
  func say(_ level: Event.Level, _ address: Address?, _ reason: String, _ message: String, isDeed: Bool = false) {
    let event = Event(at: clock.wallTime(), level: level, address: address, reason: reason, message: message)
    let kept = eventGate.pass(event, isDeed: isDeed, now: clock.elapsed())
    guard !kept.isEmpty else { return }
    unwrittenEvents = (unwrittenEvents + kept).suffix(2_000)
    eventBell.ring()
  }

  /// Says what a person may have to know of a verdict.
  func tell(_ verdict: Verdict, _ address: Address) {
    switch verdict {
    case .failed(let reason, let message): say(.warning, address, reason, message)
    case .stalled(_, let message): say(.warning, address, "Stalled", message)
    case .unknown(let reason): say(.warning, address, "CannotLook", Sentences.unknown(reason))
    case .inSync, .drifted, .ignoring, .working, .waiting, .unpruned, .held: break
    }
  }

  func writeEventsAsTheyCome() async {
    for await _ in eventBell.rings { await writeEvents() }
  }

  /// Stores what is not stored yet. What cannot be stored now is kept for the next time.
  func writeEvents() async {
    let events = unwrittenEvents
    guard !events.isEmpty else { return }
    unwrittenEvents = []
    do {
      eventHub.publish(try await eventLog.append(events))
    } catch {
      unwrittenEvents = (events + unwrittenEvents).suffix(2_000)
    }
  }
}

// MARK: - Progress, for those who wait

extension Reconciler {
  func publishStarted(_ action: Action) {
    progress(.started(action.verb), action.address, Sentences.working(action.verb, action.reason))
  }

  func publishDone(_ action: Action) { progress(.done(action.verb), action.address, Sentences.done(action)) }

  func publishWaiting(_ address: Address, _ others: [Address]) {
    progress(.waiting(others), address, Sentences.waiting(others))
  }

  /// The end of a pass, where it did not go well.
  func publish(_ address: Address, _ outcome: PassOutcome) {
    switch outcome {
    case .failed(let reason): progress(.failed, address, Judgement.sentence(reason))
    case .unknown(let reason): progress(.failed, address, Sentences.unknown(reason))
    case .stalled(let reason, _): progress(.stalled, address, Judgement.sentence(reason))
    case .converged, .gone, .superseded: break
    }
  }

  private func progress(_ step: ProgressEvent.Step, _ address: Address, _ message: String) {
    progressHub.publish(ProgressEvent(step, address, message: message, at: clock.wallTime()))
  }

  /// Tells those who wait for the current revision, once nothing more will happen by itself.
  func reportIfSettled() {
    guard progressHub.hasFollowers, world.revision != nil, state.isSettled else { return }
    progressHub.end(with: lastEvent())
  }

  /// Resources that somebody else changed, and that the policy says to leave.
  private func leftAlone() -> [Address] {
    state.addresses.filter { drift[$0]?.contains { $0.policy == .report && $0.kind != .unknown } ?? false }.sorted()
  }

  private func lastEvent() -> ProgressEvent {
    var (stuck, unseen): ([Address], [Address]) = ([], [])
    for address in state.addresses {
      switch state.phase(of: address) {
      case .stalled, .waiting: stuck.append(address)
      case .unseen: unseen.append(address)
      default: break
      }
    }
    guard !stuck.isEmpty || !unseen.isEmpty else {
      let message = Sentences.converged(leftAlone(), ignored: ignoredDrift.keys.sorted())
      return ProgressEvent(.converged, message: message, at: clock.wallTime())
    }
    let message = Sentences.stuck(stuck, unseen: unseen)
    return ProgressEvent(.stuck((stuck + unseen).sorted()), message: message, at: clock.wallTime())
  }
}

import RhizomeDriver
import RhizomeModel
import RhizomePlanner

extension Reconciler {
  /// One pass over one resource, from looking to recording. There is never more than one for a resource.
  func pass(_ address: Address) async {
    let number = world.number
    let result = await attempt(address)
    let outcome = world.number == number ? result : .superseded
    state.finish(address, outcome, now: clock.elapsed())
    publish(address, outcome)
    ring()
  }

  private func attempt(_ address: Address) async -> PassOutcome {
    let number = world.number
    do {
      remember(address, try await ledger.prior(of: address))
      guard let driver = driver(for: address) else { return try await stallForDriver(address) }
      if let judgement = judgeByHint(address) { return try await conclude(address, judgement) }
      let observation = await look(at: address, with: driver)
      guard world.number == number, !Task.isCancelled else { return .superseded }
      observed[address] = observation
      try await noteOwnDeletion(address)
      let judgement = judge(address)
      guard let action = judgement.action else { return try await conclude(address, judgement) }
      return action.verb == .forget ? try await forget(address, action) : try await act(action, judgement, driver)
    } catch is CancellationError {
      return .superseded
    } catch {
      return booksFailed(address, error)
    }
  }

  /// What a look at all resources of the driver said, when nothing has to be done in an engine. Actions rest on a look
  /// of their own: the hint may be old by now.
  private func judgeByHint(_ address: Address) -> Judgement? {
    guard let hint = hints.removeValue(forKey: address) else { return nil }
    observed[address] = hint
    let judgement = judge(address)
    return judgement.action == nil ? judgement : nil
  }

  private func look(at address: Address, with driver: any Driver) async -> Observation {
    await calls.lookUp(target(address, in: world.desired), with: driver)
  }

  /// What we were about to delete and is gone, we have deleted, though nobody heard of it.
  private func noteOwnDeletion(_ address: Address) async throws {
    guard prior.intents[address]?.verb == .delete, observed[address] == .absent else { return }
    // Its status goes with it in the same step: nobody would come by again after a crash.
    var change = world.desired.resources[address] == nil ? Ledger.Change.erase(address) : Ledger.Change(address)
    (change.record, change.intent) = (.remove, .remove)
    if drift[address] != nil { change.drift = .remove }
    try await commit(change)
    say(.normal, address, Sentences.doneReason(.delete), "Deleted: the answer was lost, and it is gone.", isDeed: true)
  }

  /// What is to be done about `address`, given the last look at it.
  ///
  /// - Parameter seen: what a look showed that is not the last one.
  func judge(_ address: Address, seeing seen: Observation? = nil) -> Judgement {
    var observed = observed
    if let seen { observed[address] = seen }
    let context = PlanningContext(
      now: clock.wallTime(),
      clusterID: settings.clusterID,
      source: world.desired.source,
      approvedDeletions: world.approvedDeletions
    )
    let decision = planning.decide(
      address,
      desiredToDecide(address),
      ObservedState(resources: observed),
      prior,
      context
    )
    return Judgement(decision, isApproved: world.mayRemove(address, prior.records[address]))
  }

  /// While an intent is open, a difference in what it was about may be our own half-done work: it is made good whatever
  /// the policy says about what others do.
  private func desiredToDecide(_ address: Address) -> DesiredState {
    guard let intent = prior.intents[address], let policies = world.desired.resources[address]?.policies,
      policies != policies.healing(intent.fields)
    else { return world.desired }
    var copy = world.desired
    copy.resources[address]?.policies = policies.healing(intent.fields)
    return copy
  }

  /// Ends a pass that has nothing to do in an engine.
  private func conclude(_ address: Address, _ judgement: Judgement) async throws -> PassOutcome {
    let change = change(for: address, judgement)
    let news = driftNews(change)
    let isDriftGone = change.drift == .remove && statusBoard[address] != nil
    try await commit(change)
    tell(judgement.verdict, address)
    if !news.isEmpty { say(.warning, address, "DriftFound", Sentences.driftFound(news)) }
    if isDriftGone, judgement.verdict == .inSync { say(.normal, address, "DriftGone", "It is as declared again.") }
    return isGone(address) ? .gone : judgement.outcome
  }

  /// Drops a resource from the books and leaves its engine alone.
  private func forget(_ address: Address, _ action: Action) async throws -> PassOutcome {
    var change = Ledger.Change.erase(address)
    if let record = prior.records[address], record.policies.deletion == .retain, case .present? = observed[address] {
      change.letGo = .put(LetGo(address: address, engineID: record.engineID, revision: world.number))
    }
    try await commit(change)
    say(.normal, address, Sentences.doneReason(.forget), Sentences.done(action), isDeed: true)
    publishDone(action)
    return .gone
  }

  private func act(_ action: Action, _ judgement: Judgement, _ driver: any Driver) async throws -> PassOutcome {
    let kept = judgement.decision.kept
    let operation = operation(for: action, keeping: kept)
    var step = Step(action: action, operation: operation, kept: Set(kept.keys), world: world, driver: driver)
    try await begin(action, judgement, driver.name)
    guard world.number == step.world.number else { return .superseded }
    publishStarted(action)
    step.stopwatch = Stopwatch(clock)
    do {
      let outcome = try await calls.perform(step.operation, with: driver)
      return try await record(step, outcome)
    } catch let error as DriverError {
      return try await fail(step, error)
    }
  }

  /// Notes the intent, so that a crash after this neither duplicates nor orphans.
  private func begin(_ action: Action, _ judgement: Judgement, _ driver: String) async throws {
    let address = action.address
    var change = change(for: address, judgement)
    (change.record, change.intent) = (.keep, .keep)
    let before = prior.intents[address]
    let fields = Intent.fields(of: action, after: before)
    if before?.verb != action.verb || before?.revision != world.number || before?.fields != fields {
      change.intent = .put(
        Intent(
          address: address,
          verb: action.verb,
          revision: world.number,
          startedAt: clock.wallTime(),
          driver: driver,
          fields: fields
        )
      )
    }
    if isRetrying(address) { change.status = .keep }
    let news = driftNews(change)
    try await commit(change)
    if !news.isEmpty { say(.warning, address, "DriftFound", Sentences.driftFound(news)) }
  }

  private func isRetrying(_ address: Address) -> Bool {
    let reason = statusBoard[address]?[.reconciling]?.reason
    return reason == "Retrying" || statusBoard[address]?[.stalled]?.state == .true
  }

  /// - Parameter kept: fields that are left as they are, with what is there: a driver may write all of a resource at
  ///   once. A secret is known by its fingerprint only, and cannot be written back.
  private func operation(for action: Action, keeping kept: [FieldPath: Value]) -> Operation {
    let address = action.address
    var desired = action.verb == .delete ? nil : world.desired.resources[address]
    for (path, value) in kept where !value.isSensitive { desired?.attributes[path] = value }
    return Operation(
      Operation.Verb(rawValue: action.verb.rawValue) ?? .update,
      address,
      desired: desired,
      prior: prior.records[address],
      changes: action.verb == .update ? action.changes : [],
      mark: OwnershipMark(clusterID: settings.clusterID, address: address)
    )
  }

  /// Records what was done, in one transaction with the end of the intent.
  private func record(_ step: Step, _ outcome: Outcome) async throws -> PassOutcome {
    let (action, address) = (step.action, step.action.address)
    let isHealed = (drift[address] ?? []).contains { !step.leaves($0) }
    let isWhole = !(drift[address] ?? []).contains(where: step.leaves)
    var change: Ledger.Change = action.verb == .delete ? .erase(address) : result(of: step, outcome)
    change.action = step.record()
    try await commit(change)
    say(.normal, address, Sentences.doneReason(action.verb), Sentences.done(action), isDeed: true)
    if isHealed, action.verb != .delete {
      say(.normal, address, "DriftHealed", Sentences.driftHealed(isWhole: isWhole), isDeed: true)
    }
    publishDone(action)
    if action.verb == .delete { return .gone }
    // What was adopted as it is may still have to be changed into what was declared.
    return action.verb == .adopt && !action.changes.isEmpty
      ? .superseded : .converged(recheckAfter: outcome.recheckAfter)
  }

  private func fail(_ step: Step, _ error: DriverError) async throws -> PassOutcome {
    let address = step.action.address
    let retries = error.code.isRetryable
    let verdict: Verdict =
      retries
      ? .failed(reason: error.code.reason, message: error.message)
      : .stalled(reason: error.code.reason, message: error.message)
    var change = Ledger.Change(address)
    // Refused means: nothing happened. Anything else may have happened, so the intent stays; and so it does while it is
    // all that tells of an object of ours.
    if !retries, !isOursWithoutRecord(address) { change.intent = .remove }
    change.status = newStatus(address, verdict).map { .put($0) } ?? .keep
    change.action = step.record(error: error.message)
    try await commit(change)
    tell(verdict, address)
    return retries ? .failed(reason: error.message) : .stalled(reason: error.message, retries: true)
  }

  private func isOursWithoutRecord(_ address: Address) -> Bool {
    guard prior.records[address] == nil, case .present(let seen)? = observed[address] else { return false }
    return seen.mark == OwnershipMark(clusterID: settings.clusterID, address: address)
  }

  private func stallForDriver(_ address: Address) async throws -> PassOutcome {
    let message = World.noDriverReason + "."
    let verdict = Verdict.stalled(reason: "NoDriver", message: message)
    var change = Ledger.Change(address)
    change.status = newStatus(address, verdict).map { .put($0) } ?? .keep
    try await commit(change)
    return .stalled(reason: message, retries: false)
  }

  /// The books cannot be read or written: nothing is known to be recorded, so the pass is made again.
  private func booksFailed(_ address: Address, _ error: any Error) -> PassOutcome {
    let message = "The state store could not be used: \(error)"
    statusBoard[address] = status(address, .failed(reason: "StateStore", message: message))
    say(.warning, nil, "StateStoreFailed", message)
    return .failed(reason: message)
  }
}

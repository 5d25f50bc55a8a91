import RhizomeDriver
import RhizomeModel

/// Calls to drivers, away from the reconciler's actor and each within its deadline.
struct DriverCalls: Sendable {
  let clock: ReconcilerClock
  let observeLimit: Duration
  let performLimit: Duration

  /// Looks at the targets. A look that takes too long, or leaves a target out, is unknown.
  ///
  /// - Parameter isRoutine: nothing happened, nobody asked: a driver that keeps watch may say what it saw last.
  @concurrent
  func observe(
    _ targets: [ObservationTarget],
    with driver: any Driver,
    isRoutine: Bool = false
  ) async -> ObservationReport {
    do {
      var report = try await withDeadline(observeLimit, clock) {
        if isRoutine, let watchful = driver as? any WatchfulDriver { return await watchful.glance(targets) }
        return await driver.observe(targets)
      }
      for target in targets {
        report.observations[target.address] = DriverCalls.told(
          report.observations[target.address],
          of: target,
          by: driver
        )
      }
      return report
    } catch is CancellationError {
      return .unknown(targets, reason: "Rhizome was stopping")
    } catch {
      return .unknown(targets, reason: "\(driver.name) did not answer within \(observeLimit)")
    }
  }

  /// Looks at one resource. A look that takes too long is unknown.
  @concurrent
  func lookUp(_ target: ObservationTarget, with driver: any Driver) async -> Observation {
    guard let lookup = driver as? any LookupDriver else {
      let report = await observe([target], with: driver)
      return report.observations[target.address] ?? DriverCalls.told(nil, of: target, by: driver)
    }
    do {
      let seen = try await withDeadline(observeLimit, clock) { await lookup.lookUp(target) }
      return DriverCalls.told(seen, of: target, by: driver)
    } catch is CancellationError {
      return .unknown(reason: "Rhizome was stopping")
    } catch {
      return .unknown(reason: "\(driver.name) did not answer within \(observeLimit)")
    }
  }

  /// Has a driver tell everything that its engine holds.
  /// - Throws: `DriverError` when it could not, or took too long.
  @concurrent
  func survey(
    _ targets: [ObservationTarget],
    with driver: any SurveyingDriver
  ) async throws(DriverError) -> Survey {
    do {
      return try await withDeadline(observeLimit, clock) { try await driver.survey(targets) }
    } catch let error as DriverError {
      throw error
    } catch {
      throw DriverError(.timedOut, "\(driver.name) did not answer within \(observeLimit)")
    }
  }

  /// Does one thing.
  /// - Throws: `DriverError`; `timedOut` when it took too long; `CancellationError` when the task was cancelled, and then
  ///   it may or may not have happened.
  @concurrent
  func perform(_ operation: Operation, with driver: any Driver) async throws -> Outcome {
    do {
      return try await withDeadline(performLimit, clock) { try await driver.perform(operation) }
    } catch is DeadlineExceeded {
      throw DriverError(.timedOut, "\(driver.name) did not finish within \(performLimit)")
    } catch {
      try Task.checkCancellation()
      throw error
    }
  }

  /// What is known of the target now. Thousands of observations are kept until the next look, and most of them say what
  /// the books say.
  private static func told(_ seen: Observation?, of target: ObservationTarget, by driver: any Driver) -> Observation {
    guard let seen else { return .unknown(reason: "\(driver.name) gave no answer about it") }
    let told = driver.capabilities.marksObjects ? tellingStranger(seen) : seen
    return target.prior.map { told.sharing($0.attributes) } ?? told
  }

  /// Where the engine marks what is ours, what has no mark is a stranger's.
  private static func tellingStranger(_ observation: Observation) -> Observation {
    guard case .present(var seen) = observation, seen.mark == nil else { return observation }
    seen.isStranger = true
    return .present(seen)
  }
}

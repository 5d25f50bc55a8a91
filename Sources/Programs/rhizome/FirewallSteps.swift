import FirewallDriver
import RhizomeAPI
import RhizomeDriver

/// What the API asks of the firewall, in the words of its driver.
enum FirewallSteps {
  static func run(_ step: FirewallStep, _ driver: FirewallDriver) async throws -> FirewallView {
    do {
      return switch step {
      case .show: FirewallView(try await driver.report())
      case .confirm: FirewallView(try await driver.confirm())
      case .retry: FirewallView(try await driver.retry())
      }
    } catch {
      throw APIError(error.code.isRetryable ? .notReady : .refused, error.message)
    }
  }
}

extension FirewallView {
  init(_ report: FirewallReport) {
    let state: State =
      switch report.state {
      case .none: .none
      case .waiting: .waiting
      case .confirmed: .confirmed
      case .rolledBack: .rolledBack
      case .unasked: .unasked
      }
    self.init(
      state: state,
      secondsLeft: report.secondsLeft,
      sentence: report.sentence,
      verdict: report.verdict,
      openings: report.openings,
      lan: report.lan,
      nodes: report.nodes,
      sessions: report.sessions
    )
  }
}

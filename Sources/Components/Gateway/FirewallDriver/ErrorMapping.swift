import NFTables
import RhizomeDriver

extension DriverError {
  /// What a failed conversation with the firewall means.
  init(_ error: NFTablesError) {
    let code: Code =
      switch error.code {
      case .noProgram, .invalid: .invalid
      case .notPermitted, .refused: .refused
      case .timedOut: .timedOut
      case .badAnswer, .system: .internalFailure
      }
    self.init(code, error.message)
  }

  /// Runs `body` and turns whatever it throws into a `DriverError`.
  static func wrapping<Result>(_ body: () async throws -> Result) async throws(DriverError) -> Result {
    do {
      return try await body()
    } catch let error as DriverError {
      throw error
    } catch let error as NFTablesError {
      throw DriverError(error)
    } catch is CancellationError {
      throw DriverError(.timedOut, "stopped before the firewall answered; it may or may not have happened")
    } catch {
      throw DriverError(.internalFailure, "\(error)")
    }
  }
}

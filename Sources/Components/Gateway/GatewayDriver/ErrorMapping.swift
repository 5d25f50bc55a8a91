import RhizomeDriver
import UPnP

extension DriverError {
  /// What a failed conversation with the router means for an operation on a mapping.
  init(_ error: UPnPError) {
    self.init(Self.code(error.code), error.message)
  }

  private static func code(_ code: UPnPError.Code) -> Code {
    switch code {
    case .noRouter, .noInternetGateway, .unreachable, .badAnswer, .overloaded, .notKept: .unavailable
    case .deadlineExceeded: .timedOut
    case .conflict: .conflict
    case .otherPortGranted: .refused
    case .invalidRequest: .invalid
    case .system: .internalFailure
    case .refused(let refusal): self.code(refusal)
    }
  }

  /// 501 and 728 pass: the router may be starting, and leases of others end.
  private static func code(_ refusal: UPnPErrorCode) -> Code {
    switch refusal {
    case .conflict, .conflictWithOtherMechanism: .conflict
    case .actionFailed, .noPortsAvailable: .unavailable
    default: .refused
    }
  }

  /// Runs `body` and turns whatever it throws into a `DriverError`.
  static func wrapping<Result>(_ body: () async throws -> Result) async throws(DriverError) -> Result {
    do {
      return try await body()
    } catch let error as DriverError {
      throw error
    } catch let error as UPnPError {
      throw DriverError(error)
    } catch is CancellationError {
      throw DriverError(.timedOut, "stopped before the router answered; it may or may not have happened")
    } catch {
      throw DriverError(.internalFailure, "talking to the router failed: \(error)")
    }
  }
}

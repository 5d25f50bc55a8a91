/// Why an operation failed: a code for programs, a sentence for people.
package struct DriverError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of failure it is, and so what to do about it.
  package struct Code: Sendable, Hashable {
    private enum Case: String { case unavailable, timedOut, conflict, refused, invalid, internalFailure }
    private let value: Case

    /// The engine cannot be reached or is busy; try again.
    package static let unavailable = Code(value: .unavailable)
    /// No answer in time; it may or may not have happened. Try again.
    package static let timedOut = Code(value: .timedOut)
    /// Somebody else holds what was asked for; a person has to decide.
    package static let conflict = Code(value: .conflict)
    /// The engine will not do it: missing right, policy, quota.
    package static let refused = Code(value: .refused)
    /// The engine cannot do what the declaration says.
    package static let invalid = Code(value: .invalid)
    /// A fault in the engine or the driver; try again.
    package static let internalFailure = Code(value: .internalFailure)

    /// False when trying again the same way cannot help.
    package var isRetryable: Bool {
      switch value {
      case .unavailable, .timedOut, .internalFailure: true
      case .conflict, .refused, .invalid: false
      }
    }

    /// The code in CamelCase, as the reason of a condition.
    package var reason: String { value.rawValue.prefix(1).uppercased() + value.rawValue.dropFirst() }
  }

  package let code: Code
  /// What happened, what was expected, and what to do. Never holds a secret.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}

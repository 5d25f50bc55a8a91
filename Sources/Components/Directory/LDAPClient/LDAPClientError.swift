package import LDAPProtocol

/// Why a request to an LDAP server did not do what was asked.
package struct LDAPClientError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// The server answered with another result than success.
    case refused(LDAPResultCode)
    /// No connection could be made, or it ended before the answer.
    case disconnected
    /// The answer did not come in time. Whether the request was done is unknown.
    case timedOut
    /// The server sent what no LDAP server should.
    case protocolViolation
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The server's result code, when it answered.
  package var resultCode: LDAPResultCode? {
    if case .refused(let code) = code { code } else { nil }
  }

  package var description: String { message }
}

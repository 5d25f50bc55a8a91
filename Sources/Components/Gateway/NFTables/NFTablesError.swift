/// Why looking at or changing the host's firewall failed.
package struct NFTablesError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// The program `nft` is not installed.
    case noProgram
    /// This process may not change the firewall.
    case notPermitted
    /// `nft` or the kernel does not take the rules.
    case refused
    case timedOut
    /// What `nft` printed is not understood.
    case badAnswer
    /// What was asked for cannot be written as rules.
    case invalid
    case system
  }

  package let code: Code
  /// What happened and what to do.
  package let message: String

  package init(_ code: Code, _ message: String) {
    (self.code, self.message) = (code, message)
  }

  package var description: String { message }
}

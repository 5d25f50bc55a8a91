/// Why a process could not be supervised as asked.
package struct ProcessSupervisorError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: Sendable {
    /// The definition itself is wrong; trying again does not help.
    case invalidDefinition
    /// The program did not start; it is tried again and again.
    case couldNotStart
    /// Its folder or files could not be written.
    case fileSystem
  }

  package let code: Code
  /// Names the process, what is wrong and what to do. Never holds environment or file contents.
  package let message: String
  package var description: String { message }

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}

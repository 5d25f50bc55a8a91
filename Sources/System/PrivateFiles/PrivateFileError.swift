#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Why a file or directory that must be private to its user could not be used.
package struct PrivateFileError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    /// Others than its owner may read or change it.
    case notPrivate
    /// It belongs to another user, or is a symbolic link or a special file.
    case notOurs
    /// It exists already.
    case exists
    /// It does not exist.
    case missing
    /// It is larger than its reader allows.
    case tooLarge
    /// The system refused; the message has its words.
    case system
  }

  package let code: Code
  /// Names the path, what is wrong and what to do.
  package let message: String
  package var description: String { message }

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  static func system(_ operation: String, _ path: String, errno number: Int32) -> PrivateFileError {
    let code: Code =
      switch number {
      case ENOENT: .missing
      case EEXIST: .exists
      case ELOOP: .notOurs
      default: .system
      }
    return PrivateFileError(code, "could not \(operation) \(path): \(reason(for: number))")
  }

  private static func reason(for number: Int32) -> String {
    if number == ELOOP { return "it is a symbolic link; put a regular file there" }
    return String(cString: strerror(number))
  }
}

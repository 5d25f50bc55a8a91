/// Why a folder could not be read whole. Nothing is ever skipped: a folder that is read in part would look as if the rest
/// had been deleted.
package struct SourceError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What went wrong, for programs.
  package enum Code: String, Sendable, Hashable {
    case notAFolder = "not-a-folder"
    case unreadable
    case outsideFolder = "outside-folder"
    case specialFile = "special-file"
    case limitExceeded = "limit-exceeded"
    case badName = "bad-name"
  }

  package let code: Code
  /// The file or folder that it is about.
  package let path: String
  package let message: String

  package init(_ code: Code, path: String, message: String) {
    self.code = code
    self.path = path
    self.message = message
  }

  package var description: String { "\(path): \(message)" }
}

internal import RhizomeModel

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

  /// A name that cannot be told as it is: it is told escaped, so that people find it.
  static func badName(_ bytes: some Collection<UInt8>, below prefix: String) -> SourceError {
    let isText = String(validating: bytes, as: UTF8.self) != nil
    let name = Unprintable.escaped(bytes)
    return SourceError(
      .badName,
      path: prefix.isEmpty ? name : "\(prefix)/\(name)",
      message: "the name of this file \(isText ? "holds control characters" : "is not UTF-8 text"); rename it"
    )
  }

  /// The same, seen from a folder above the one that was read.
  func below(_ folder: String) -> SourceError {
    guard code != .notAFolder, !folder.isEmpty else { return self }
    return SourceError(code, path: path.isEmpty ? folder : "\(folder)/\(path)", message: message)
  }

  package var description: String { "\(Unprintable.escaped(path)): \(message)" }
}

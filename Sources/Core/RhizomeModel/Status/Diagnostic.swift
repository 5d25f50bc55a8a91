/// Something to tell a person about a manifest.
package struct Diagnostic: Sendable, Hashable, Codable {
  package enum Severity: String, Sendable, Hashable, Codable { case error, warning }

  package let severity: Severity
  /// A stable name for programs, such as `unknown-field`.
  package let code: String
  /// What is wrong, in one sentence.
  package let message: String
  package let location: SourceLocation
  /// The line of the file, for showing it with a caret.
  package var sourceLine: String?
  /// What to write instead, or to do.
  package let suggestion: String?
  /// Other places that matter, such as the first of two declarations.
  package let related: [Related]

  package struct Related: Sendable, Hashable, Codable {
    package let location: SourceLocation
    package let message: String

    package init(location: SourceLocation, message: String) {
      self.location = location
      self.message = message
    }
  }

  package init(
    _ severity: Severity = .error,
    code: String,
    message: String,
    at location: SourceLocation,
    sourceLine: String? = nil,
    suggestion: String? = nil,
    related: [Related] = []
  ) {
    self.severity = severity
    self.code = code
    self.message = message
    self.location = location
    self.sourceLine = sourceLine
    self.suggestion = suggestion
    self.related = related
  }
}

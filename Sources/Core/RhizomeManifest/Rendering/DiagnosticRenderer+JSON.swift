package import RhizomeModel

/// For programs.
extension DiagnosticRenderer {
  /// One object with a `version`, counted up whenever a member changes its meaning.
  package static func json(_ diagnostics: [Diagnostic]) -> String {
    let errors = diagnostics.count { $0.severity == .error }
    return JSONText.object([
      ("version", .integer(1)),
      ("errors", .integer(Int64(errors))),
      ("warnings", .integer(Int64(diagnostics.count - errors))),
      ("diagnostics", .array(diagnostics.map(object))),
    ]).pretty() + "\n"
  }

  private static func object(_ diagnostic: Diagnostic) -> JSONText {
    var members: [(String, JSONText)] = [
      ("severity", .string(diagnostic.severity.rawValue)),
      ("code", .string(diagnostic.code)),
      ("message", .string(diagnostic.message)),
    ]
    members += place(diagnostic.location)
    if let line = diagnostic.sourceLine { members.append(("sourceLine", .string(line))) }
    if let suggestion = diagnostic.suggestion { members.append(("suggestion", .string(suggestion))) }
    if !diagnostic.related.isEmpty {
      let related = diagnostic.related.map { JSONText.object(place($0.location) + [("message", .string($0.message))]) }
      members.append(("related", .array(related)))
    }
    return .object(members)
  }

  private static func place(_ location: SourceLocation) -> [(String, JSONText)] {
    [
      ("file", .string(location.file)), ("line", .integer(Int64(location.line))),
      ("column", .integer(Int64(location.column))),
    ]
  }
}

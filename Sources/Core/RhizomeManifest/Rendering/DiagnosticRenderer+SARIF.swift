package import RhizomeModel

/// For code review tools.
extension DiagnosticRenderer {
  /// - Parameter toolVersion: the version of this program.
  package static func sarif(_ diagnostics: [Diagnostic], toolVersion: String) -> String {
    let rules = Set(diagnostics.map(\.code)).sorted().map { code in
      SARIFLog.Rule(id: code, summary: DiagnosticCode(rawValue: code)?.summary ?? code)
    }
    return SARIFLog(toolVersion: toolVersion, rules: rules, results: diagnostics.map(result)).text
  }

  private static func result(_ diagnostic: Diagnostic) -> SARIFLog.Result {
    let help = diagnostic.suggestion.map { " (\($0))" } ?? ""
    let level: SARIFLog.Level = diagnostic.severity == .error ? .error : .warning
    let message = diagnostic.message + help
    var result = SARIFLog.Result(ruleID: diagnostic.code, level: level, message: message, location: diagnostic.location)
    result.related = diagnostic.related.map { ($0.location, $0.message) }
    return result
  }
}

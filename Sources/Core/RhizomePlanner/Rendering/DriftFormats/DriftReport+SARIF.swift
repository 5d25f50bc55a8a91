import RhizomeModel

/// For code review tools: each difference at the place where its resource is declared.
extension DriftReport {
  /// - Parameter toolVersion: the version of this program.
  package func sarif(toolVersion: String) -> String {
    let rules = DriftEntry.DriftKind.allCases.map { SARIFLog.Rule(id: DriftReport.rule($0), summary: $0.meaning) }
    return SARIFLog(toolVersion: toolVersion, rules: rules, results: entries.map(DriftReport.result)).text
  }

  private static func rule(_ kind: DriftEntry.DriftKind) -> String { "drift-\(kind.rawValue)" }

  private static func result(_ entry: DriftEntry) -> SARIFLog.Result {
    SARIFLog.Result(
      ruleID: rule(entry.kind),
      level: level(entry.kind),
      message: DriftText.sentence(entry),
      location: entry.declaredAt,
      subject: DriftText.subject(entry)
    )
  }

  private static func level(_ kind: DriftEntry.DriftKind) -> SARIFLog.Level {
    switch kind {
    case .missing: .error
    case .changed, .unknown: .warning
    case .extra: .note
    }
  }
}

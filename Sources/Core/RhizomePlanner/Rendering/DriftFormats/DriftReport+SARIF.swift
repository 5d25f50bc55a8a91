import RhizomeModel

/// For code review tools: each difference at the place where its resource is declared.
extension DriftReport {
  /// - Parameter toolVersion: the version of this program.
  package func sarif(toolVersion: String) -> String {
    let rules = DriftEntry.DriftKind.allCases.map { SARIFLog.Rule(id: DriftReport.rule($0), summary: $0.meaning) }
    let results = entries.map(DriftReport.result) + muted.map(DriftReport.result) + resolved.map(DriftReport.result)
    return SARIFLog(toolVersion: toolVersion, rules: rules, results: results).text
  }

  private static func rule(_ kind: DriftEntry.DriftKind) -> String { "drift-\(kind.rawValue)" }

  private static func result(_ entry: DriftEntry) -> SARIFLog.Result {
    var result = SARIFLog.Result(
      ruleID: rule(entry.kind),
      level: level(entry.kind),
      message: DriftText.sentence(entry),
      location: entry.declaredAt,
      subject: DriftText.subject(entry)
    )
    result.firstSeen = entry.since
    result.lastSeen = entry.lastSeen
    result.properties = [
      ("policy", .string(entry.policy.rawValue)), ("timesSeen", .integer(Int64(entry.timesSeen ?? 1))),
    ]
    return result
  }

  private static func result(_ muted: MutedDrift) -> SARIFLog.Result {
    var result = result(muted.entry)
    let mute = muted.mute
    result.suppression = ValueText.escaped("\(mute.because) (\(mute.author), until \(mute.until))")
    return result
  }

  private static func result(_ resolved: ResolvedDrift) -> SARIFLog.Result {
    var result = result(resolved.entry)
    result.message = DriftText.resolved(resolved)
    result.isGone = true
    return result
  }

  private static func level(_ kind: DriftEntry.DriftKind) -> SARIFLog.Level {
    switch kind {
    case .missing: .error
    case .changed, .unknown: .warning
    case .extra: .note
    }
  }
}

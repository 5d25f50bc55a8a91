import RhizomeModel

/// For a terminal.
extension DriftReport {
  /// How wide a terminal is where nobody knows better.
  private static let width = 80

  /// Each difference in a few lines that fit a terminal of 80 columns; only a longer name goes past that.
  package var table: String {
    guard !entries.isEmpty else { return lines([[calm]] + remarks) }
    let column = DriftEntry.DriftKind.allCases.map(\.rawValue.count).max() ?? 0
    return lines([entries.flatMap { DriftReport.block($0, column) }, [summary]] + remarks)
  }

  /// One line for each difference, with all that is known, however long.
  package var wideTable: String {
    guard !entries.isEmpty else { return lines([[calm]] + remarks) }
    let rows = [DriftText.columns] + entries.map(DriftText.cells)
    let widths = DriftText.columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let table = rows.map { row in
      row.enumerated().map { $1.padding(to: $0 == row.count - 1 ? 0 : widths[$0]) }.joined(separator: "  ")
    }
    return lines([table, details] + remarks)
  }

  /// What it is about, for formats that stand by themselves.
  var title: String { "Drift of \(cluster)" }

  /// The whole of it in a sentence.
  var verdict: String { entries.isEmpty ? calm : summary }

  /// What to say when there is nothing to tell.
  var calm: String { muted.isEmpty ? "No drift: everything is as Rhizome made it." : "No drift but what is muted." }

  /// How many of each kind: `2 differences: 1 missing, 1 changed.`
  var summary: String {
    let differing = entries.filter { !$0.isKept }
    let parts = DriftReport.gravestFirst.compactMap { kind in
      let number = differing.count { $0.kind == kind }
      return number == 0 ? nil : "\(number) \(kind.rawValue)"
    }
    let noun = differing.count == 1 ? "difference" : "differences"
    let text = differing.isEmpty ? calm : "\(differing.count) \(noun): \(parts.joined(separator: ", "))."
    let kept = entries.count - differing.count
    return kept == 0 ? text : text + " \(kept) kept that \(kept == 1 ? "was" : "were") let go of."
  }

  /// The order in which people should look.
  static let gravestFirst: [DriftEntry.DriftKind] = [.missing, .changed, .unknown, .extra]

  /// Why, for differences whose values do not say it all.
  var details: [String] {
    entries.compactMap { entry in entry.detail.map { "\(entry.address): \(ValueText.escaped($0))" } }
  }

  /// What is muted, and what went away.
  private var remarks: [[String]] {
    let known = muted.map { "Muted until \(DriftText.moment($0.mute.until)): \(DriftText.muted($0))" }
    let gone = resolved.map { "Resolved \(DriftText.moment($0.resolvedAt)): \(DriftText.resolved($0))" }
    return [known, gone].map { $0.flatMap { TextWrap.lines($0, width: DriftReport.width, indent: 2) } }
  }

  private func lines(_ parts: [[String]]) -> String {
    parts.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
  }

  private static func block(_ entry: DriftEntry, _ column: Int) -> [String] {
    let head = entry.kind.rawValue.padding(to: column) + "  " + DriftText.subject(entry)
    let notes = [entry.detail.map { ValueText.escaped($0) }, values(entry), since(entry)].compactMap(\.self)
    let indent = column + 2
    let below = notes.flatMap { TextWrap.lines($0, width: width - indent, indent: 2) }
    return TextWrap.lines(head, width: width, indent: indent) + below.map { String(repeating: " ", count: indent) + $0 }
  }

  private static func values(_ entry: DriftEntry) -> String? {
    guard let field = entry.field else { return nil }
    let type = Schema.type(of: entry.address.kind, at: field)
    let desired = entry.desired == entry.prior ? "" : "; desired \(ValueText.text(entry.desired, type))"
    return "made \(ValueText.text(entry.prior, type)), found \(ValueText.text(entry.observed, type))\(desired)"
  }

  private static func since(_ entry: DriftEntry) -> String {
    let since = entry.since.map { "since \(DriftText.moment($0))\(DriftText.times(entry)); " } ?? ""
    return since + DriftText.policy(entry)
  }
}

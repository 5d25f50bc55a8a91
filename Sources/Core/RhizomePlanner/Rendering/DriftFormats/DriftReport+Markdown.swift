import RhizomeModel

/// For pull requests and pages that are written together.
extension DriftReport {
  /// A heading, how many differences there are, and a table of them.
  package var markdown: String {
    let remarks =
      items(muted.map { "Muted until \(DriftText.moment($0.mute.until)): \(DriftText.muted($0))" })
      + items(resolved.map { "Resolved \(DriftText.moment($0.resolvedAt)): \(DriftText.resolved($0))" })
    let opening = ["### \(Markdown.escaped(title))", "", "\(verdict) Seen on \(DriftText.moment(generatedAt))."]
    guard !entries.isEmpty else { return (opening + remarks).joined(separator: "\n") + "\n" }
    let line = { (cells: [String]) in "| " + cells.joined(separator: " | ") + " |" }
    let head = ["", line(DriftText.columns.map(\.capitalizedWord)), line(DriftText.columns.map { _ in "---" })]
    let rows = entries.map { line(DriftText.cells($0).map(Markdown.escaped)) }
    return (opening + head + rows + items(details) + remarks).joined(separator: "\n") + "\n"
  }

  private func items(_ texts: [String]) -> [String] {
    texts.isEmpty ? [] : [""] + texts.map { "- \(Markdown.escaped($0))" }
  }
}

extension String {
  fileprivate var capitalizedWord: String { prefix(1).uppercased() + dropFirst().lowercased() }
}

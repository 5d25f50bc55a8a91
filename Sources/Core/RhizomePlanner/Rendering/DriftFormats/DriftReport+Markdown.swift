import RhizomeModel

/// For pull requests and pages that are written together.
extension DriftReport {
  /// A table in Markdown.
  package var markdown: String {
    let remarks =
      items(muted.map { "Muted until \(DriftText.moment($0.mute.until)): \(DriftText.muted($0))" })
      + items(resolved.map { "Resolved \(DriftText.moment($0.resolvedAt)): \(DriftText.resolved($0))" })
    guard !entries.isEmpty else { return ([calm] + remarks).joined(separator: "\n") + "\n" }
    let line = { (cells: [String]) in "| " + cells.joined(separator: " | ") + " |" }
    let head = [line(DriftText.columns.map(\.capitalizedWord)), line(DriftText.columns.map { _ in "---" })]
    let rows = entries.map { line(DriftText.cells($0).map(Markdown.escaped)) }
    return (head + rows + items(details) + remarks).joined(separator: "\n") + "\n"
  }

  private func items(_ texts: [String]) -> [String] {
    texts.isEmpty ? [] : [""] + texts.map { "- \(Markdown.escaped($0))" }
  }
}

extension String {
  fileprivate var capitalizedWord: String { prefix(1).uppercased() + dropFirst().lowercased() }
}

package import RhizomeModel

/// Shows diagnostics to people and to programs. Pure: text in, text out.
package enum DiagnosticRenderer {
  /// For people: place, sentence, source line with a caret, help, related places; then a summary line.
  package static func text(_ diagnostics: [Diagnostic]) -> String {
    let blocks = diagnostics.map(block)
    return (blocks + [summary(diagnostics)]).filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
  }

  /// `2 errors, 1 warning`; empty when there is nothing to tell.
  package static func summary(_ diagnostics: [Diagnostic]) -> String {
    let errors = diagnostics.count { $0.severity == .error }
    let warnings = diagnostics.count - errors
    return [count(errors, "error"), count(warnings, "warning")].compactMap { $0 }.joined(separator: ", ")
  }

  private static func count(_ number: Int, _ noun: String) -> String? {
    number == 0 ? nil : "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  private static func block(_ diagnostic: Diagnostic) -> String {
    var lines = ["\(place(diagnostic.location)): \(diagnostic.severity.rawValue): \(printable(diagnostic.message))"]
    if let source = diagnostic.sourceLine { lines += excerpt(source, column: diagnostic.location.column) }
    if let suggestion = diagnostic.suggestion { lines.append("  help: \(printable(suggestion))") }
    for related in diagnostic.related {
      lines.append("  note: \(place(related.location)): \(printable(related.message))")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Names of files come from outside as well.
  private static func place(_ location: SourceLocation) -> String { Unprintable.escaped(location.description) }

  /// The line and the caret below it. Of long lines, the part around the column.
  private static func excerpt(_ line: String, column: Int) -> [String] {
    let scalars = Array(line.unicodeScalars)
    guard column >= 1, column <= scalars.count + 1 else { return [] }
    let start = scalars.count <= width ? 0 : max(0, min(column - 1 - width / 2, scalars.count - width))
    let shown = Array(scalars[start..<min(scalars.count, start + width)])
    let (before, after) = (start > 0 ? "…" : "", start + width < scalars.count ? "…" : "")
    let padding = shown.prefix(column - 1 - start).map { $0 == "\t" ? "\t" : " " }.joined()
    let indent = start > 0 ? " " : ""
    return ["  | \(before)\(printable(text(of: shown)))\(after)", "  | \(indent)\(padding)^"]
  }

  private static let width = 100

  private static func text(of scalars: [Unicode.Scalar]) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  /// Without characters that could steer a terminal, or hide text in it.
  private static func printable(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { result.append(isHarmless(scalar) ? scalar : "\u{FFFD}") }
    return String(result)
  }

  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    if scalar == "\t" { return true }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return false
    default: return true
    }
  }
}

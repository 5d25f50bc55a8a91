internal import RhizomeModel

/// Collects what is to be told, up to a limit, and shows the source lines at the end.
struct Report {
  fileprivate struct Finding {
    var diagnostic: Diagnostic
    /// The line may hold a secret, so it is not shown.
    let isConfidential: Bool
    /// Text to look for at or below the place, where the exact place is inside a long text.
    let needle: String?
  }

  private let limit: Int
  private var findings: [Finding] = []
  private var droppedCount = 0
  private(set) var hasErrors = false

  init(limit: Int) { self.limit = limit }

  /// How much is told so far.
  var count: Int { findings.count }

  /// How much was found so far, told or not.
  var total: Int { findings.count + droppedCount }

  /// The rest is only counted: save the work of making suggestions.
  var isFull: Bool { findings.count >= limit }

  mutating func add(_ diagnostic: Diagnostic, isConfidential: Bool = false, needle: String? = nil) {
    if diagnostic.severity == .error { hasErrors = true }
    if isFull {
      droppedCount += 1
    } else {
      findings.append(Finding(diagnostic: diagnostic, isConfidential: isConfidential, needle: needle))
    }
  }

  mutating func add(contentsOf diagnostics: [Diagnostic]) {
    for diagnostic in diagnostics { add(diagnostic) }
  }

  /// Everything in the order of the files, with source lines.
  func diagnostics(of files: [ManifestFile]) -> [Diagnostic] {
    let wanted = Set(findings.map(\.diagnostic.location.file))
    let lines = files.reduce(into: [String: SourceLines]()) { table, file in
      if wanted.contains(file.path) { table[file.path] = SourceLines(file.bytes) }
    }
    let told = findings.map { $0.shown(in: lines[$0.diagnostic.location.file]) }
    return told.sorted(by: Report.comesBefore) + droppedNote(files)
  }

  private func droppedNote(_ files: [ManifestFile]) -> [Diagnostic] {
    guard droppedCount > 0, let last = findings.last?.diagnostic.location else { return [] }
    let message = "\(droppedCount) more are not shown: this exceeds the limit 'diagnostic count' of \(limit)"
    return [Diagnostic(.limitExceeded, message, at: last, suggestion: "mend these first")]
  }

  private static func comesBefore(_ left: Diagnostic, _ right: Diagnostic) -> Bool {
    left.location == right.location
      ? (left.code, left.message) < (right.code, right.message) : left.location < right.location
  }
}

extension Report.Finding {
  /// With its exact place and its line.
  fileprivate func shown(in lines: SourceLines?) -> Diagnostic {
    guard let lines else { return diagnostic }
    let location = needle.flatMap { lines.find($0, from: diagnostic.location) } ?? diagnostic.location
    return Diagnostic(
      diagnostic.severity,
      code: diagnostic.code,
      message: diagnostic.message,
      at: location,
      sourceLine: isConfidential ? nil : lines[location.line],
      suggestion: diagnostic.suggestion,
      related: diagnostic.related
    )
  }
}

extension SourceLines {
  /// Where `needle` first stands, from `start` on and at most 20,000 lines further.
  fileprivate func find(_ needle: String, from start: SourceLocation) -> SourceLocation? {
    for number in start.line..<start.line + 20_000 {
      guard let line = self[number] else { return nil }
      if let column = SourceLines.column(of: needle, in: line) {
        return SourceLocation(file: start.file, line: number, column: column)
      }
    }
    return nil
  }

  /// Counting from 1, in Unicode scalars.
  private static func column(of needle: String, in line: String) -> Int? {
    let haystack = Array(line.unicodeScalars)
    let wanted = Array(needle.unicodeScalars)
    guard !wanted.isEmpty, haystack.count >= wanted.count else { return nil }
    let offsets = 0...(haystack.count - wanted.count)
    return offsets.first { haystack[$0..<$0 + wanted.count].elementsEqual(wanted) }.map { $0 + 1 }
  }
}

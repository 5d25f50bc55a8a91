/// Finds the word that somebody probably meant.
enum Suggestion {
  /// The candidate with the fewest typing errors (insertions, deletions, replacements, swaps), if it is near enough.
  /// Ties go to the first. Looks at 2,000 candidates and 64 characters at most, to stay quick on hostile input.
  static func closest(to word: String, among candidates: [String]) -> String? {
    let wanted = Array(word.lowercased().utf8.prefix(65))
    guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
    let tolerance = max(1, wanted.count / 3)
    var best: (word: String, distance: Int)?
    for candidate in candidates.prefix(2_000) where candidate != word {
      let letters = Array(candidate.lowercased().utf8.prefix(65))
      let limit = (best?.distance ?? tolerance + 1) - 1
      guard abs(letters.count - wanted.count) <= limit else { continue }
      let found = distance(wanted, letters)
      if found <= limit { best = (candidate, found) }
    }
    return best?.word ?? candidates.prefix(2_000).first { isPart($0.lowercased(), of: word.lowercased()) }
  }

  /// `did you mean X?`, when something is near enough.
  static func question(for word: String, among candidates: [String]) -> String? {
    closest(to: word, among: candidates).map { "did you mean '\($0)'?" }
  }

  /// The candidates in one sentence, when they are few.
  static func list(_ candidates: [String]) -> String? {
    guard !candidates.isEmpty, candidates.count <= 12 else { return nil }
    return candidates.count == 1 ? "write \(candidates[0])" : "one of: \(candidates.joined(separator: ", "))"
  }

  /// A question when something is near, the whole choice otherwise.
  static func help(for word: String, among candidates: [String]) -> String? {
    question(for: word, among: candidates) ?? list(candidates)
  }

  /// `read-only` holds `read`: long words only, so that chance matches stay out.
  private static func isPart(_ candidate: String, of word: String) -> Bool {
    candidate.utf8.count >= 4 && word.utf8.count <= 64 && (word.hasPrefix(candidate) || word.hasSuffix(candidate))
  }

  /// Optimal string alignment distance: Levenshtein's with swaps of neighbours.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for (row, byte) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        let cost = byte == other ? 0 : 1
        var value = min(previous[column] + cost, previous[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
          value = min(value, beforePrevious[column - 1] + 1)
        }
        current.append(value)
      }
      (beforePrevious, previous) = (previous, current)
    }
    return previous[right.count]
  }
}

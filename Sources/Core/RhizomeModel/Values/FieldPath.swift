/// Where a field sits inside a spec: steps through maps, written with dots.
///
/// A step that is not a plain word (it may hold dots, as file names do) is written in brackets:
/// `files["/etc/app.conf"].mode`.
package struct FieldPath: Sendable, Hashable, Comparable, CustomStringConvertible {
  package var steps: [String]

  package init(_ steps: [String] = []) { self.steps = steps }

  /// Reads what `description` writes; nil when brackets or quotes do not close.
  package init?(_ text: String) {
    var steps: [String] = []
    var rest = text[...]
    while !rest.isEmpty {
      if rest.hasPrefix("[\"") {
        guard let close = rest.range(of: "\"]") else { return nil }
        steps.append(String(rest[rest.index(rest.startIndex, offsetBy: 2)..<close.lowerBound]))
        rest = rest[close.upperBound...]
      } else {
        let end = rest.firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
        // A bracket without its quote, or a dot too many: without this the loop would never move on.
        guard end > rest.startIndex else { return nil }
        steps.append(String(rest[..<end]))
        rest = rest[end...]
      }
      if rest.hasPrefix(".") { rest = rest.dropFirst() }
    }
    guard !steps.contains("") else { return nil }
    self.init(steps)
  }

  package func appending(_ step: String) -> FieldPath { FieldPath(steps + [step]) }

  /// True when this path is `other` or lies below it.
  package func isAtOrBelow(_ other: FieldPath) -> Bool { steps.starts(with: other.steps) }

  package var description: String {
    steps.reduce("") { text, step in
      let isPlain = step.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
      return isPlain ? text + (text.isEmpty ? "" : ".") + step : text + "[\"\(step)\"]"
    }
  }

  package static func < (left: FieldPath, right: FieldPath) -> Bool {
    left.steps.lexicographicallyPrecedes(right.steps)
  }
}

extension Substring {
  /// The range of `needle`, without Foundation.
  fileprivate func range(of needle: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
      start = index(after: start)
    }
    return nil
  }
}

extension FieldPath: Codable {
  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let path = FieldPath(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a field path")
      )
    }
    self = path
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

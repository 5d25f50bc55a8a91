internal import RhizomeModel

/// Collects the pairs of one mapping: refuses duplicate keys and merges what `<<` names.
///
/// Merging follows the YAML 1.1 merge key (yaml.org/type/merge.html): keys of the mapping itself win, then those of the
/// earlier mappings in the list.
struct MappingBuilder {
  private let file: String
  private var pairs: [Node.Pair] = []
  private var marks: [String: Mark] = [:]
  private var merged: [Node.Pair] = []
  private var problems: [Diagnostic] = []

  init(file: String) { self.file = file }

  mutating func add(key: Node, value: Node) {
    guard let scalar = key.scalar else {
      report(.wrongType, "a key must be a word, not \(key.typeName)", key.mark)
      return
    }
    if scalar.isPlain, scalar.text == "<<" { merge(value) } else { append(scalar.text, key, value) }
  }

  private mutating func append(_ text: String, _ key: Node, _ value: Node) {
    if let first = marks[text] {
      let related = Diagnostic.Related(location: .init(file: file, first), message: "first written here")
      report(.duplicateKey, "'\(text)' is written twice in this map", key.mark, related: [related])
      return
    }
    marks[text] = key.mark
    pairs.append(Node.Pair(key: key, value: value))
  }

  private mutating func merge(_ value: Node) {
    let sources = value.items ?? [value]
    for source in sources {
      guard let pairs = source.pairs else {
        report(.badAlias, "'<<' merges maps, and this is \(source.typeName)", source.mark)
        continue
      }
      merged += pairs
    }
  }

  /// The pairs in the order of the file, merged ones last, and what was wrong.
  consuming func finish() -> ([Node.Pair], [Diagnostic]) {
    for pair in merged where marks[pair.key.keyText] == nil {
      marks[pair.key.keyText] = pair.key.mark
      pairs.append(pair)
    }
    return (pairs, problems)
  }

  private mutating func report(
    _ code: DiagnosticCode,
    _ message: String,
    _ mark: Mark,
    related: [Diagnostic.Related] = []
  ) {
    problems.append(Diagnostic(code, message, at: .init(file: file, mark), related: related))
  }
}

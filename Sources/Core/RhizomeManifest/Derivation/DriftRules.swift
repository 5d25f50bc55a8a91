internal import RhizomeModel

/// What the cluster says about drift: its own word, and its rules by kind and field.
struct DriftRules {
  private let cluster: DriftWords
  private var kinds: [Kind: DriftWords] = [:]

  init(_ declaration: Declaration) {
    let policy = declaration.spec["policy"]
    cluster = DriftWords(whole: policy["drift"].text.flatMap(DriftPolicy.init))
    for rule in policy["driftRules"].list ?? [] {
      guard let kind = rule["kind"].text.flatMap(Kind.init), let word = rule["drift"].text.flatMap(DriftPolicy.init)
      else { continue }
      if let field = rule["field"].text {
        if let path = FieldPath(field) { kinds[kind, default: DriftWords()].fields[path] = word }
      } else {
        kinds[kind, default: DriftWords()].whole = word
      }
    }
  }

  /// All words that count for a resource of this kind, from `nearer` outwards.
  func words(for kind: Kind, nearer: DriftWords) -> DriftWords {
    nearer.before(kinds[kind] ?? DriftWords()).before(cluster)
  }
}

/// The annotations of a resource that speak of drift.
enum DriftAnnotations {
  /// Those whose value is field paths joined by commas, with what holds for these fields.
  static let fields: [(name: String, word: DriftPolicy)] = [
    ("rhizome/drift-heal", .heal), ("rhizome/drift-report", .report), ("rhizome/drift-ignore", .ignore),
  ]

  static func words(of declaration: Declaration) -> DriftWords {
    var words = DriftWords(whole: declaration.annotations["rhizome/drift"].flatMap { DriftPolicy(rawValue: $0.value) })
    for (name, word) in fields {
      guard let annotation = declaration.annotations[name] else { continue }
      for path in paths(annotation.value).compactMap({ FieldPath($0) }) { words.fields[path] = word }
    }
    return words
  }

  /// The field paths as they are written, without the blanks around them.
  static func paths(_ text: String) -> [String] {
    text.split(separator: ",").map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }
}

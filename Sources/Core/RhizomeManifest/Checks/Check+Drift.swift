internal import RhizomeModel

/// What is said about drift, by field and by kind.
extension Check {
  /// `rhizome/drift-ignore` and its sisters name fields of the kind, and no field stands in two of them.
  @Sendable static func driftAnnotations(_ catalog: Catalog, _ report: inout Report) {
    for declaration in catalog.ordered {
      var first: [FieldPath: (name: String, location: SourceLocation)] = [:]
      for (name, _) in DriftAnnotations.fields {
        guard let annotation = declaration.annotations[name] else { continue }
        if DriftAnnotations.paths(annotation.value).isEmpty {
          let help = "name fields, such as '\(example(of: declaration.address.kind))', or take it out"
          report.add(Diagnostic(.badValue, "'\(name)' names no field", at: annotation.location, suggestion: help))
        }
        for text in DriftAnnotations.paths(annotation.value) {
          guard let path = field(text, of: declaration.address.kind, at: annotation.location, &report) else { continue }
          if let other = first[path], other.name != name {
            let message = "'\(path)' stands in '\(other.name)' already"
            let related = Diagnostic.Related(location: other.location, message: "first written here")
            let help = "leave it in one of them"
            report.add(Diagnostic(.badValue, message, at: annotation.location, suggestion: help, related: [related]))
          }
          first[path] = (name, annotation.location)
        }
      }
    }
  }

  /// `Cluster.spec.policy.driftRules` name fields of their kinds, and say one thing about each.
  @Sendable static func driftRules(_ catalog: Catalog, _ report: inout Report) {
    guard let cluster = catalog.all(.cluster).first, !cluster.hasErrors else { return }
    let nodes = cluster.specNode?["policy"]?.value["driftRules"]?.value.items ?? []
    var first: [[String]: SourceLocation] = [:]
    for (rule, node) in zip(cluster.spec["policy"]["driftRules"].list ?? [], nodes) {
      guard let kind = rule["kind"].text.flatMap(Kind.init) else { continue }
      func place(_ name: String) -> SourceLocation {
        SourceLocation(file: cluster.location.file, node[name]?.value.mark ?? node.mark)
      }
      var key = [kind.rawValue]
      if let text = rule["field"].text {
        guard let path = field(text, of: kind, at: place("field"), &report) else { continue }
        key += path.steps
      }
      guard let other = first.updateValue(place("kind"), forKey: key) else { continue }
      let what = key.count == 1 ? "" : ", field '\(FieldPath(Array(key.dropFirst())))'"
      let message = "there is a rule for \(kind.rawValue)\(what) already"
      let related = Diagnostic.Related(location: other, message: "the first of them")
      let help = "keep one of them"
      report.add(Diagnostic(.duplicateKey, message, at: place("kind"), suggestion: help, related: [related]))
      first[key] = other
    }
  }

  /// Some field of a kind that drift can be in.
  private static func example(of kind: Kind) -> String {
    Schema.spec(of: kind).fields.first { $0.ownership == .manifest }?.name ?? "displayName"
  }

  /// The path that a text is; nil, and told, when the kind has no such field, or nothing ever drifts in it.
  private static func field(
    _ text: String,
    of kind: Kind,
    at location: SourceLocation,
    _ report: inout Report
  ) -> FieldPath? {
    guard let path = FieldPath(text), Schema.type(of: kind, at: path) != nil else {
      let first = FieldPath(text)?.steps.first ?? text
      let message = "'\(text.prefix(80))' is no field of \(kind.withArticle)"
      let help = Suggestion.help(for: first, among: Schema.spec(of: kind).fields.map(\.name))
      report.add(Diagnostic(.badValue, message, at: location, suggestion: help))
      return nil
    }
    if let (reason, help) = Schema.steadiness(of: path, of: kind) {
      report.add(Diagnostic(.badValue, reason, at: location, suggestion: help))
      return nil
    }
    return path
  }
}

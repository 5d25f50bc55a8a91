internal import RhizomeModel

/// Texts with `${…}`, annotations with field paths, and names of ports.
extension Check {
  @Sendable static func templates(_ catalog: Catalog, _ report: inout Report) {
    for declaration in catalog.ordered {
      for use in declaration.templates {
        for reference in use.template.references { check(reference, in: use, catalog, &report) }
      }
    }
  }

  private static func check(
    _ reference: Reference,
    in use: TemplateUse,
    _ catalog: Catalog,
    _ report: inout Report
  ) {
    let needle = "${\(reference)}"
    func tell(_ code: DiagnosticCode, _ message: String, _ help: String?) {
      report.add(Diagnostic(code, message, at: use.location, suggestion: help), needle: needle)
    }
    switch ReferenceTable.match(reference) {
    case .failure(let mismatch): tell(.unknownReference, mismatch.message, mismatch.suggestion)
    case .success(let match):
      if let target = match.target, catalog.declarations[target] == nil, catalog.isComplete {
        let help = suggestion(for: target, catalog, report)
        tell(.danglingReference, "'\(needle)' names \(target), which is not declared", help)
      }
      if match.field.field == "website", let bucket = match.target.flatMap({ catalog.declarations[$0] }),
        bucket.spec["website"].isNull, !bucket.hasErrors
      {
        tell(.unknownReference, "\(bucket.address) has no web site", "add 'website: {}' to it")
      }
      if match.field.isSecret, use.path.steps.last == "command" {
        let help = "hand it over in 'environment' or in 'files'"
        tell(
          .exposedSecret,
          "'\(needle)' is a secret, and everybody on the machine sees the arguments of programs",
          help
        )
      }
    }
  }

  /// `rhizome/drift-ignore` names fields of the kind.
  @Sendable static func ignoredPaths(_ catalog: Catalog, _ report: inout Report) {
    for declaration in catalog.ordered {
      guard let annotation = declaration.annotations["rhizome/drift-ignore"] else { continue }
      let schema = Schema.spec(of: declaration.address.kind)
      for text in IgnoredPaths.parse(annotation.value) where !isField(text, of: schema) {
        let first = FieldPath(text)?.steps.first ?? text
        let message = "'\(text.prefix(80))' is no field of \(declaration.address.kind.withArticle)"
        let help = Suggestion.help(for: first, among: schema.fields.map(\.name))
        report.add(Diagnostic(.badValue, message, at: annotation.location, suggestion: help))
      }
    }
  }

  private static func isField(_ text: String, of schema: ObjectSchema) -> Bool {
    guard let path = FieldPath(text), let first = path.steps.first, let field = schema[first] else { return false }
    return isPath(path.steps.dropFirst(), in: field.type)
  }

  private static func isPath(_ steps: ArraySlice<String>, in type: FieldType) -> Bool {
    guard let step = steps.first else { return true }
    switch type {
    case .object(let schema): return schema[step].map { isPath(steps.dropFirst(), in: $0.type) } ?? false
    case .keyed(_, let schema): return isPath(steps.dropFirst(), in: .object(schema))
    case .map(let element): return isPath(steps.dropFirst(), in: element)
    default: return false
    }
  }

  /// A health check names a port of its service.
  @Sendable static func healthPorts(_ catalog: Catalog, _ report: inout Report) {
    for service in catalog.all(.service) {
      let names = (service.spec["ports"].map ?? [:]).keys.sorted()
      for way in ["http", "tcp"] {
        let path = FieldPath(["health", way, "port"])
        guard let name = service.spec[path].text, !names.contains(name), !service.hasErrors else { continue }
        let message = "'\(path)' names the port '\(name)', which the service does not have"
        let help = Suggestion.help(for: name, among: names) ?? "add it to 'ports'"
        report.add(Diagnostic(.danglingReference, message, at: service.location(of: path), suggestion: help))
      }
    }
  }
}

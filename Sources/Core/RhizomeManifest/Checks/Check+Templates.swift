internal import RhizomeModel

/// Texts with `${…}`, and names of ports.
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

  /// A health check names a port of its service.
  @Sendable static func healthPorts(_ catalog: Catalog, _ report: inout Report) {
    for service in catalog.all(.service) {
      let names = (service.spec["ports"].map ?? [:]).keys
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

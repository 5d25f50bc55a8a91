internal import RhizomeModel

/// What is said of people.
extension Check {
  /// `User.spec.attributes` holds no secret, and nothing that Rhizome or the directory keeps.
  @Sendable static func furtherAttributes(_ catalog: Catalog, _ report: inout Report) {
    for person in catalog.all(.user) {
      for (name, values) in person.spec["attributes"].map ?? [:] {
        let texts = values.texts ?? []
        guard let problem = FurtherAttributes.problem(with: name, texts, of: person.address.name) else { continue }
        let place = person.location(of: FieldPath(["attributes", name]))
        report.add(Diagnostic(.badValue, problem.message, at: place, suggestion: problem.help))
      }
    }
  }
}

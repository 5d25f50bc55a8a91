internal import RhizomeModel

/// What is said of people.
extension Check {
  /// `User.spec.attributes` holds no secret, and nothing that Rhizome or the directory keeps.
  @Sendable static func furtherAttributes(_ catalog: Catalog, _ report: inout Report) {
    for person in catalog.all(.user) {
      var names: Set<String> = []
      for (name, values) in person.spec["attributes"].map ?? [:] {
        let texts = values.texts ?? []
        if !names.insert(name.lowercased()).inserted { refuseTwin(name, of: person, &report) }
        guard let problem = FurtherAttributes.problem(with: name, texts, of: person.address.name) else { continue }
        let place = person.location(of: FieldPath(["attributes", name]))
        report.add(Diagnostic(.badValue, problem.message, at: place, suggestion: problem.help))
      }
    }
  }
  /// A directory knows no case in the names of attributes (RFC 4512, section 2.5).
  private static func refuseTwin(_ name: String, of person: Declaration, _ report: inout Report) {
    let place = person.location(of: FieldPath(["attributes", name]))
    let help = "write all its values below one name; upper and lower case are the same to a directory"
    report.add(Diagnostic(.duplicateKey, "the attribute '\(name)' is given twice", at: place, suggestion: help))
  }
}

/// The manifest language: one table a kind.
package enum Schema {
  package static let apiVersion = "rhizome/v1"

  /// The tables of all kinds that people declare, in the order of `Kind.declarable`.
  package static let kinds: [KindSchema] = [
    cluster, zone, node, secret, accessKey, bucket, user, group, service,
  ]

  /// The fields of a kind; for derived kinds, the fields that planning compares.
  package static func spec(of kind: Kind) -> ObjectSchema {
    switch kind {
    case .grant: grant
    case .portMapping: portMapping
    case .firewall: firewall
    default: kinds.first { $0.kind == kind }?.spec ?? ObjectSchema([])
    }
  }

  /// Annotations that steer Rhizome, with their form and meaning.
  package static let annotations: [FieldSchema] = [
    .init(
      "rhizome/protect",
      .enumeration([.init("true", "never delete"), .init("false", "as usual")]),
      "Refuse every plan that would delete this resource."
    ),
    .init("rhizome/drift", .enumeration(driftChoices), "What to do when somebody else changes this resource."),
    .init("rhizome/drift-heal", .text(.any), "Field paths, joined by commas, whose drift is put back."),
    .init("rhizome/drift-report", .text(.any), "Field paths, joined by commas, whose drift is told, and left."),
    .init("rhizome/drift-ignore", .text(.any), "Field paths, joined by commas, whose drift is ignored."),
    .init(
      "rhizome/adopt",
      .enumeration([.init("true", "take over"), .init("false", "as usual")]),
      "Take over a resource of this name that exists already and is not ours."
    ),
    .init(
      "rhizome/firewall-force",
      .enumeration([.init("true", "shut out"), .init("false", "as usual")]),
      "On a Node: change its firewall even when somebody who is logged in through SSH could not come back."
    ),
  ]

  static let driftChoices: [FieldType.Choice] = [
    .init("heal", "put it back"), .init("report", "tell, and leave it"), .init("ignore", "leave it, and say nothing"),
  ]

  static let ports: ClosedRange<Int64> = 1...65_535
  static let anySize: ClosedRange<Int64> = 0...Int64.max
}

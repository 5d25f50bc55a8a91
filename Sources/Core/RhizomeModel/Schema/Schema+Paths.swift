extension FieldType {
  /// The type of a member, for everything that is shown as a map.
  package func member(_ name: String) -> FieldType? {
    switch self {
    case .object(let schema): schema[name]?.type
    case .keyed(_, let schema): .object(schema)
    case .map(let element): element
    default: nil
    }
  }
}

extension Schema {
  /// The type of the field at a path; nil for fields that no table names.
  package static func type(of kind: Kind, at path: FieldPath) -> FieldType? {
    path.steps.reduce(FieldType?.some(.object(spec(of: kind)))) { type, step in type?.member(step) }
  }

  /// Why nothing ever drifts in a field, and what to name instead; nil where something can, and where no table names the
  /// field.
  package static func steadiness(of path: FieldPath, of kind: Kind) -> (reason: String, help: String)? {
    guard let field = steering(path.steps[...], in: .object(spec(of: kind))) else { return nil }
    if field.ownership == .person {
      return ("'\(path)' of \(kind.withArticle) belongs to the person, and is never compared", "leave it out")
    }
    let reason = "'\(path)' of \(kind.withArticle) is not compared with any engine, so nothing drifts in it"
    guard let made = field.becomes else { return (reason, "leave it out") }
    return (reason, "what it says becomes \(made.withArticle) of its own, which `rhizome get` lists: name that")
  }

  /// The field at or above the end of a path that no engine is asked about.
  private static func steering(_ steps: ArraySlice<String>, in type: FieldType) -> FieldSchema? {
    guard let step = steps.first, let member = type.member(step) else { return nil }
    if case .object(let schema) = type, let field = schema[step], field.ownership != .manifest { return field }
    return steering(steps.dropFirst(), in: member)
  }
}

internal import RhizomeModel

/// Objects: known fields, missing ones, and fields that exclude each other.
extension SpecDecoder {
  mutating func object(_ node: Node, _ schema: ObjectSchema, at path: FieldPath) -> Value? {
    guard let pairs = node.pairs else {
      report(.wrongType, "\(SpecDecoder.name(path)) must be a map, not \(node.typeName)", node.mark)
      return nil
    }
    var members: Members = [:]
    var misspelt: Set<String> = []
    for pair in pairs {
      guard let field = schema[pair.key.keyText] else {
        misspelt.formUnion(refuseUnknown(pair.key, schema, at: path))
        continue
      }
      let inner = path.appending(field.name)
      let value = confidentially(field) { $0.decode(pair.value, as: field.type, keys: field.keys, at: inner) }
      members[field.name] = value.flatMap { field.isEmptyCollection($0) ? nil : $0 }
      if field.needsItems, value?.list?.isEmpty ?? false { refuseEmptyList(pair.value, inner) }
    }
    checkMissing(node, schema, misspelt, at: path)
    checkExclusion(node, schema, at: path)
    for field in schema.fields where members[field.name] == nil && node[field.name] == nil {
      members[field.name] = SpecDecoder.defaultValue(of: field)
    }
    return .map(members)
  }

  private mutating func refuseEmptyList(_ node: Node, _ path: FieldPath) {
    report(.missingField, "\(SpecDecoder.name(path)) is empty", node.mark, suggestion: "write at least one item")
  }

  /// Lines inside sealed values and passwords are never shown.
  private mutating func confidentially<T>(_ field: FieldSchema, _ body: (inout SpecDecoder) -> T) -> T {
    let before = isConfidential
    defer { isConfidential = before }
    switch field.type {
    case .text(.sealed), .text(.passwordHash): isConfidential = true
    default: isConfidential = before || field.ownership == .person
    }
    return body(&self)
  }

  /// The default in normal form: of an object, with the defaults inside it.
  static func defaultValue(of field: FieldSchema) -> Value? {
    guard let value = field.defaultValue, case .object(let schema) = field.type else { return field.defaultValue }
    var members = value.map ?? [:]
    for inner in schema.fields where members[inner.name] == nil { members[inner.name] = defaultValue(of: inner) }
    return .map(members)
  }

  /// - Returns: the field that was probably meant, so that it is not called missing as well.
  private mutating func refuseUnknown(_ key: Node, _ schema: ObjectSchema, at path: FieldPath) -> [String] {
    guard !report.isFull else {
      report(.unknownField, "", key.mark)
      return []
    }
    let names = schema.fields.map(\.name)
    let meant = Suggestion.closest(to: key.keyText, among: names)
    let suggestion =
      meant.map { "did you mean '\($0)'?" } ?? SpecDecoder.nested(key.keyText, schema) ?? Suggestion.list(names)
    let place = path.steps.isEmpty ? "" : " in '\(path)'"
    report(.unknownField, "there is no field '\(key.keyText.prefix(80))'\(place)", key.mark, suggestion: suggestion)
    return meant.map { [$0] } ?? []
  }

  /// The field stands one level deeper.
  private static func nested(_ name: String, _ schema: ObjectSchema) -> String? {
    for field in schema.fields {
      if case .object(let inner) = field.type, inner[name] != nil { return "did you mean '\(field.name).\(name)'?" }
    }
    return nil
  }

  private mutating func checkMissing(
    _ node: Node,
    _ schema: ObjectSchema,
    _ misspelt: Set<String>,
    at path: FieldPath
  ) {
    for field in schema.fields where field.isRequired && node[field.name] == nil && !misspelt.contains(field.name) {
      let example = field.example.map { ", such as \(field.name): \($0)" } ?? ", \(field.type.expectation)"
      let message = "\(SpecDecoder.name(path)) has no '\(field.name)'"
      report(.missingField, message, node.mark, suggestion: "add '\(field.name)'\(example)")
    }
  }

  private mutating func checkExclusion(_ node: Node, _ schema: ObjectSchema, at path: FieldPath) {
    let choice = schema.exactlyOneOf.isEmpty ? schema.atMostOneOf : schema.exactlyOneOf
    guard !choice.isEmpty else { return }
    let present = (node.pairs ?? []).filter { choice.contains($0.key.keyText) }
    let words = choice.joined(separator: ", ")
    if present.count > 1 {
      let first = Diagnostic.Related(location: .init(file: file, present[0].key.mark), message: "the first of them")
      let message = "\(SpecDecoder.name(path)) may have only one of: \(words)"
      report(.conflictingFields, message, present[1].key.mark, suggestion: "keep one of them", related: [first])
    } else if present.isEmpty, !schema.exactlyOneOf.isEmpty,
      node.pairs?.allSatisfy({ schema[$0.key.keyText] != nil }) ?? true
    {
      let message = "\(SpecDecoder.name(path)) needs one of: \(words)"
      report(.missingField, message, node.mark, suggestion: "add one of them")
    }
  }
}

extension FieldSchema {
  /// A required list in which order matters, such as a command, cannot be empty; a required set, such as the members of
  /// a group, can.
  var needsItems: Bool { if case .list = type { isRequired } else { false } }

  /// An empty list says the same as no list, where none is needed; an empty object does not.
  fileprivate func isEmptyCollection(_ value: Value) -> Bool {
    switch type {
    case .list, .set, .keyed, .map: !isRequired && (value.list?.isEmpty ?? value.map?.isEmpty ?? false)
    default: false
    }
  }
}

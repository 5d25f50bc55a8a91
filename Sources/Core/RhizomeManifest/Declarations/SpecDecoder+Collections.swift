internal import RhizomeModel

/// Lists, sets, keyed lists and maps.
extension SpecDecoder {
  mutating func items(_ node: Node, _ type: FieldType, at path: FieldPath) -> [Node]? {
    if let items = node.items { return items }
    let suggestion = isConfidential ? nil : node.scalar.map { "write [\($0.text.prefix(80))]" }
    let message = "\(SpecDecoder.name(path)) must be \(type.expectation), not \(node.typeName)"
    report(.wrongType, message, node.mark, suggestion: suggestion)
    return nil
  }

  mutating func list(_ items: [Node], of element: FieldType, at path: FieldPath) -> Value {
    var values: [Value] = []
    for item in items {
      if let value = decode(item, as: element, at: path) { values.append(value) }
    }
    return .list(values)
  }

  /// Sorted and without repetition.
  mutating func set(_ items: [Node], of element: FieldType, at path: FieldPath) -> Value {
    guard let values = list(items, of: element, at: path).list else { return .list([]) }
    return .strings(Set(values.compactMap(\.text)).sorted())
  }

  mutating func keyed(_ items: [Node], by key: String, _ schema: ObjectSchema, at path: FieldPath) -> Value {
    var members: [String: Value] = [:]
    var marks: [String: Mark] = [:]
    for item in items {
      let keyNode = item[key]?.value
      let inner = keyNode?.scalar.map { path.appending($0.text) } ?? path
      guard var value = decode(item, as: .object(schema), at: inner), let text = value[key].text else { continue }
      let mark = keyNode?.mark ?? item.mark
      if let first = marks[text] {
        let related = Diagnostic.Related(location: .init(file: file, first), message: "first written here")
        report(.duplicateKey, "\(SpecDecoder.name(path)) has '\(text)' twice", mark, related: [related])
        continue
      }
      marks[text] = mark
      value[key] = .null
      members[text] = value
    }
    return .map(members)
  }

  mutating func map(_ node: Node, of element: FieldType, keys: TextRule, at path: FieldPath) -> Value? {
    guard let pairs = node.pairs else {
      report(.wrongType, "\(SpecDecoder.name(path)) must be a map, not \(node.typeName)", node.mark)
      return nil
    }
    var members: [String: Value] = [:]
    for pair in pairs {
      let key = pair.key.keyText
      if let expected = keys.problem(with: key) {
        report(
          .badValue,
          "'\(key.prefix(80))' cannot be a name in \(SpecDecoder.name(path))",
          pair.key.mark,
          suggestion: "use \(expected)"
        )
      } else if let value = decode(pair.value, as: element, at: path.appending(key)) {
        members[key] = value
      }
    }
    return .map(members)
  }
}

package import RhizomeModel

/// Values as people read them: quantities with their units, secrets hidden, nothing that could move a cursor.
package enum ValueText {
  private static let longest = 120

  /// The text of a value; `type` gives the unit of numbers.
  package static func text(_ value: Value, _ type: FieldType? = nil) -> String {
    switch value {
    case .null: "(unset)"
    case .boolean(let flag): flag ? "true" : "false"
    case .integer(let number): integer(number, type)
    case .string(let text): quoted(text)
    case .sensitive: "(sensitive)"
    case .template: "(known after apply)"
    case .list(let elements): "[" + elements.map { self.text($0, type?.element) }.joined(separator: ", ") + "]"
    case .map(let members): map(members, type)
    }
  }

  private static func integer(_ number: Int64, _ type: FieldType?) -> String {
    if case .quantity(let quantity, _)? = type { quantity.format(number) } else { String(number) }
  }

  private static func map(_ members: Members, _ type: FieldType?) -> String {
    let parts = members.map { name, member in
      "\(quoted(name)): \(text(member, type?.member(name)))"
    }
    return "{" + parts.joined(separator: ", ") + "}"
  }

  /// The change of a field: `old -> new`, and for sets what comes and what goes.
  package static func change(_ change: FieldChange, _ type: FieldType?) -> String {
    if case .set(let element)? = type, let from = members(change.from), let to = members(change.to) {
      let come = to.filter { !from.contains($0) }.map { "+" + text($0, element) }
      let go = from.filter { !to.contains($0) }.map { "-" + text($0, element) }
      if !change.from.isNull { return (come + go).joined(separator: " ") }
    }
    return "\(text(change.from, type)) -> \(text(change.to, type))"
  }

  private static func members(_ value: Value) -> [Value]? { value.isNull ? [] : value.list }

  /// Plain when it is one clear word or phrase, otherwise in quotes with everything odd escaped; long text is cut.
  static func quoted(_ text: String) -> String {
    let shown = escaped(String(text.prefix(longest)), inQuotes: true)
    let tail = text.count > longest ? "… (\(text.count) characters)" : ""
    let isPlain = !text.isEmpty && shown == text && text.first != " " && text.last != " " && !text.contains(", ")
    return isPlain ? text : "\"\(shown)\"\(tail)"
  }

  /// Text from outside with control and direction characters made visible, so that it cannot disturb a terminal.
  package static func escaped(_ text: String, inQuotes: Bool = false) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case "\"" where inQuotes: result += "\\\""
      case "\\" where inQuotes: result += "\\\\"
      default: result += Unprintable.isHarmless(scalar) ? String(scalar) : Unprintable.escape(scalar)
      }
    }
    return result
  }
}

extension FieldType {
  /// The type of the elements of a list or set.
  var element: FieldType? {
    switch self {
    case .list(let element), .set(let element): element
    default: nil
    }
  }
}

extension Schema {
  /// Why a path names no field of a kind, with the names that would; nil when it names one.
  package static func problem(with path: FieldPath, of kind: Kind) -> String? {
    var (type, above) = (FieldType.object(spec(of: kind)), FieldPath())
    for step in path.steps {
      guard let member = type.member(step) else {
        let owner = above.steps.isEmpty ? "it" : "'\(above)'"
        let message = "\(kind.rawValue) has no field '\(path)'"
        guard case .object(let schema) = type else { return "\(message): \(owner) has no fields of its own" }
        return "\(message): \(owner) has \(schema.fields.map(\.name).joined(separator: ", "))"
      }
      (type, above) = (member, above.appending(step))
    }
    return nil
  }

  /// What holds at a path when nothing is written; nil where something above it is there only because it was written.
  static func defaultValue(of kind: Kind, at path: FieldPath) -> Value? {
    var schema = spec(of: kind)
    var value: Value?
    for step in path.steps {
      guard let field = schema[step], let fallback = field.defaultValue else { return nil }
      value = fallback
      if case .object(let inner) = field.type { schema = inner } else { schema = ObjectSchema([]) }
    }
    return value
  }
}

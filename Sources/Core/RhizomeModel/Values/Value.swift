/// A typed tree: what a manifest says, what an engine holds, and what a diff compares.
package enum Value: Sendable, Hashable {
  case null
  case boolean(Bool)
  /// Also sizes (bytes), durations (milliseconds) and bandwidths (bits per second); the schema knows which.
  case integer(Int64)
  case string(String)
  case list([Value])
  case map(Members)
  /// A value that people must not see.
  indirect case sensitive(Sensitive)
  /// Text with references that are not resolved yet.
  indirect case template(Template)
}

extension Value {
  /// A map with these members, in any order.
  package static func map(_ members: [String: Value]) -> Value { .map(Members(members)) }

  package static func strings(_ texts: some Sequence<String>) -> Value { .list(texts.map(Value.string)) }

  package var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
  package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  package var list: [Value]? { if case .list(let value) = self { value } else { nil } }
  package var map: Members? { if case .map(let value) = self { value } else { nil } }

  /// The text, also of a sensitive value whose cleartext is at hand. Never print it without looking at `isSensitive`.
  package var text: String? {
    switch self {
    case .string(let value): value
    case .sensitive(let value): value.cleartext
    default: nil
    }
  }

  /// The texts of a list of texts.
  package var texts: [String]? { list?.compactMap(\.text) }

  package var isNull: Bool { if case .null = self { true } else { false } }
  package var isSensitive: Bool { if case .sensitive = self { true } else { false } }

  /// The member of a map; null for everything else and for absent members.
  package subscript(_ key: String) -> Value {
    get { map?[key] ?? .null }
    set {
      var members = map ?? [:]
      members[key] = newValue.isNull ? nil : newValue
      self = .map(members)
    }
  }

  /// The value at `path`; null where any step is absent.
  package subscript(_ path: FieldPath) -> Value {
    get { path.steps.reduce(self) { $0[$1] } }
    set { self = replacing(path.steps[...], with: newValue) }
  }

  private func replacing(_ steps: ArraySlice<String>, with value: Value) -> Value {
    guard let first = steps.first else { return value }
    var copy = self
    copy[first] = self[first].replacing(steps.dropFirst(), with: value)
    return copy
  }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(booleanLiteral value: Bool) { self = .boolean(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(arrayLiteral elements: Value...) { self = .list(elements) }
  package init(dictionaryLiteral elements: (String, Value)...) {
    self = .map(Members(elements.filter { !$0.1.isNull }))
  }
}

package import RhizomeModel

extension FieldType {
  /// The normal form of a value of this type: sets sorted and without repetition, keyed lists as maps, members that
  /// are null left out. A value that does not have the type's form is left as it is.
  package func normalised(_ value: Value) -> Value {
    switch self {
    case .set(let element): value.list.map { .list(FieldType.sortedSet($0.map(element.normalised))) } ?? value
    case .list(let element): value.list.map { .list($0.map(element.normalised)) } ?? value
    case .map(let element):
      value.map.map { .map($0.mapValues(element.normalised).filter { !$0.value.isNull }) } ?? value
    case .object(let schema): schema.normalised(value)
    case .keyed(let key, let schema): FieldType.keyed(value, by: key, schema)
    default: value
    }
  }

  private static func sortedSet(_ elements: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return elements.filter { seen.insert($0).inserted }.sorted { $0.sortKey < $1.sortKey }
  }

  private static func keyed(_ value: Value, by key: String, _ schema: ObjectSchema) -> Value {
    if let members = value.map { return .map(members.mapValues(schema.normalised)) }
    guard let elements = value.list else { return value }
    let members = elements.compactMap { element in element[key].text.map { ($0, schema.normalised(element)) } }
    return .map(Members(members))
  }
}

extension ObjectSchema {
  /// The normal form of a spec. Members that the schema does not name are kept.
  package func normalised(_ value: Value) -> Value {
    guard let members = value.map else { return value }
    var result: Members = [:]
    for (name, member) in members where !member.isNull {
      result[name] = self[name]?.type.normalised(member) ?? member
    }
    return .map(result)
  }
}

extension Value {
  /// Null, or a collection without members: an engine cannot tell one from the other.
  var isVoid: Bool {
    switch self {
    case .null: true
    case .list(let elements): elements.isEmpty
    case .map(let members): members.values.allSatisfy(\.isVoid)
    default: false
    }
  }

  /// A text to sort elements of sets by; total for scalars, which is what sets hold.
  var sortKey: String {
    switch self {
    case .string(let text): text
    case .integer(let number): Value.padded(number)
    case .boolean(let flag): flag ? "1" : "0"
    case .sensitive(let secret): secret.fingerprint
    case .template(let template): template.source
    case .null: ""
    case .list(let elements): elements.map(\.sortKey).joined(separator: "\u{1}")
    case .map(let members):
      members.map { "\($0.key)\u{2}\($0.value.sortKey)" }.joined(separator: "\u{1}")
    }
  }

  private static func padded(_ number: Int64) -> String {
    let digits = String(number.magnitude)
    return (number < 0 ? "-" : "0") + String(repeating: "0", count: max(0, 20 - digits.count)) + digits
  }

  /// The same value without any cleartext.
  var withoutCleartext: Value {
    switch self {
    case .sensitive(let secret): .sensitive(Sensitive(fingerprint: secret.fingerprint))
    case .list(let elements): .list(elements.map(\.withoutCleartext))
    case .map(let members): .map(members.mapValues(\.withoutCleartext))
    default: self
    }
  }

  /// Hidden wholly, for the other side of a sensitive change. The fingerprint is empty: nobody computed one.
  var masked: Value {
    switch self {
    case .null: .null
    case .sensitive: withoutCleartext
    default: .sensitive(Sensitive(fingerprint: ""))
    }
  }
}

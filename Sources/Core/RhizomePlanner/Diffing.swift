import RhizomeModel

/// Second step: which fields differ, by their meaning.
///
/// - A field of a person is given at creation, and again when its declaration changes; what the engine has is not looked
///   at. A field of planning is never compared.
/// - A field that is not declared is compared only when it has a default, when we made it before, or when not written
///   means that there is none (`FieldSchema.isNoneUnlessWritten`): then its removal is a change to null.
/// - A top-level field that the engine does not show is compared with what we made last. Below a field that it does
///   show, what is missing is unset.
/// - Sets and lists are compared as whole values, keyed lists by key, free maps name by name.
struct Differ {
  private let schema: ObjectSchema
  private var found: [Difference] = []

  /// One field that differs.
  struct Difference: Sendable, Hashable {
    let change: FieldChange
    /// What is there, unmasked: for comparing only, never to be shown.
    let seen: Value
    /// The field cannot be changed in place.
    let isImmutable: Bool
  }

  private init(_ schema: ObjectSchema) { self.schema = schema }

  /// The differences between what shall be and what is, sorted by path.
  /// - Parameters:
  ///   - wanted: the declared attributes.
  ///   - prior: what we made last; nil when we never did.
  ///   - seen: what the engine shows; nil when nothing can be seen.
  static func differences(
    _ schema: ObjectSchema,
    wanted: Value,
    prior: Value?,
    seen: Value?
  ) -> [Difference] {
    var differ = Differ(schema)
    let names = Set(wanted.map?.keys ?? []).union(prior?.map?.keys ?? [])
    let fields = schema.fields + names.subtracting(schema.fields.map(\.name)).map(Differ.extra)
    for field in fields where field.ownership == .manifest {
      let shown = seen?.map?[field.name]
      let side = Side(wanted: wanted[field.name], prior: prior?[field.name] ?? .null, current: shown ?? .null)
      differ.field(field, shown == nil ? side.hidden : side, FieldPath([field.name]), immutable: false)
    }
    for field in fields where field.ownership == .person { differ.person(field, wanted, prior) }
    return differ.found.sorted { $0.change.path < $1.change.path }
  }

  /// What belongs to a person is given anew only when its declaration changes; what the engine has is the person's.
  private mutating func person(_ field: FieldSchema, _ wanted: Value, _ prior: Value?) {
    let (declared, given) = (wanted[field.name], prior?[field.name] ?? .null)
    guard !declared.isNull, !given.isNull, declared != given else { return }
    for name in Set((declared.map ?? [:]).keys).union((given.map ?? [:]).keys) where declared[name] != given[name] {
      let path = FieldPath([field.name, name])
      note(path, from: given[name], to: declared[name], .text(.any), immutable: false)
    }
  }

  /// Every field that creating a resource sets, sorted by path.
  static func creation(_ schema: ObjectSchema, _ wanted: Value) -> [FieldChange] {
    var differ = Differ(schema)
    let extras = (wanted.map ?? [:]).keys.filter { schema[$0] == nil }.map(Differ.extra)
    for field in schema.fields + extras where field.ownership != .planning {
      let side = Side(wanted: wanted[field.name], prior: .null, current: .null)
      differ.field(field, side, FieldPath([field.name]), immutable: false, creating: true)
    }
    return differ.found.map(\.change).sorted { $0.path < $1.path }
  }

  /// A field that no table names, such as the id of a generated key.
  private static func extra(_ name: String) -> FieldSchema { FieldSchema(name, .text(.any), "") }
}

/// The values of one field.
private struct Side {
  var wanted: Value
  var prior: Value
  var current: Value
  /// The engine does not show the field; what we made last stands in for it.
  var isHidden = false

  var hidden: Side { Side(wanted: wanted, prior: prior, current: prior, isHidden: true) }

  func member(_ name: String) -> Side {
    Side(wanted: wanted[name], prior: prior[name], current: current[name], isHidden: isHidden)
  }

  /// The names of all members, sorted.
  func names(of values: Value...) -> [String] {
    Set(values.flatMap { $0.map?.keys ?? [] }).sorted()
  }
}

extension Differ {
  private mutating func field(
    _ field: FieldSchema,
    _ given: Side,
    _ path: FieldPath,
    immutable: Bool,
    creating: Bool = false
  ) {
    guard field.ownership == .manifest || (creating && field.ownership == .person) else { return }
    var side = given
    if side.wanted.isNull {
      let isLeftAlone = side.prior.isNull && !field.isNoneUnlessWritten
      guard let fallback = field.defaultValue ?? (isLeftAlone ? nil : .null) else { return }
      side.wanted = fallback
    }
    // Unset means that the default holds, also where an engine leaves it out.
    if side.current.isNull, !creating, let value = field.defaultValue { side.current = value }
    if field.standsForItself, !creating, side.wanted.isVoid != side.current.isVoid {
      return note(path, from: side.current, to: side.wanted, field.type, immutable: immutable || field.isImmutable)
    }
    compare(field.type, side, path, immutable: immutable || field.isImmutable, creating: creating)
  }

  private mutating func compare(
    _ type: FieldType,
    _ side: Side,
    _ path: FieldPath,
    immutable: Bool,
    creating: Bool
  ) {
    if Differ.isSame(side.wanted, side.current) { return }
    switch type {
    case .object(let schema) where side.wanted.map != nil || (side.wanted.isNull && schema.isSumOfItsFields):
      for member in schema.fields {
        field(member, side.member(member.name), path.appending(member.name), immutable: immutable, creating: creating)
      }
    case .keyed(_, let schema):
      keyed(type, schema, side, path, immutable: immutable, creating: creating)
    case .map(let element) where side.wanted.map != nil || side.wanted.isNull:
      for name in side.names(of: side.wanted, side.prior) {
        compare(element, side.member(name), path.appending(name), immutable: immutable, creating: creating)
      }
    default:
      let (wanted, current) = (type.normalised(side.wanted), type.normalised(side.current))
      if !Differ.isSame(wanted, current) { note(path, from: current, to: wanted, type, immutable: immutable) }
    }
  }

  private mutating func keyed(
    _ type: FieldType,
    _ schema: ObjectSchema,
    _ given: Side,
    _ path: FieldPath,
    immutable: Bool,
    creating: Bool
  ) {
    let side = Side(
      wanted: type.normalised(given.wanted),
      prior: type.normalised(given.prior),
      current: type.normalised(given.current),
      isHidden: given.isHidden
    )
    for name in side.names(of: side.wanted, side.current) {
      let (member, step) = (side.member(name), path.appending(name))
      if member.wanted.isNull || member.current.isNull {
        note(step, from: member.current, to: member.wanted, .object(schema), immutable: immutable)
      } else {
        compare(.object(schema), member, step, immutable: immutable, creating: creating)
      }
    }
  }

  private mutating func note(_ path: FieldPath, from: Value, to: Value, _ type: FieldType, immutable: Bool) {
    let isSecret = from.isSensitive || to.isSensitive || type.isSecret
    let change = FieldChange(
      path: path,
      from: isSecret ? from.masked : from.withoutCleartext,
      to: isSecret ? to.masked : to.withoutCleartext
    )
    found.append(Difference(change: change, seen: from, isImmutable: immutable))
  }

  /// Equal, or both without content, or a secret and the text that it hides.
  static func isSame(_ left: Value, _ right: Value) -> Bool {
    if left == right || (left.isVoid && right.isVoid) { return true }
    guard left.isSensitive != right.isSensitive, let text = left.text else { return false }
    return text == right.text
  }
}

extension FieldSchema {
  /// Whether its being there says something beside what its members say, as with a web site whose members all have
  /// defaults: then it comes and goes as a whole.
  fileprivate var standsForItself: Bool {
    guard isNoneUnlessWritten, case .object(let schema) = type else { return false }
    return !schema.isSumOfItsFields
  }
}

extension ObjectSchema {
  /// Nothing is said by it that its fields do not say, so that each is dealt with by itself.
  fileprivate var isSumOfItsFields: Bool { fields.allSatisfy(\.isNoneUnlessWritten) && !fields.isEmpty }
}

extension FieldType {
  /// True for texts that people must not see even when nobody wrapped them as sensitive.
  var isSecret: Bool {
    switch self {
    case .text(.passwordHash), .text(.sealed): true
    default: false
    }
  }
}

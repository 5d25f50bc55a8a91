import RhizomeModel
import Testing

@testable import RhizomePlanner

/// Values made from the tables of the kinds, so that a field that is added tomorrow is tested tomorrow.
private enum Sample {
  /// Some value of a type; another one for another salt. The texts need not be valid: nothing here reads manifests.
  static func value(_ type: FieldType, _ salt: Int) -> Value {
    switch type {
    case .text, .enumeration, .reference: .string("text\(salt)")
    case .boolean: .boolean(salt % 2 == 0)
    case .integer, .quantity: .integer(Int64(1_000 + salt))
    case .list(let element): .list([value(element, salt), value(element, salt + 2)])
    case .set(let element): .list([value(element, salt), value(element, salt + 2)])
    case .keyed(let key, let schema): keyed(key, schema, salt)
    case .map(let element): ["one": value(element, salt), "two": value(element, salt + 2)]
    case .object(let schema): object(schema, salt)
    }
  }

  static func object(_ schema: ObjectSchema, _ salt: Int) -> Value {
    .map(Dictionary(schema.fields.map { ($0.name, value($0.type, salt)) }, uniquingKeysWith: { $1 }))
  }

  private static func keyed(_ key: String, _ schema: ObjectSchema, _ salt: Int) -> Value {
    let names = ["key\(salt)", "key\(salt + 2)"]
    let members = names.map { name -> (String, Value) in
      var member = object(schema, salt)
      member[key] = .string(name)
      return (name, member)
    }
    return .map(Dictionary(members, uniquingKeysWith: { $1 }))
  }

  /// The same value as an engine may put it: sets in another order and with repetitions, keyed lists as lists, what is
  /// not there written out as null.
  static func shuffled(_ type: FieldType, _ value: Value) -> Value {
    switch type {
    case .list(let element): value.list.map { .list($0.map { shuffled(element, $0) }) } ?? value
    case .set(let element):
      value.list.map { .list(($0 + $0.prefix(1)).reversed().map { shuffled(element, $0) }) } ?? value
    case .keyed(_, let schema):
      value.map.map { .list($0.sorted { $0.key > $1.key }.map { shuffled(.object(schema), $0.value) }) } ?? value
    case .map(let element): withNull(value.map?.mapValues { shuffled(element, $0) })
    case .object(let schema): withNull(members(schema, value))
    default: value
    }
  }

  private static func members(_ schema: ObjectSchema, _ value: Value) -> Members {
    var members = value.map ?? [:]
    for field in schema.fields { members[field.name] = members[field.name].map { shuffled(field.type, $0) } }
    return members
  }

  private static func withNull(_ members: Members?) -> Value {
    var copy = members ?? [:]
    copy["notThere"] = .null
    return .map(copy)
  }
}

@Suite("No noise at birth")
struct NoiseTests {
  private struct Look {
    let plan: Plan
    /// Differences in what was made, and things to do.
    var findings: [String] { plan.drift.map { "\($0.field?.description ?? "")" } + plan.lines }
  }

  /// A plan right after `made` was created, when the engine shows `seen`.
  private func look(_ kind: Kind, made: Value, seen: Value) -> Look {
    var scene = Scene()
    let resource = Resource(Address(kind, "x"), attributes: made)
    scene.clusterName = kind == .cluster ? "x" : "plant"
    scene.desired = [resource]
    scene.records = [record(resource)]
    scene.observed[resource.address] = present(seen)
    return Look(plan: scene.plan())
  }

  @Test(
    "a kind with all of its fields shows no drift and needs nothing, however its engine puts them",
    arguments: Kind.allCases
  )
  func whole(kind: Kind) {
    let type = FieldType.object(Schema.spec(of: kind))
    let made = Sample.value(type, 0)
    #expect(look(kind, made: made, seen: made).findings == [])
    #expect(look(kind, made: made, seen: Sample.shuffled(type, made)).findings == [])
  }

  @Test("each field alone shows no drift, and drift when it was changed", arguments: Kind.allCases)
  func fields(kind: Kind) {
    for field in Schema.spec(of: kind).fields {
      let value = Sample.value(field.type, 0)
      let made: Value = .map([field.name: value])
      let same: Value = .map([field.name: Sample.shuffled(field.type, value)])
      #expect(look(kind, made: made, seen: made).findings == [], "\(kind).\(field.name)")
      #expect(look(kind, made: made, seen: same).findings == [], "\(kind).\(field.name) in other words")
      let other: Value = .map([field.name: Sample.value(field.type, 1)])
      let isCompared = field.ownership == .manifest
      let found = look(kind, made: made, seen: other).plan
      #expect(found.drift.isEmpty != isCompared, "\(kind).\(field.name) changed by hand")
      #expect(found.actions.isEmpty != isCompared, "\(kind).\(field.name) changed by hand")
    }
  }

  @Test("a field with a default that an engine leaves out is no drift", arguments: Kind.allCases)
  func defaults(kind: Kind) {
    for field in Schema.spec(of: kind).fields {
      guard let value = field.defaultValue else { continue }
      let made: Value = .map([field.name: value])
      #expect(look(kind, made: made, seen: [:]).findings == [], "\(kind).\(field.name) not shown")
      #expect(
        look(kind, made: made, seen: .map([field.name: .null])).findings == [],
        "\(kind).\(field.name) shown empty"
      )
    }
  }
}

import RhizomeModel

@testable import RhizomePlanner

/// SplitMix64: the same numbers from the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// Values made from the schema's own tables.
extension FieldType {
  /// Some value of this type; the same for the same salt, different for another.
  func sample(_ salt: Int64) -> Value {
    switch self {
    case .text, .reference: .string("text-\(salt)")
    case .boolean: .boolean(salt % 2 == 0)
    case .integer(let range), .quantity(_, let range):
      .integer(range.lowerBound + salt % (range.upperBound - range.lowerBound))
    case .enumeration(let choices): .string(choices[Int(salt) % choices.count].word)
    case .list(let element): [element.sample(salt), element.sample(salt + 1)]
    case .set(let element): normalised([element.sample(salt), element.sample(salt + 1)])
    case .keyed(let key, let schema):
      .map(["one": FieldType.member(schema, key, "one", salt), "two": FieldType.member(schema, key, "two", salt + 1)])
    case .map(let element): .map(["a": element.sample(salt), "b": element.sample(salt + 1)])
    case .object(let schema): schema.sample(salt)
    }
  }

  private static func member(_ schema: ObjectSchema, _ key: String, _ name: String, _ salt: Int64) -> Value {
    var value = schema.sample(salt)
    value[key] = .string(name)
    return value
  }

  /// The same value as a careless engine may give it back: sets turned round and repeated, keyed lists as lists,
  /// nulls where nothing is.
  func noisy(_ value: Value) -> Value {
    switch self {
    case .set(let element):
      value.list.map { list in .list(Array((list + list.prefix(1)).reversed()).map(element.noisy)) } ?? value
    case .list(let element): value.list.map { .list($0.map(element.noisy)) } ?? value
    case .keyed(_, let schema):
      value.map.map { .list($0.sorted { $0.key > $1.key }.map { FieldType.object(schema).noisy($0.value) }) } ?? value
    case .map(let element): value.map.map { .map($0.mapValues(element.noisy)) } ?? value
    case .object(let schema): schema.noisy(value)
    default: value
    }
  }
}

extension ObjectSchema {
  func sample(_ salt: Int64) -> Value {
    var result: Value = [:]
    for field in fields { result[field.name] = field.type.sample(salt) }
    return result
  }

  func noisy(_ value: Value) -> Value {
    guard let members = value.map else { return value }
    var result = members
    for field in fields {
      result[field.name] = members[field.name].map(field.type.noisy) ?? .some(.null)
    }
    return .map(result)
  }
}

/// What one field of a kind is: the single place from which decoding, validation, suggestions, the JSON Schema, the
/// reference page, comparison and masking all come.
package struct FieldSchema: Sendable {
  package let name: String
  package let type: FieldType
  /// One sentence for the reference page.
  package let summary: String
  package let isRequired: Bool
  /// What holds when nothing is written; already normalised.
  package let defaultValue: Value?
  /// How it is written, for messages and the reference page.
  package let example: String?
  package let ownership: FieldOwnership
  /// What is written here becomes resources of this kind, which are compared in its place.
  package let becomes: Kind?
  /// A change needs a new resource, so Rhizome refuses to make it in place.
  package let isImmutable: Bool
  /// Not written means that there is none: what the engine shows all the same, somebody else has set, and it is taken away
  /// or told as the drift policy says. Without this, a field that is not written is left to whoever sets it.
  package let isNoneUnlessWritten: Bool
  /// The form of the names, where the field is a map.
  package let keys: TextRule

  package init(
    _ name: String,
    _ type: FieldType,
    _ summary: String,
    required: Bool = false,
    default defaultValue: Value? = nil,
    example: String? = nil,
    ownership: FieldOwnership = .manifest,
    becomes: Kind? = nil,
    immutable: Bool = false,
    noneUnlessWritten: Bool = false,
    keys: TextRule = .any
  ) {
    self.name = name
    self.type = type
    self.summary = summary
    self.isRequired = required
    self.defaultValue = defaultValue
    self.example = example
    self.ownership = ownership
    self.becomes = becomes
    self.isImmutable = immutable
    self.isNoneUnlessWritten = noneUnlessWritten
    self.keys = keys
  }
}

/// Who has the last word on a field once the resource exists.
package enum FieldOwnership: String, Sendable {
  /// The manifest: a difference is drift.
  case manifest
  /// The person it belongs to: the manifest gives the first value, and a new one when its declaration changes; all other
  /// changes are theirs.
  case person
  /// Rhizome: it steers planning and is not compared with an engine.
  case planning
}

/// The type of a field, with the meaning by which two values of it are compared.
package indirect enum FieldType: Sendable {
  case text(TextRule)
  case boolean
  case integer(ClosedRange<Int64>)
  /// Text such as `10GiB`, kept as base units.
  case quantity(Quantity, ClosedRange<Int64>)
  case enumeration([Choice])
  /// The name of another resource.
  case reference(Kind)
  /// Order matters.
  case list(FieldType)
  /// Order and repetition do not matter; kept sorted.
  case set(FieldType)
  /// A list of objects told apart by one field; kept as a map from that field's text to the other
  /// fields.
  case keyed(by: String, ObjectSchema)
  /// Names to values of one type; `FieldSchema.keys` is the form of the names.
  case map(FieldType)
  case object(ObjectSchema)

  /// One word of an enumeration.
  package struct Choice: Sendable {
    package let word: String
    package let summary: String

    package init(_ word: String, _ summary: String) {
      self.word = word
      self.summary = summary
    }
  }
}

/// The fields of an object, and how they exclude each other.
package struct ObjectSchema: Sendable {
  package let fields: [FieldSchema]
  /// Exactly one of these fields must be there.
  package let exactlyOneOf: [String]
  /// At most one of these fields may be there.
  package let atMostOneOf: [String]

  package init(_ fields: [FieldSchema], exactlyOneOf: [String] = [], atMostOneOf: [String] = []) {
    self.fields = fields
    self.exactlyOneOf = exactlyOneOf
    self.atMostOneOf = atMostOneOf
  }

  package subscript(_ name: String) -> FieldSchema? { fields.first { $0.name == name } }
}

/// A kind as people declare it.
package struct KindSchema: Sendable {
  package let kind: Kind
  package let summary: String
  package let spec: ObjectSchema
  /// A whole declaration, for the reference page.
  package let example: String

  package init(_ kind: Kind, _ summary: String, _ spec: ObjectSchema, example: String) {
    self.kind = kind
    self.summary = summary
    self.spec = spec
    self.example = example
  }
}

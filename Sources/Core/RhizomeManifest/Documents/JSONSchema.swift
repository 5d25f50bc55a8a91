internal import RhizomeModel

/// Documents that are generated from the tables of the manifest language.
package enum ManifestDocuments {
  /// The JSON Schema (draft 2020-12) of one declaration, for editors and other programs. It knows the structure; what
  /// declarations say about each other only `Manifest.load` can check.
  package static func jsonSchema() -> String { JSONSchemaWriter.document().pretty() + "\n" }
}

/// Writes the tables as a JSON Schema.
private enum JSONSchemaWriter {
  static func document() -> JSONText {
    let kinds = Schema.kinds.map(\.kind.rawValue)
    return .object([
      ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
      ("$id", .string("urn:rhizome:manifest:v1")),
      ("title", .string("A declaration in a Rhizome manifest")),
      ("type", .string("object")),
      (
        "properties",
        .object([
          ("apiVersion", .object([("const", .string(Schema.apiVersion))])),
          ("kind", .object([("enum", .strings(kinds))])),
          ("metadata", metadata()),
          ("spec", .object([("type", .string("object"))])),
        ])
      ),
      ("required", .strings(["apiVersion", "kind", "metadata"])),
      ("additionalProperties", .boolean(false)),
      ("allOf", .array(Schema.kinds.map(condition))),
      ("$defs", .object(Schema.kinds.map { ($0.kind.rawValue, object($0.spec, described: $0.summary)) })),
    ])
  }

  /// When the kind is this, the spec is as its table says.
  private static func condition(_ kind: KindSchema) -> JSONText {
    let name = kind.kind.rawValue
    let test = JSONText.object([("properties", .object([("kind", .object([("const", .string(name))]))]))])
    let spec = JSONText.object([("spec", .object([("$ref", .string("#/$defs/\(name)"))]))])
    let isNeeded = !kind.spec.exactlyOneOf.isEmpty || kind.spec.fields.contains(where: \.isRequired)
    let required: [(String, JSONText)] = isNeeded ? [("required", .strings(["spec"]))] : []
    return .object([("if", test), ("then", .object([("properties", spec)] + required))])
  }

  private static func metadata() -> JSONText {
    let known = Schema.annotations.map { ($0.name, field($0)) }
    let others = JSONText.object([("pattern", .string("^(?!rhizome/)[^/]+/.+$"))])
    let names = JSONText.object([("enum", .strings(Schema.annotations.map(\.name)))])
    let annotations = JSONText.object([
      ("type", .string("object")),
      ("properties", .object(known)),
      ("propertyNames", .object([("anyOf", .array([names, others]))])),
      ("additionalProperties", .object([("type", .string("string"))])),
    ])
    let fields = DeclarationReader.metadataSchema.fields.map { schema in
      (schema.name, schema.name == "annotations" ? annotations : field(schema))
    }
    return .object([
      ("type", .string("object")), ("properties", .object(fields)), ("required", .strings(["name"])),
      ("additionalProperties", .boolean(false)),
    ])
  }

  private static func object(_ schema: ObjectSchema, described summary: String? = nil) -> JSONText {
    var members: [(String, JSONText)] = summary.map { [("description", .string($0))] } ?? []
    members.append(("type", .string("object")))
    members.append(("properties", .object(schema.fields.map { ($0.name, field($0)) })))
    let required = schema.fields.filter(\.isRequired).map(\.name)
    if !required.isEmpty { members.append(("required", .strings(required))) }
    if !schema.exactlyOneOf.isEmpty { members.append(("oneOf", alternatives(schema.exactlyOneOf))) }
    members.append(("additionalProperties", .boolean(false)))
    return .object(members)
  }

  private static func alternatives(_ names: [String]) -> JSONText {
    .array(names.map { .object([("required", .strings([$0]))]) })
  }

  private static func field(_ field: FieldSchema) -> JSONText {
    guard case .object(var members) = type(field.type, keys: field.keys) else { return type(field.type) }
    members.removeAll { $0.0 == "description" }
    if field.needsItems { members.append(("minItems", .integer(1))) }
    return .object([("description", .string(field.summary))] + members + defaultValue(of: field))
  }

  /// Quantities are written with their units, as people write them.
  private static func defaultValue(of field: FieldSchema) -> [(String, JSONText)] {
    switch (field.type, field.defaultValue) {
    case (.quantity(let quantity, _), .integer(let amount)): [("default", .string(quantity.format(amount)))]
    case (_, .integer(let number)): [("default", .integer(number))]
    case (_, .boolean(let flag)): [("default", .boolean(flag))]
    case (_, .string(let text)): [("default", .string(text))]
    case (.object, .map): [("default", .object([]))]
    default: []
    }
  }

  private static func type(_ type: FieldType, keys: TextRule = .any) -> JSONText {
    switch type {
    case .text(let rule): string(pattern: rule.pattern)
    case .boolean: .object([("type", .string("boolean"))])
    case .integer(let range): integer(range)
    case .quantity(let quantity, _): string(pattern: quantity.pattern)
    case .enumeration(let choices): .object([("enum", .strings(choices.map(\.word)))])
    case .reference: string(pattern: TextRule.dnsLabel.pattern)
    case .list(let element), .set(let element): array(Self.type(element))
    case .keyed(_, let schema): array(object(schema))
    case .map(let element): map(Self.type(element), keys: keys)
    case .object(let schema): object(schema)
    }
  }

  private static func string(pattern: String?) -> JSONText {
    .object([("type", .string("string"))] + (pattern.map { [("pattern", .string($0))] } ?? []))
  }

  private static func integer(_ range: ClosedRange<Int64>) -> JSONText {
    let most: [(String, JSONText)] = range.upperBound == .max ? [] : [("maximum", .integer(range.upperBound))]
    return .object([("type", .string("integer")), ("minimum", .integer(range.lowerBound))] + most)
  }

  private static func array(_ element: JSONText) -> JSONText {
    .object([("type", .string("array")), ("items", element)])
  }

  private static func map(_ element: JSONText, keys: TextRule) -> JSONText {
    let names = keys.pattern.map { [("propertyNames", JSONText.object([("pattern", .string($0))]))] } ?? []
    return .object([("type", .string("object"))] + names + [("additionalProperties", element)])
  }
}

extension Quantity {
  /// A number, perhaps with a fraction, and one of the units.
  fileprivate var pattern: String {
    #"^[0-9]+(\.[0-9]{1,6})?("# + units.map(\.symbol).joined(separator: "|") + ")$"
  }
}

package import LDAPProtocol

/// The attribute types and object classes one directory knows (RFC 4512 4).
package struct DirectorySchema: Sendable {
  package private(set) var attributeTypes: [AttributeType] = []
  package private(set) var objectClasses: [ObjectClass] = []
  private var typeIDs: [String: Int] = [:]
  private var classIndexes: [String: Int] = [:]
  /// For each attribute type the ids of itself and everything below it.
  private var subtypeIDs: [[Int]] = []

  /// The standard schema of people, groups and hosts, plus definitions of the caller's own.
  /// - Parameters:
  ///   - additionalAttributeTypes: definitions in the form of RFC 4512 4.1.2.
  ///   - additionalObjectClasses: definitions in the form of RFC 4512 4.1.1.
  /// - Throws: `SchemaError` when a definition cannot be read or names something unknown.
  package init(
    additionalAttributeTypes: [String] = [],
    additionalObjectClasses: [String] = []
  ) throws(SchemaError) {
    for text in StandardSchema.attributeTypes + additionalAttributeTypes { try addAttributeType(text) }
    for text in StandardSchema.objectClasses + additionalObjectClasses { try addObjectClass(text) }
  }

  /// The type of that name or object identifier, without regard to case.
  package func attributeType(_ name: String) -> AttributeType? {
    typeIDs[name.lowercased()].map { attributeTypes[$0] }
  }

  /// The class of that name or object identifier, without regard to case.
  package func objectClass(_ name: String) -> ObjectClass? {
    classIndexes[name.lowercased()].map { objectClasses[$0] }
  }

  /// Splits `cn;lang-fr` into type and options; nil when the type is unknown or an option is empty.
  package func describe(_ text: String) -> AttributeDescription? {
    if let id = typeIDs[text] { return AttributeDescription(type: id, options: []) }
    let parts = text.lowercased().split(separator: ";", omittingEmptySubsequences: false).map(String.init)
    guard let id = typeIDs[parts[0]], !parts.dropFirst().contains("") else { return nil }
    return AttributeDescription(type: id, options: Set(parts.dropFirst()).sorted())
  }

  /// The shown form of a description.
  package func text(of description: AttributeDescription) -> String {
    let name = attributeTypes[description.type].name
    return description.options.isEmpty ? name : ([name] + description.options).joined(separator: ";")
  }

  /// The ids of `type` and of all types derived from it.
  func subtypes(of type: Int) -> [Int] { subtypeIDs[type] }

  /// A text equal for equal names, by the matching rules of the attributes in it.
  package func key(of name: DistinguishedName) -> String {
    name.key { assertion in
      guard let type = attributeType(assertion.attribute) else {
        return .init(attribute: assertion.attribute.lowercased(), value: assertion.value)
      }
      let value = type.equality?.normalise(assertion.value, in: self) ?? assertion.value
      return .init(attribute: type.name.lowercased(), value: value)
    }
  }

  /// The same name with the schema's spelling of its attributes.
  package func tidied(_ name: DistinguishedName) -> DistinguishedName {
    DistinguishedName(
      name.relatives.map { relative in
        .init(
          relative.assertions.map {
            .init(attribute: attributeType($0.attribute)?.name ?? $0.attribute, value: $0.value)
          }
        )
      }
    )
  }

  /// Names and object identifiers of one thing become one: the lower-case first name.
  func normaliseIdentifier(_ value: [UInt8]) -> [UInt8]? {
    guard let text = String(validating: value, as: UTF8.self), !text.isEmpty else { return nil }
    if let known = objectClass(text)?.name ?? attributeType(text)?.name { return Array(known.lowercased().utf8) }
    let isIdentifier = text.utf8.allSatisfy { byte in
      let character = Character(Unicode.Scalar(byte))
      return character.isASCII && (character.isLetter || character.isNumber || character == "." || character == "-")
    }
    return isIdentifier ? Array(text.lowercased().utf8) : nil
  }
}

extension DirectorySchema {
  private mutating func addAttributeType(_ text: String) throws(SchemaError) {
    let definition = try SchemaDefinition(text)
    let superior = try definition.first("SUP").map { (name) throws(SchemaError) in
      guard let type = attributeType(name) else { throw SchemaError(definition: text, message: "no type \(name)") }
      return type
    }
    func family(_ keyword: String, _ inherited: MatchingFamily?) -> MatchingFamily? {
      definition.first(keyword).map { MatchingRule.named($0)?.family } ?? inherited
    }
    let syntax = definition.first("SYNTAX").map { String($0.prefix { $0 != "{" }) }
    let usage = definition.first("USAGE") ?? "userApplications"
    let type = AttributeType(
      id: attributeTypes.count,
      oid: definition.oid,
      names: definition.names,
      superior: superior?.id,
      syntax: syntax ?? superior?.syntax ?? "",
      isSingleValued: definition.has("SINGLE-VALUE"),
      isUserModifiable: !definition.has("NO-USER-MODIFICATION"),
      usage: usage == "userApplications" ? .userApplications : .operational,
      equality: family("EQUALITY", superior?.equality),
      ordering: family("ORDERING", superior?.ordering),
      substrings: family("SUBSTR", superior?.substrings),
      definition: text
    )
    register(type)
  }

  private mutating func register(_ type: AttributeType) {
    attributeTypes.append(type)
    subtypeIDs.append([type.id])
    for name in type.names + [type.oid] {
      typeIDs[name.lowercased()] = type.id
      // The usual spelling is found without lower-casing.
      typeIDs[name] = type.id
    }
    var ancestor = type.superior
    while let id = ancestor {
      subtypeIDs[id].append(type.id)
      ancestor = attributeTypes[id].superior
    }
  }

  private mutating func addObjectClass(_ text: String) throws(SchemaError) {
    let definition = try SchemaDefinition(text)
    var superiors: [String] = []
    var must = try attributeIDs(definition, "MUST", text)
    var may = try attributeIDs(definition, "MAY", text)
    for name in definition.arguments["SUP"] ?? [] {
      guard let superior = objectClass(name) else { throw SchemaError(definition: text, message: "no class \(name)") }
      superiors += [superior.name.lowercased()] + superior.superiors
      must.formUnion(superior.must)
      may.formUnion(superior.may)
    }
    let kind: ObjectClass.Kind =
      definition.has("ABSTRACT") ? .abstract : definition.has("AUXILIARY") ? .auxiliary : .structural
    let index = objectClasses.count
    objectClasses.append(
      ObjectClass(
        oid: definition.oid,
        names: definition.names,
        kind: kind,
        superiors: superiors,
        must: must,
        may: may,
        definition: text
      )
    )
    for name in definition.names + [definition.oid] { classIndexes[name.lowercased()] = index }
  }

  private func attributeIDs(
    _ definition: SchemaDefinition,
    _ keyword: String,
    _ text: String
  ) throws(SchemaError) -> Set<Int> {
    var ids: Set<Int> = []
    for name in definition.arguments[keyword] ?? [] {
      guard let type = attributeType(name) else { throw SchemaError(definition: text, message: "no type \(name)") }
      ids.insert(type.id)
    }
    return ids
  }
}

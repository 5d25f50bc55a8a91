internal import LDAPProtocol

/// Whether entries are as the schema wants them (RFC 4512 2.4, 2.5).
extension DirectoryTree {
  func describe(_ text: String) throws(LDAPFailure) -> AttributeDescription {
    guard let description = schema.describe(text) else {
      throw LDAPFailure(.undefinedAttributeType, "attribute \(text) is not in the schema")
    }
    return description
  }

  /// Checks values of a client and puts them into the form in which they are kept.
  func store(_ attribute: LDAPAttribute, allowEmpty: Bool) throws(LDAPFailure) -> StoredAttribute {
    let description = try describe(attribute.description)
    let type = schema.attributeTypes[description.type]
    guard type.isUserModifiable else {
      throw LDAPFailure(.constraintViolation, "\(type.name) is kept by the server and cannot be written")
    }
    guard allowEmpty || !attribute.values.isEmpty else {
      throw LDAPFailure(.protocolError, "\(attribute.description) comes without values")
    }
    return try stored(description, attribute.values)
  }

  /// Puts values into the form in which they are kept, checking their syntax.
  func stored(_ description: AttributeDescription, _ values: [[UInt8]]) throws(LDAPFailure) -> StoredAttribute {
    let type = schema.attributeTypes[description.type]
    var normalised: [[UInt8]] = []
    var seen: Set<[UInt8]> = []
    for (index, value) in values.enumerated() {
      guard let comparable = comparable(value, type) else {
        throw LDAPFailure(.invalidAttributeSyntax, "value \(index) of \(type.name) does not fit its syntax")
      }
      guard seen.insert(comparable).inserted else {
        throw LDAPFailure(.attributeOrValueExists, "value \(index) of \(type.name) is given twice")
      }
      normalised.append(comparable)
    }
    return StoredAttribute(description: description, values: values.map { shown($0, type) }, normalised: normalised)
  }

  /// Names are shown in one spelling, whatever spaces and attribute names a client wrote in them.
  private func shown(_ value: [UInt8], _ type: AttributeType) -> [UInt8] {
    guard type.equality == .distinguishedName, let text = String(validating: value, as: UTF8.self),
      let name = try? DistinguishedName(text)
    else { return value }
    return Array(schema.tidied(name).description.utf8)
  }

  private func comparable(_ value: [UInt8], _ type: AttributeType) -> [UInt8]? {
    guard let family = type.equality else { return value }
    guard type.id != known.objectClass || schema.objectClass(String(decoding: value, as: UTF8.self)) != nil else {
      return nil
    }
    return family.normalise(value, in: schema)
  }

  /// The most derived structural class, or nil when there is none or they do not lie on one line.
  func structuralClass(of entry: Entry) -> ObjectClass? {
    let structural = classes(of: entry).filter { $0.kind == .structural }
    return structural.first { candidate in
      structural.allSatisfy { other in
        other.name == candidate.name || candidate.superiors.contains(other.name.lowercased())
      }
    }
  }

  private func classes(of entry: Entry) -> [ObjectClass] {
    entry.normalisedValues(known.objectClass).compactMap { schema.objectClass(String(decoding: $0, as: UTF8.self)) }
  }

  /// Checks the whole entry and notes its structural class.
  func check(_ entry: inout Entry) throws(LDAPFailure) {
    let classes = classes(of: entry)
    guard let structural = structuralClass(of: entry) else {
      throw LDAPFailure(.objectClassViolation, "an entry needs exactly one line of structural object classes")
    }
    setOperational(&entry, known.structuralObjectClass, [structural.name])
    let isOpen = classes.contains { $0.name == "extensibleObject" }
    let must = classes.reduce(into: Set<Int>()) { $0.formUnion($1.must) }
    let allowed = classes.reduce(into: must) { $0.formUnion($1.may) }
    for attribute in entry.attributes {
      let type = schema.attributeTypes[attribute.description.type]
      guard isOpen || type.usage == .operational || allowed.contains(type.id) else {
        throw LDAPFailure(.objectClassViolation, "no object class of the entry allows \(type.name)")
      }
      guard !type.isSingleValued || attribute.values.count <= 1 else {
        throw LDAPFailure(.constraintViolation, "\(type.name) takes one value only")
      }
    }
    try checkPresence(entry, must)
  }

  /// A group may be empty here: its last member can leave without taking the group along.
  private func checkPresence(_ entry: Entry, _ must: Set<Int>) throws(LDAPFailure) {
    for type in must.sorted() where type != known.member {
      guard entry.attributes.contains(where: { schema.subtypes(of: type).contains($0.description.type) }) else {
        let name = schema.attributeTypes[type].name
        throw LDAPFailure(.objectClassViolation, "an object class of the entry needs \(name)")
      }
    }
  }

  /// Sets the attributes that say who made and last changed the entry, and when.
  func stamp(_ entry: inout Entry, created: Bool, _ context: DirectoryWriteContext) {
    if created {
      setOperational(&entry, known.entryUUID, [context.newUUID])
      setOperational(&entry, known.createTimestamp, [context.timestamp])
      setOperational(&entry, known.creatorsName, [context.identity.dn.description])
    }
    setOperational(&entry, known.modifyTimestamp, [context.timestamp])
    setOperational(&entry, known.modifiersName, [context.identity.dn.description])
  }

  /// Sets an attribute whose values the server made itself and that are therefore of the right syntax.
  func setOperational(_ entry: inout Entry, _ type: Int, _ texts: [String]) {
    let values = texts.map { Array($0.utf8) }
    let family = schema.attributeTypes[type].equality
    entry.set(
      StoredAttribute(
        description: .init(type: type, options: []),
        values: values,
        normalised: values.map { family?.normalise($0, in: schema) ?? $0 }
      )
    )
  }
}

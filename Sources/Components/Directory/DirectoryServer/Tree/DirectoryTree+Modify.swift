internal import LDAPProtocol

/// Modify (RFC 4511 4.6).
extension DirectoryTree {
  func planModify(
    _ request: LDAPModifyRequest,
    _ context: DirectoryWriteContext
  ) throws(LDAPFailure) -> [EntryChange] {
    let name = try parse(request.dn)
    let key = schema.key(of: name)
    let types = try changedTypes(request)
    guard var entry = entry(key: key) else {
      if !context.identity.isManager { throw LDAPFailure(.insufficientAccessRights) }
      throw noSuchObject(name)
    }
    try requireModify(context.identity, key, types, context.access)
    let before = entry
    for change in request.changes { try apply(change, to: &entry) }
    try checkNaming(entry)
    try checkClassChange(from: before, to: entry)
    noteModifiers(&entry, types, context)
    stamp(&entry, created: false, context)
    try check(&entry)
    return [.put(entry)]
  }

  private func changedTypes(_ request: LDAPModifyRequest) throws(LDAPFailure) -> [Int] {
    var types: [Int] = []
    for change in request.changes {
      types.append(try describe(change.attribute.description).type)
    }
    return types
  }

  private func apply(_ change: LDAPModifyRequest.Change, to entry: inout Entry) throws(LDAPFailure) {
    let given = try store(change.attribute, allowEmpty: change.kind != .add)
    switch change.kind {
    case .replace: entry.set(given)
    case .add: try add(given, to: &entry)
    case .delete: try remove(given, from: &entry)
    case .increment: throw LDAPFailure(.unwillingToPerform, "increment is not supported")
    }
  }

  private func add(_ given: StoredAttribute, to entry: inout Entry) throws(LDAPFailure) {
    let present = entry.stored(given.description)
    let existing = present?.normalised ?? []
    guard !given.normalised.contains(where: existing.contains) else {
      throw LDAPFailure(.attributeOrValueExists, "\(schema.text(of: given.description)) has that value already")
    }
    entry.set(
      StoredAttribute(
        description: given.description,
        values: (present?.values ?? []) + given.values,
        normalised: existing + given.normalised
      )
    )
  }

  private func remove(_ given: StoredAttribute, from entry: inout Entry) throws(LDAPFailure) {
    let name = schema.text(of: given.description)
    guard let present = entry.stored(given.description) else {
      throw LDAPFailure(.noSuchAttribute, "the entry has no \(name)")
    }
    if !given.values.isEmpty, schema.attributeTypes[given.description.type].equality == nil {
      throw LDAPFailure(.inappropriateMatching, "\(name) has no equality rule; delete or replace it as a whole")
    }
    guard given.normalised.allSatisfy(present.normalised.contains) else {
      throw LDAPFailure(.noSuchAttribute, "\(name) has no such value")
    }
    let pairs = zip(present.values, present.normalised).filter { pair in
      !given.values.isEmpty && !given.normalised.contains(pair.1)
    }
    entry.set(
      StoredAttribute(description: given.description, values: pairs.map(\.0), normalised: pairs.map(\.1))
    )
  }

  /// The values that name an entry cannot be taken from it.
  private func checkNaming(_ entry: Entry) throws(LDAPFailure) {
    for assertion in entry.dn.relatives.first?.assertions ?? [] {
      guard let type = schema.attributeType(assertion.attribute) else { continue }
      let value = type.equality?.normalise(assertion.value, in: schema) ?? assertion.value
      guard entry.normalisedValues(type.id).contains(value) else {
        throw LDAPFailure(.notAllowedOnRDN, "\(assertion) is the name of the entry and must stay")
      }
    }
  }

  /// An entry stays what it is (RFC 4512 2.4.2): its structural class cannot change.
  private func checkClassChange(from old: Entry, to new: Entry) throws(LDAPFailure) {
    guard structuralClass(of: old)?.name == structuralClass(of: new)?.name || structuralClass(of: new) == nil else {
      throw LDAPFailure(.objectClassModsProhibited, "the structural object class of an entry cannot change")
    }
  }

  /// Keeps who last changed each attribute: a line `name time dn` an attribute.
  private func noteModifiers(_ entry: inout Entry, _ types: [Int], _ context: DirectoryWriteContext) {
    let names = Set(types.filter { schema.attributeTypes[$0].usage == .userApplications }).map {
      schema.attributeTypes[$0].name
    }
    guard !names.isEmpty else { return }
    let kept = entry.values(of: known.attributeModifiersName).map { String(decoding: $0, as: UTF8.self) }.filter {
      line in
      !names.contains { line.hasPrefix($0 + " ") }
    }
    let lines = kept + names.sorted().map { "\($0) \(context.timestamp) \(context.identity.dn)" }
    setOperational(&entry, known.attributeModifiersName, lines)
    if types.contains(known.userPassword) { setOperational(&entry, known.pwdChangedTime, [context.timestamp]) }
  }
}

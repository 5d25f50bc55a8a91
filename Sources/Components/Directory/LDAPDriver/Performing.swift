internal import LDAPClient
internal import LDAPProtocol
internal import RhizomeDriver
internal import RhizomeModel

/// Each operation looks first and then changes one entry, so it can be repeated after a lost answer, and finds what an
/// earlier try has done.
extension LDAPDriver {
  func perform(_ operation: Operation, _ client: LDAPClient) async throws -> Outcome {
    let dn = directory.name(of: operation.address)
    let found = try await read(dn, client)
    switch operation.verb {
    case .create, .update:
      if let found {
        try requireOurs(found, operation)
        try await update(found, operation, client)
      } else {
        try await create(dn, operation, client)
      }
      try await givePassword(dn, operation, client)
    case .adopt: try await adopt(found, operation, client)
    case .delete:
      guard let found else { return Outcome() }
      try requireOurs(found, operation)
      try await delete(found, client)
      return Outcome()
    }
    return Outcome(engineID: found?.dn ?? dn.description)
  }

  private func read(_ dn: DistinguishedName, _ client: LDAPClient) async throws -> LDAPSearchResultEntry? {
    let request = LDAPSearchRequest(
      base: dn.description,
      scope: .base,
      attributes: ["*", directory.markAttribute.name]
    )
    do {
      return try await client.search(request).first
    } catch let error as LDAPClientError where error.resultCode == .noSuchObject {
      return nil
    }
  }

  private func requireOurs(_ entry: LDAPSearchResultEntry, _ operation: Operation) throws(DriverError) {
    let mark = entry.mark(directory)
    guard mark != operation.mark else { return }
    let holder = mark.map { "it is marked '\($0)'" } ?? "it is not marked as ours"
    throw DriverError(.conflict, "\(entry.dn) exists already, and \(holder). Adopt it, or choose another name.")
  }

  private func attributes(_ operation: Operation, _ dn: DistinguishedName) throws(DriverError) -> EntryAttributes {
    guard let spec = operation.desired?.attributes else {
      throw DriverError(.invalid, "\(operation.address): nothing was said about how it shall be.")
    }
    let prior = operation.prior?.attributes ?? .null
    return operation.address.kind == .user
      ? .user(operation.address, spec, also: prior) : .group(dn, spec, also: prior, directory)
  }

  private func create(_ dn: DistinguishedName, _ operation: Operation, _ client: LDAPClient) async throws {
    var added = try attributes(operation, dn).added(operation.mark, directory)
    if operation.address.kind == .user, let hash = operation.desired?.attributes["password"]["hash"].text {
      added.append(LDAPAttribute("userPassword", [hash]))
    }
    do {
      try await client.add(dn: dn.description, attributes: added)
    } catch let error as LDAPClientError where error.resultCode == .noSuchObject {
      try await makeBranches(client)
      try await client.add(dn: dn.description, attributes: added)
    }
  }

  private func update(_ entry: LDAPSearchResultEntry, _ operation: Operation, _ client: LDAPClient) async throws {
    let dn = try DistinguishedName(entry.dn)
    let changes = try attributes(operation, dn).changes(to: entry)
    if !changes.isEmpty { try await client.modify(dn: entry.dn, changes) }
    if operation.changes.contains(where: { $0.path.steps.first == "password" }) {
      try await resetPassword(entry.dn, operation, client)
    }
  }

  /// A password that was declared anew takes the place of the person's own.
  private func resetPassword(_ dn: String, _ operation: Operation, _ client: LDAPClient) async throws {
    let password = operation.desired?.attributes["password"] ?? .null
    if let cleartext = password["cleartext"].text {
      try await client.modifyPassword(dn: dn, new: cleartext)
    } else if let hash = password["hash"].text {
      try await client.modify(dn: dn, [.init(.replace, LDAPAttribute("userPassword", [hash]))])
    }
  }

  /// Gives a first password where there is none; the server hashes it. One that is there is its owner's.
  private func givePassword(_ dn: DistinguishedName, _ operation: Operation, _ client: LDAPClient) async throws {
    guard operation.address.kind == .user, operation.verb == .create,
      let password = operation.desired?.attributes["password"]["cleartext"].text,
      try await read(dn, client)?["userPassword"] == nil
    else { return }
    try await client.modifyPassword(dn: dn.description, new: password)
  }

  private func adopt(
    _ entry: LDAPSearchResultEntry?,
    _ operation: Operation,
    _ client: LDAPClient
  ) async throws {
    guard let entry else {
      throw DriverError(.conflict, "\(operation.address) was to be adopted, but it is not there any more.")
    }
    if entry.mark(directory) != nil { return try requireOurs(entry, operation) }
    let mark = LDAPAttribute(directory.markAttribute.name, [operation.mark.description])
    try await client.modify(dn: entry.dn, [.init(.add, mark)])
  }

  private func delete(_ entry: LDAPSearchResultEntry, _ client: LDAPClient) async throws {
    do {
      try await client.delete(dn: entry.dn)
    } catch let error as LDAPClientError where error.resultCode == .noSuchObject {
      return
    }
  }

  // MARK: Branches

  /// Makes the base and the two branches, where they are missing.
  private func makeBranches(_ client: LDAPClient) async throws {
    try await addUnlessThere(directory.baseDN, baseAttributes(), client)
    for branch in [directory.users, directory.groups] {
      try await addUnlessThere(branch, [LDAPAttribute("objectClass", ["organizationalUnit"])], client)
    }
  }

  private func baseAttributes() throws(DriverError) -> [LDAPAttribute] {
    let first = directory.baseDN.relatives.first?.assertions.first
    let value = first.map { String(decoding: $0.value, as: UTF8.self) } ?? ""
    switch first?.attribute.lowercased() {
    case "dc":
      return [LDAPAttribute("objectClass", ["dcObject", "organization"]), LDAPAttribute("o", [value])]
    case "o": return [LDAPAttribute("objectClass", ["organization"])]
    case "ou": return [LDAPAttribute("objectClass", ["organizationalUnit"])]
    default:
      throw DriverError(.invalid, "The directory's base \(directory.baseDN) does not exist; create it, then try again.")
    }
  }

  private func addUnlessThere(
    _ dn: DistinguishedName,
    _ attributes: [LDAPAttribute],
    _ client: LDAPClient
  ) async throws {
    do {
      try await client.add(dn: dn.description, attributes: attributes)
    } catch let error as LDAPClientError where error.resultCode == .entryAlreadyExists {
      return
    }
  }
}

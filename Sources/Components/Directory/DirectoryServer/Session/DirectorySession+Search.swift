internal import LDAPProtocol

/// Search and compare (RFC 4511 4.5, 4.10).
extension DirectorySession {
  func search(_ request: LDAPSearchRequest, _ message: LDAPMessage, _ tree: DirectoryTree) -> [LDAPMessage] {
    func done(_ result: LDAPResult) -> LDAPMessage {
      LDAPMessage(messageID: message.messageID, .searchResultDone(result))
    }
    do {
      let found = try find(request, tree)
      let entries = found.entries.map { LDAPMessage(messageID: message.messageID, .searchResultEntry($0)) }
      return entries + [done(LDAPResult(found.isCut ? .sizeLimitExceeded : .success))]
    } catch {
      return [done(error.result)]
    }
  }

  private func find(
    _ request: LDAPSearchRequest,
    _ tree: DirectoryTree
  ) throws(LDAPFailure) -> (entries: [LDAPSearchResultEntry], isCut: Bool) {
    if request.scope == .base, let own = serverEntry(request.base, tree) {
      return (try judge(own, request, tree), false)
    }
    guard identity != .anonymous else {
      throw LDAPFailure(.insufficientAccessRights, "bind first: strangers may read the root DSE only")
    }
    let limit = identity.isManager ? Int.max : settings.searchEntriesMax
    let isReadable = tree.readability(settings.access, identity)
    let found = try tree.search(
      base: request.base,
      scope: request.scope,
      filter: request.filter,
      limit: request.sizeLimit == 0 ? limit : min(limit, Int(request.sizeLimit)),
      isReadable: isReadable
    )
    let selection = AttributeSelection(request.attributes, tree)
    return (found.entries.map { selection.result($0, tree, typesOnly: request.typesOnly, isReadable) }, found.isCut)
  }

  /// The entry that describes the server or the schema, when `base` names one the client may see.
  private func serverEntry(_ base: String, _ tree: DirectoryTree) -> Entry? {
    if base.isEmpty { return ServerEntries.rootDSE(tree, settings) }
    guard identity != .anonymous, let name = try? DistinguishedName(base),
      tree.schema.key(of: name) == tree.schema.key(of: ServerEntries.subschemaName)
    else { return nil }
    return ServerEntries.subschema(tree)
  }

  private func judge(
    _ entry: Entry,
    _ request: LDAPSearchRequest,
    _ tree: DirectoryTree
  ) throws(LDAPFailure) -> [LDAPSearchResultEntry] {
    let compiler = FilterCompiler(schema: tree.schema, known: tree.known) { _ in true }
    guard compiler.compile(request.filter).matches(entry, in: tree.schema) == true else { return [] }
    let selection = AttributeSelection(request.attributes, tree)
    return [selection.result(entry, tree, typesOnly: request.typesOnly) { _ in true }]
  }

  func compare(_ request: LDAPCompareRequest, _ tree: DirectoryTree) -> LDAPResult {
    do {
      return LDAPResult(try compareResult(request, tree) ? .compareTrue : .compareFalse)
    } catch {
      return error.result
    }
  }

  private func compareResult(_ request: LDAPCompareRequest, _ tree: DirectoryTree) throws(LDAPFailure) -> Bool {
    guard identity != .anonymous else { throw LDAPFailure(.insufficientAccessRights, "bind first") }
    let name = try tree.parse(request.dn)
    guard let entry = tree.entry(key: tree.schema.key(of: name)) else { throw tree.noSuchObject(name) }
    let description = try tree.describe(request.attribute)
    let type = tree.schema.attributeTypes[description.type]
    guard tree.readability(settings.access, identity)(type.id) else { throw LDAPFailure(.insufficientAccessRights) }
    guard let family = type.equality else { throw LDAPFailure(.inappropriateMatching) }
    guard let value = family.normalise(request.value, in: tree.schema) else {
      throw LDAPFailure(.invalidAttributeSyntax)
    }
    let types = tree.schema.subtypes(of: type.id)
    let stored = entry.attributes.filter {
      types.contains($0.description.type) && $0.description.hasOptions(of: description)
    }
    guard !stored.isEmpty else { throw LDAPFailure(.noSuchAttribute) }
    return stored.contains { $0.normalised.contains(value) }
  }
}

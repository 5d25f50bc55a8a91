package import LDAPProtocol

/// A change a client asks for. Passwords in it are hashed already.
package enum DirectoryWrite: Sendable, Equatable {
  case add(LDAPAddRequest)
  case modify(LDAPModifyRequest)
  case delete(dn: String)
  case rename(LDAPModifyDNRequest)
}

/// What a change needs besides itself.
package struct DirectoryWriteContext: Sendable {
  package var identity: DirectoryIdentity
  package var access: DirectoryAccess
  /// Seconds since 1970-01-01T00:00:00Z.
  package var nowSeconds: Int
  /// For `entryUUID` of a new entry, in the text form of RFC 4122.
  package var newUUID: String

  package init(identity: DirectoryIdentity, access: DirectoryAccess, nowSeconds: Int, newUUID: String) {
    self.identity = identity
    self.access = access
    self.nowSeconds = nowSeconds
    self.newUUID = newUUID
  }

  var timestamp: String { GeneralizedTime.text(secondsSinceEpoch: nowSeconds) }
}

extension DirectoryTree {
  /// The steps that do `write`, all or none. The tree itself does not change.
  /// - Throws: `LDAPFailure` with the result the client gets.
  package func plan(_ write: DirectoryWrite, _ context: DirectoryWriteContext) throws(LDAPFailure) -> [EntryChange] {
    switch write {
    case .add(let request): try planAdd(request, context)
    case .modify(let request): try planModify(request, context)
    case .delete(let dn): try planDelete(dn, context)
    case .rename(let request): try planRename(request, context)
    }
  }

  // MARK: Add

  private func planAdd(
    _ request: LDAPAddRequest,
    _ context: DirectoryWriteContext
  ) throws(LDAPFailure) -> [EntryChange] {
    try requireManager(context.identity)
    let name = try parse(request.dn)
    let key = schema.key(of: name)
    guard key == suffixKey || Self.isBelow(key, suffixKey) else {
      throw LDAPFailure(.noSuchObject, "this server holds \(suffix) only")
    }
    guard entry(key: key) == nil else { throw LDAPFailure(.entryAlreadyExists) }
    if key != suffixKey, let parent = name.parent, entry(key: schema.key(of: parent)) == nil {
      throw noSuchObject(name)
    }
    var new = Entry(dn: name, key: key, attributes: [])
    for attribute in request.attributes {
      let stored = try store(attribute, allowEmpty: false)
      guard new.stored(stored.description) == nil else {
        throw LDAPFailure(.attributeOrValueExists, "\(attribute.description) is given twice")
      }
      new.attributes.append(stored)
    }
    try addNamingValues(to: &new)
    stamp(&new, created: true, context)
    try check(&new)
    return [.put(new)]
  }

  private func addNamingValues(to entry: inout Entry) throws(LDAPFailure) {
    for assertion in entry.dn.relatives.first?.assertions ?? [] {
      let named = try store(LDAPAttribute(assertion.attribute, [assertion.value]), allowEmpty: false)
      let present = entry.stored(named.description)
      if let present, present.normalised.contains(named.normalised[0]) { continue }
      entry.set(
        StoredAttribute(
          description: named.description,
          values: (present?.values ?? []) + named.values,
          normalised: (present?.normalised ?? []) + named.normalised
        )
      )
    }
  }

  // MARK: Delete

  private func planDelete(_ dn: String, _ context: DirectoryWriteContext) throws(LDAPFailure) -> [EntryChange] {
    try requireManager(context.identity)
    let name = try parse(dn)
    let key = schema.key(of: name)
    guard let entry = entry(key: key) else { throw noSuchObject(name) }
    guard !hasChildren(key) else {
      throw LDAPFailure(.notAllowedOnNonLeaf, "\(entry.dn) has entries below it; delete those first")
    }
    return [.remove(key: key)] + replaceMember(key, with: nil, context)
  }

  /// Groups that name the entry follow its end or its new name, in the same transaction.
  private func replaceMember(
    _ key: String,
    with new: DistinguishedName?,
    _ context: DirectoryWriteContext
  ) -> [EntryChange] {
    groups(naming: Array(key.utf8)).filter { $0.key != key }.map { group in
      var group = group
      for attribute in group.attributes where attribute.description.type == known.member {
        group.set(replacing(Array(key.utf8), in: attribute, with: new))
      }
      stamp(&group, created: false, context)
      return .put(group)
    }
  }

  private func replacing(
    _ key: [UInt8],
    in attribute: StoredAttribute,
    with new: DistinguishedName?
  ) -> StoredAttribute {
    var pairs = zip(attribute.values, attribute.normalised).filter { $0.1 != key }
    if let new { pairs.append((Array(new.description.utf8), Array(schema.key(of: new).utf8))) }
    return StoredAttribute(
      description: attribute.description,
      values: pairs.map(\.0),
      normalised: pairs.map(\.1)
    )
  }

  // MARK: Rename

  private func planRename(
    _ request: LDAPModifyDNRequest,
    _ context: DirectoryWriteContext
  ) throws(LDAPFailure) -> [EntryChange] {
    try requireManager(context.identity)
    let name = try parse(request.dn)
    let key = schema.key(of: name)
    guard let old = entry(key: key) else { throw noSuchObject(name) }
    guard !hasChildren(key) else {
      throw LDAPFailure(.notAllowedOnNonLeaf, "only entries without entries below them can be renamed here")
    }
    let new = try renamed(old, request)
    guard entry(key: new.key) == nil || new.key == key else { throw LDAPFailure(.entryAlreadyExists) }
    var entry = new
    stamp(&entry, created: false, context)
    try check(&entry)
    return [.remove(key: key), .put(entry)] + replaceMember(key, with: entry.dn, context)
  }

  private func renamed(_ old: Entry, _ request: LDAPModifyDNRequest) throws(LDAPFailure) -> Entry {
    let rdn = try parse(request.newRDN)
    guard rdn.relatives.count == 1 else { throw LDAPFailure(.invalidDNSyntax, "the new RDN is not one step of a name") }
    var above = old.dn.parent ?? .root
    if let superior = request.newSuperior { above = try parse(superior) }
    let name = DistinguishedName(rdn.relatives + above.relatives)
    guard entry(key: schema.key(of: above)) != nil else { throw noSuchObject(name) }
    var new = Entry(dn: name, key: schema.key(of: name), attributes: old.attributes)
    if request.deleteOldRDN { try removeNamingValues(of: old.dn, from: &new) }
    try addNamingValues(to: &new)
    return new
  }

  private func removeNamingValues(of name: DistinguishedName, from entry: inout Entry) throws(LDAPFailure) {
    for assertion in name.relatives.first?.assertions ?? [] {
      let named = try store(LDAPAttribute(assertion.attribute, [assertion.value]), allowEmpty: false)
      guard let present = entry.stored(named.description) else { continue }
      let pairs = zip(present.values, present.normalised).filter { $0.1 != named.normalised[0] }
      entry.set(
        StoredAttribute(description: present.description, values: pairs.map(\.0), normalised: pairs.map(\.1))
      )
    }
  }
}

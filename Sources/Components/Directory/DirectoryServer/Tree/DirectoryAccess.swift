package import LDAPProtocol

/// Who a connection speaks as.
package enum DirectoryIdentity: Hashable, Sendable {
  case anonymous
  /// Bound as an entry of the tree.
  case user(DistinguishedName, key: String)
  /// Bound as the manager, who need not have an entry.
  case manager(DistinguishedName)

  package var dn: DistinguishedName {
    switch self {
    case .anonymous: .root
    case .user(let dn, _), .manager(let dn): dn
    }
  }

  package var isManager: Bool {
    if case .manager = self { true } else { false }
  }
}

/// Who may do what. The defaults are safe: strangers see nothing, members see each other but no secrets,
/// and change only what is theirs.
package struct DirectoryAccess: Sendable {
  /// Attributes that only the manager reads, and nobody searches by.
  package var secretAttributes: Set<String>
  /// Attributes a person may change in the own entry.
  package var ownAttributes: Set<String>

  package init(
    secretAttributes: Set<String> = ["userPassword"],
    ownAttributes: Set<String> = ["userPassword", "preferredLanguage", "jpegPhoto"]
  ) {
    self.secretAttributes = secretAttributes
    self.ownAttributes = ownAttributes
  }
}

extension DirectoryTree {
  /// A test for attribute ids that `identity` may read.
  package func readability(_ access: DirectoryAccess, _ identity: DirectoryIdentity) -> @Sendable (Int) -> Bool {
    switch identity {
    case .manager: return { _ in true }
    case .anonymous: return { _ in false }
    case .user:
      let secret = Set(access.secretAttributes.compactMap { schema.attributeType($0)?.id })
      return { !secret.contains($0) }
    }
  }

  /// Whether `identity` still stands for somebody: entries may be deleted while their owner is connected.
  package func isAlive(_ identity: DirectoryIdentity) -> Bool {
    if case .user(_, let key) = identity { id(key: key) != nil } else { true }
  }

  /// - Throws: `LDAPFailure` with `insufficientAccessRights` unless `identity` is the manager.
  func requireManager(_ identity: DirectoryIdentity) throws(LDAPFailure) {
    guard identity.isManager else {
      throw LDAPFailure(.insufficientAccessRights, "only the directory manager may do this")
    }
  }

  /// - Throws: `LDAPFailure` unless `identity` may change those attributes of that entry.
  func requireModify(
    _ identity: DirectoryIdentity,
    _ key: String,
    _ types: [Int],
    _ access: DirectoryAccess
  ) throws(LDAPFailure) {
    if identity.isManager { return }
    guard case .user(_, let ownKey) = identity, ownKey == key, isAlive(identity) else {
      throw LDAPFailure(.insufficientAccessRights, "only the owner or the directory manager may change this entry")
    }
    let own = Set(access.ownAttributes.compactMap { schema.attributeType($0)?.id })
    for type in types where !own.contains(type) {
      let name = schema.attributeTypes[type].name
      throw LDAPFailure(.insufficientAccessRights, "\(name) is managed; ask the administrators to change it")
    }
  }
}

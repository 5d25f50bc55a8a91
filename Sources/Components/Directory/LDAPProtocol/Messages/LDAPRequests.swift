/// A request to become somebody (RFC 4511 4.2).
package struct LDAPBindRequest: Hashable, Sendable, CustomStringConvertible {
  /// The ways to prove identity. Descriptions never show the secret.
  package enum Authentication: Hashable, Sendable {
    case simple(password: [UInt8])
    case sasl(mechanism: String, credentials: [UInt8]?)
    /// A choice of a later standard, by its tag.
    case unknown(BERTag)
  }

  package var version: Int32
  package var dn: String
  package var authentication: Authentication

  package init(version: Int32 = 3, dn: String, authentication: Authentication) {
    self.version = version
    self.dn = dn
    self.authentication = authentication
  }

  package var description: String { "bind as \(dn)" }
}

/// A search (RFC 4511 4.5.1).
package struct LDAPSearchRequest: Hashable, Sendable {
  /// How far below the base to look.
  package enum Scope: Int32, Hashable, Sendable {
    case base = 0
    case oneLevel = 1
    case subtree = 2
  }

  package var base: String
  package var scope: Scope
  /// 0 never, 1 in searching, 2 finding base, 3 always; without alias entries all are equal.
  package var aliasDereferencing: Int32
  /// Most entries wanted; 0 for no limit.
  package var sizeLimit: Int32
  /// Longest time wanted, in seconds; 0 for no limit.
  package var timeLimit: Int32
  package var typesOnly: Bool
  package var filter: LDAPFilter
  /// Wanted attributes; empty for all user attributes.
  package var attributes: [String]

  package init(
    base: String,
    scope: Scope,
    filter: LDAPFilter = .present(attribute: "objectClass"),
    attributes: [String] = [],
    sizeLimit: Int32 = 0,
    timeLimit: Int32 = 0,
    typesOnly: Bool = false,
    aliasDereferencing: Int32 = 0
  ) {
    self.base = base
    self.scope = scope
    self.filter = filter
    self.attributes = attributes
    self.sizeLimit = sizeLimit
    self.timeLimit = timeLimit
    self.typesOnly = typesOnly
    self.aliasDereferencing = aliasDereferencing
  }
}

/// An attribute with its values (RFC 4511 4.1.7). Values are octets; most are UTF-8 text.
package struct LDAPAttribute: Hashable, Sendable {
  package var description: String
  package var values: [[UInt8]]

  package init(_ description: String, _ values: [[UInt8]]) {
    self.description = description
    self.values = values
  }

  package init(_ description: String, _ texts: [String]) {
    self.init(description, texts.map { Array($0.utf8) })
  }

  /// The values that are UTF-8, as text.
  package var texts: [String] { values.compactMap { String(validating: $0, as: UTF8.self) } }
}

/// One found entry (RFC 4511 4.5.2).
package struct LDAPSearchResultEntry: Hashable, Sendable {
  package var dn: String
  package var attributes: [LDAPAttribute]

  package init(dn: String, attributes: [LDAPAttribute]) {
    self.dn = dn
    self.attributes = attributes
  }

  /// The attribute of that name, compared without regard to case.
  package subscript(name: String) -> LDAPAttribute? {
    let wanted = name.lowercased()
    return attributes.first { $0.description.lowercased() == wanted }
  }
}

/// Changes of one entry, done in order and all or none (RFC 4511 4.6).
package struct LDAPModifyRequest: Hashable, Sendable {
  /// What to do with the values of one attribute.
  package enum Kind: Int32, Hashable, Sendable {
    case add = 0
    case delete = 1
    case replace = 2
    /// RFC 4525; known so that it can be refused with the right code.
    case increment = 3
  }

  package struct Change: Hashable, Sendable {
    package var kind: Kind
    package var attribute: LDAPAttribute

    package init(_ kind: Kind, _ attribute: LDAPAttribute) {
      self.kind = kind
      self.attribute = attribute
    }
  }

  package var dn: String
  package var changes: [Change]

  package init(dn: String, changes: [Change]) {
    self.dn = dn
    self.changes = changes
  }
}

/// A new entry (RFC 4511 4.7).
package struct LDAPAddRequest: Hashable, Sendable {
  package var dn: String
  package var attributes: [LDAPAttribute]

  package init(dn: String, attributes: [LDAPAttribute]) {
    self.dn = dn
    self.attributes = attributes
  }
}

/// A rename or move (RFC 4511 4.9).
package struct LDAPModifyDNRequest: Hashable, Sendable {
  package var dn: String
  package var newRDN: String
  package var deleteOldRDN: Bool
  package var newSuperior: String?

  package init(dn: String, newRDN: String, deleteOldRDN: Bool, newSuperior: String? = nil) {
    self.dn = dn
    self.newRDN = newRDN
    self.deleteOldRDN = deleteOldRDN
    self.newSuperior = newSuperior
  }
}

/// Asks whether an entry has a value (RFC 4511 4.10).
package struct LDAPCompareRequest: Hashable, Sendable {
  package var dn: String
  package var attribute: String
  package var value: [UInt8]

  package init(dn: String, attribute: String, value: [UInt8]) {
    self.dn = dn
    self.attribute = attribute
    self.value = value
  }
}

/// An operation named by an object identifier (RFC 4511 4.12).
package struct LDAPExtendedRequest: Hashable, Sendable {
  package var name: String
  package var value: [UInt8]?

  package init(name: String, value: [UInt8]? = nil) {
    self.name = name
    self.value = value
  }
}

/// The answer to an extended operation, or an unsolicited notification.
package struct LDAPExtendedResponse: Hashable, Sendable {
  package var result: LDAPResult
  package var name: String?
  package var value: [UInt8]?

  package init(result: LDAPResult, name: String? = nil, value: [UInt8]? = nil) {
    self.result = result
    self.name = name
    self.value = value
  }
}

internal import LDAPProtocol

/// Entries that are not in the tree: the server about itself (RFC 4512 5.1) and about its schema (4.2).
enum ServerEntries {
  static let subschemaName = DistinguishedName([.init("cn", "Subschema")])

  static func rootDSE(_ tree: DirectoryTree, _ settings: DirectorySettings) -> Entry {
    make(
      .root,
      tree,
      [
        ("objectClass", ["top", "LDAProotDSE"]),
        ("namingContexts", [tree.suffix.description]),
        ("supportedLDAPVersion", ["3"]),
        ("supportedExtension", [LDAPExtension.passwordModify, LDAPExtension.whoAmI]),
        ("supportedControl", DirectorySession.supportedControls.sorted()),
        ("supportedFeatures", [LDAPExtension.allOperationalAttributes, LDAPExtension.absoluteFilters]),
        ("subschemaSubentry", [subschemaName.description]),
        ("vendorName", [settings.vendorName]),
      ]
    )
  }

  static func subschema(_ tree: DirectoryTree) -> Entry {
    make(
      subschemaName,
      tree,
      [
        ("objectClass", ["top", "subschema", "extensibleObject"]),
        ("cn", ["Subschema"]),
        ("attributeTypes", tree.schema.attributeTypes.map(\.definition)),
        ("objectClasses", tree.schema.objectClasses.map(\.definition)),
        ("matchingRules", MatchingRule.all.map(\.definition)),
      ]
    )
  }

  /// Attributes that follow from where an entry stands; made only when somebody asks.
  static func computedAttributes(of entry: Entry, _ tree: DirectoryTree) -> [StoredAttribute] {
    guard !entry.dn.isRoot else { return [] }
    let hasSubordinates = tree.hasChildren(entry.key) ? "TRUE" : "FALSE"
    return [
      attribute(tree.known.hasSubordinates, [hasSubordinates]),
      attribute(tree.known.subschemaSubentry, [subschemaName.description]),
    ]
  }

  private static func make(
    _ name: DistinguishedName,
    _ tree: DirectoryTree,
    _ attributes: [(String, [String])]
  ) -> Entry {
    var entry = Entry(dn: name, key: tree.schema.key(of: name), attributes: [])
    for (name, texts) in attributes {
      guard let type = tree.schema.attributeType(name) else { continue }
      let values = texts.map { Array($0.utf8) }
      let normalised = values.map { type.equality?.normalise($0, in: tree.schema) ?? $0 }
      entry.set(
        StoredAttribute(
          description: .init(type: type.id, options: []),
          values: values,
          normalised: normalised
        )
      )
    }
    return entry
  }

  private static func attribute(_ type: Int, _ texts: [String]) -> StoredAttribute {
    let values = texts.map { Array($0.utf8) }
    return StoredAttribute(description: .init(type: type, options: []), values: values, normalised: values)
  }
}

internal import LDAPProtocol

/// Which attributes a search returns (RFC 4511 4.5.1.8, RFC 3673).
///
/// Made for one search and asked about each attribute of each entry that it found. So it is flat, and stored attributes
/// are looked at in their place: taking one out of its array only to see its type costs more than all the rest.
struct AttributeSelection {
  private let allUser: Bool
  private let allOperational: Bool
  /// What is asked for by name, and what is below it.
  private let named: [AttributeDescription]
  /// Whether what is not stored, but follows from where an entry stands, is asked for.
  private let wantsComputed: Bool

  init(_ names: [String], _ tree: DirectoryTree) {
    allUser = names.isEmpty || names.contains("*")
    allOperational = names.contains("+")
    var named: [AttributeDescription] = []
    for wanted in names.lazy.compactMap(tree.schema.describe) {
      for type in tree.schema.subtypes(of: wanted.type) {
        named.append(AttributeDescription(type: type, options: wanted.options))
      }
    }
    self.named = named
    let computed = [tree.known.hasSubordinates, tree.known.subschemaSubentry]
    wantsComputed = allOperational || named.contains { computed.contains($0.type) }
  }

  func result(
    _ entry: Entry,
    _ tree: DirectoryTree,
    typesOnly: Bool,
    _ isReadable: (Int) -> Bool
  ) -> LDAPSearchResultEntry {
    var result = LDAPSearchResultEntry(dn: tree.text(ofNameOf: entry), attributes: [])
    func take(from stored: [StoredAttribute]) {
      for index in stored.indices {
        guard wants(stored, index, tree.schema), isReadable(stored[index].description.type) else { continue }
        let name = tree.schema.text(of: stored[index].description)
        result.attributes.append(LDAPAttribute(name, typesOnly ? [] : stored[index].values))
      }
    }
    take(from: entry.attributes)
    if wantsComputed { take(from: ServerEntries.computedAttributes(of: entry, tree)) }
    return result
  }

  private func wants(_ stored: [StoredAttribute], _ index: Int, _ schema: DirectorySchema) -> Bool {
    let type = stored[index].description.type
    if allUser || allOperational {
      let isUser = schema.attributeTypes[type].usage == .userApplications
      if isUser ? allUser : allOperational { return true }
    }
    return named.indices.contains { place in
      named[place].type == type && stored[index].description.hasOptions(of: named[place])
    }
  }
}

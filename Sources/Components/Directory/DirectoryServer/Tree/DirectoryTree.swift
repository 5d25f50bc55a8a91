internal import HashTreeCollections
package import LDAPProtocol

/// All entries of one naming context, in memory, with indexes.
///
/// A value: a copy is a snapshot that costs nothing, because the collections inside share structure.
/// Reading never waits for writing.
package struct DirectoryTree: Sendable {
  package let schema: DirectorySchema
  /// The name under which everything lives.
  package let suffix: DistinguishedName
  let known: KnownAttributes
  let suffixKey: String
  let suffixText: String

  private(set) var entries: TreeDictionary<Int, Entry> = [:]
  private var ids: TreeDictionary<String, Int> = [:]
  private var children: TreeDictionary<Int, TreeSet<Int>> = [:]
  private var equalityIndexes: [Int: TreeDictionary<[UInt8], TreeSet<Int>>] = [:]
  private var nextID = 0

  /// Attributes that services search accounts and groups by.
  private static let indexedAttributes = [
    "uid", "cn", "sn", "givenName", "mail", "member", "memberOf", "memberUid", "uidNumber", "gidNumber", "entryUUID",
    "entryDN", "uniqueMember",
  ]

  /// An empty tree.
  /// - Throws: `SchemaError` when `schema` lacks an attribute the server needs.
  package init(suffix: DistinguishedName, schema: DirectorySchema) throws(SchemaError) {
    self.schema = schema
    self.suffix = suffix
    known = try KnownAttributes(schema)
    suffixKey = schema.key(of: suffix)
    suffixText = suffix.description
    for name in Self.indexedAttributes {
      guard let type = schema.attributeType(name) else { continue }
      equalityIndexes[type.id] = [:]
    }
  }

  package var count: Int { entries.count }

  /// The name of an entry as text, made when it was put into the tree.
  func text(ofNameOf entry: Entry) -> String {
    guard let made = entry.stored(known.entryDN)?.values.first else { return entry.dn.description }
    return String(decoding: made, as: UTF8.self)
  }

  /// The entry with that normalised name.
  package func entry(key: String) -> Entry? { ids[key].flatMap { entries[$0] } }

  func id(key: String) -> Int? { ids[key] }

  func childIDs(_ id: Int) -> TreeSet<Int> { children[id] ?? [] }

  func hasChildren(_ key: String) -> Bool { ids[key].map { !(children[$0] ?? []).isEmpty } ?? false }

  /// Ids of the entries with that value, or nil when the attribute has no index.
  func indexed(_ type: Int, _ value: [UInt8]) -> TreeSet<Int>? {
    equalityIndexes[type].map { $0[value] ?? [] }
  }

  /// The groups that have a member with that normalised name, oldest first.
  func groups(naming member: [UInt8]) -> [Entry] {
    (equalityIndexes[known.member]?[member] ?? []).sorted().compactMap { entries[$0] }
  }

  /// Does the steps in order. Back-links follow within the same call, so no reader sees them apart.
  package mutating func apply(_ changes: [EntryChange]) {
    for change in changes {
      switch change {
      case .put(let entry): put(entry)
      case .remove(let key): remove(key)
      }
    }
  }

  private mutating func put(_ entry: Entry) {
    var entry = entry
    let key = Array(entry.key.utf8)
    entry.set(backLinks(to: groups(naming: key)))
    entry.set(
      StoredAttribute(
        description: .init(type: known.entryDN, options: []),
        values: [Array(entry.dn.description.utf8)],
        normalised: [key]
      )
    )
    let previous = ids[entry.key].flatMap { entries[$0] }
    let id = ids[entry.key] ?? newID(for: entry)
    entries[id] = entry
    reindex(id, from: previous, to: entry)
    updateBackLinks(from: previous, to: entry)
  }

  private func backLinks(to groups: [Entry]) -> StoredAttribute {
    StoredAttribute(
      description: .init(type: known.memberOf, options: []),
      values: groups.map { Array($0.dn.description.utf8) },
      normalised: groups.map { Array($0.key.utf8) }
    )
  }

  private mutating func newID(for entry: Entry) -> Int {
    let id = nextID
    nextID += 1
    ids[entry.key] = id
    if let parent = entry.dn.parent, let parentID = ids[schema.key(of: parent)] {
      children[parentID, default: []].insert(id)
    }
    return id
  }

  private mutating func remove(_ key: String) {
    guard let id = ids[key], let entry = entries[id] else { return }
    entries[id] = nil
    ids[key] = nil
    children[id] = nil
    if let parent = entry.dn.parent, let parentID = ids[schema.key(of: parent)] {
      children[parentID, default: []].remove(id)
    }
    reindex(id, from: entry, to: nil)
    updateBackLinks(from: entry, to: nil)
  }

  private mutating func reindex(_ id: Int, from old: Entry?, to new: Entry?) {
    for type in equalityIndexes.keys {
      let before = Set(old?.normalisedValues(type) ?? [])
      let after = Set(new?.normalisedValues(type) ?? [])
      for value in before.subtracting(after) { unindex(type, value, id) }
      for value in after.subtracting(before) { equalityIndexes[type]?[value, default: []].insert(id) }
    }
  }

  private mutating func unindex(_ type: Int, _ value: [UInt8], _ id: Int) {
    equalityIndexes[type]?[value]?.remove(id)
    if equalityIndexes[type]?[value]?.isEmpty == true { equalityIndexes[type]?[value] = nil }
  }

  /// Members that came or went get their `memberOf` from the groups that name them now.
  private mutating func updateBackLinks(from old: Entry?, to new: Entry?) {
    let before = Set(old?.normalisedValues(known.member) ?? [])
    let after = Set(new?.normalisedValues(known.member) ?? [])
    for member in before.symmetricDifference(after) {
      guard let id = ids[String(decoding: member, as: UTF8.self)], let previous = entries[id] else { continue }
      var entry = previous
      entry.set(backLinks(to: groups(naming: member)))
      entries[id] = entry
      reindex(id, from: previous, to: entry)
    }
  }
}

extension Entry {
  /// Comparable values of the attribute under all its options.
  func normalisedValues(_ type: Int) -> [[UInt8]] {
    var values: [[UInt8]] = []
    for attribute in attributes where attribute.description.type == type { values += attribute.normalised }
    return values
  }
}

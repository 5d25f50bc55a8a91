internal import HashTreeCollections
package import LDAPProtocol

extension DirectoryTree {
  /// Entries that match, in the order they were created, up to a limit.
  package struct Found: Sendable {
    package var entries: [Entry]
    /// Whether there were more than the limit.
    package var isCut: Bool
  }

  /// Finds entries below `base`.
  /// - Parameters:
  ///   - limit: most entries returned.
  ///   - isReadable: whether the searcher may read, and so search by, the attribute with that id.
  /// - Throws: `LDAPFailure` when the base is no name or not there.
  package func search(
    base: String,
    scope: LDAPSearchRequest.Scope,
    filter: LDAPFilter,
    limit: Int,
    isReadable: (Int) -> Bool
  ) throws(LDAPFailure) -> Found {
    let (key, baseID) = try find(base: base)
    return withoutActuallyEscaping(isReadable) { isReadable in
      let compiled = FilterCompiler(schema: schema, known: known, isReadable: isReadable).compile(filter)
      return collect(candidates(compiled, baseID, key, scope), compiled, limit)
    }
  }

  /// The entry that a search begins at; nearly always the suffix, as it is written.
  private func find(base: String) throws(LDAPFailure) -> (key: String, id: Int) {
    if base == suffixText, let id = id(key: suffixKey) { return (suffixKey, id) }
    let name = try parse(base)
    let key = schema.key(of: name)
    guard let id = id(key: key) else { throw noSuchObject(name) }
    return (key, id)
  }

  private func collect(_ candidates: [Int], _ filter: CompiledFilter, _ limit: Int) -> Found {
    var found = Found(entries: [], isCut: false)
    for id in candidates {
      guard let entry = entries[id], filter.matches(entry, in: schema) == true else { continue }
      guard found.entries.count < limit else {
        found.isCut = true
        break
      }
      found.entries.append(entry)
    }
    return found
  }

  /// Ids in scope that the filter may match, in order.
  private func candidates(
    _ filter: CompiledFilter,
    _ baseID: Int,
    _ key: String,
    _ scope: LDAPSearchRequest.Scope
  ) -> [Int] {
    if scope == .base { return [baseID] }
    if let few = narrow(filter) {
      return few.sorted().filter { entries[$0].map { isInScope($0, baseID, key, scope) } ?? false }
    }
    if scope == .oneLevel { return childIDs(baseID).sorted() }
    return key == suffixKey ? entries.keys.sorted() : subtree(baseID).sorted()
  }

  private func subtree(_ baseID: Int) -> [Int] {
    var ids = [baseID]
    var next = 0
    while next < ids.count {
      ids.append(contentsOf: childIDs(ids[next]))
      next += 1
    }
    return ids
  }

  private func isInScope(_ entry: Entry, _ baseID: Int, _ key: String, _ scope: LDAPSearchRequest.Scope) -> Bool {
    switch scope {
    case .base: entry.key == key
    case .oneLevel: entry.dn.parent.map { schema.key(of: $0) == key } ?? false
    case .subtree: entry.key == key || Self.isBelow(entry.key, key)
    }
  }

  /// A raw comma always separates relative names, in keys.
  static func isBelow(_ key: String, _ base: String) -> Bool {
    let (key, base) = (key.utf8, base.utf8)
    let rest = key.count - base.count
    guard rest > 0, key.dropFirst(rest).elementsEqual(base) else { return false }
    return key.dropFirst(rest - 1).first == UInt8(ascii: ",")
  }

  /// Ids that alone can match, when indexes tell; nil when any entry may.
  private func narrow(_ filter: CompiledFilter) -> TreeSet<Int>? {
    switch filter {
    case .equality(let selector, let value):
      return union(selector.types.map { indexed($0, value) })
    case .and(let filters):
      return filters.compactMap(narrow).min { $0.count < $1.count }
    case .or(let filters):
      return union(filters.map(narrow))
    default: return nil
    }
  }

  private func union(_ sets: [TreeSet<Int>?]) -> TreeSet<Int>? {
    if sets.count == 1 { return sets[0] }
    var all: TreeSet<Int> = []
    for set in sets {
      guard let set else { return nil }
      all.formUnion(set)
    }
    return all
  }

  func parse(_ text: String) throws(LDAPFailure) -> DistinguishedName {
    do {
      return try DistinguishedName(text)
    } catch {
      throw LDAPFailure(.invalidDNSyntax, error.description)
    }
  }

  /// The failure that names the nearest ancestor that exists.
  func noSuchObject(_ name: DistinguishedName) -> LDAPFailure {
    var ancestor = name.parent
    while let candidate = ancestor {
      if let entry = entry(key: schema.key(of: candidate)) {
        return LDAPFailure(.noSuchObject, matchedDN: entry.dn.description)
      }
      ancestor = candidate.parent
    }
    return LDAPFailure(.noSuchObject)
  }
}

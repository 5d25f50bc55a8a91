import RhizomeModel
import RhizomeTestSupport

/// A difference as a report tells it.
struct ModelEntry: Hashable, Comparable, CustomStringConvertible {
  let address: Address
  let field: String
  let kind: String

  var description: String { "\(address)\(field.isEmpty ? "" : " \(field)") \(kind)" }

  static func < (left: ModelEntry, right: ModelEntry) -> Bool { left.description < right.description }
}

/// A mute as the model remembers it.
struct ModelMute: Hashable {
  let address: Address
  let field: String?
  let until: Int64
}

/// What must be so, computed from the declarations and the engines' contents alone: none of the planner's code is used.
struct ModelOracle {
  /// What was declared when it was last applied; nil members were not.
  private(set) var made: [Address: [String: ModelValue]] = [:]
  /// What the last look saw of each engine that answered then.
  private var lastSeen: [String: Set<ModelEntry>] = [:]

  /// How one object stands in its engine: its fields, or nil when it is not there.
  typealias Object = [String: ModelValue]
  typealias Contents = [Address: Object]

  /// The fields of all objects as they are now.
  static func contents(_ engines: [ModelEngine]) -> Contents {
    var result: Contents = [:]
    for engine in engines {
      for object in engine.contents.objects {
        let (always, maybe) = ModelItem.paths(object.address.kind)
        var fields: Object = [:]
        for path in always + maybe { fields[path] = engine.value(object.address, path) }
        result[object.address] = fields
      }
    }
    return result
  }

  mutating func applied(_ repository: ModelRepository) { made = repository.items.mapValues(\.fields) }
}

// MARK: - Reports

extension ModelOracle {
  /// What a report must tell after a look at everything.
  mutating func report(_ repository: ModelRepository, _ engines: [ModelEngine]) -> Set<ModelEntry> {
    let contents = ModelOracle.contents(engines)
    var all: Set<ModelEntry> = []
    for engine in engines {
      let kinds = Set(engine.kinds)
      if !engine.isSilent {
        lastSeen[engine.name] = seen(repository, contents.filter { kinds.contains($0.key.kind) }, kinds)
      }
      all.formUnion(lastSeen[engine.name] ?? [])
      guard engine.isSilent else { continue }
      for address in made.keys where kinds.contains(address.kind) && repository.policy(of: address) != "ignore" {
        all.insert(ModelEntry(address: address, field: "", kind: "unknown"))
      }
    }
    return all
  }

  private func seen(_ repository: ModelRepository, _ contents: Contents, _ kinds: Set<Kind>) -> Set<ModelEntry> {
    var found: Set<ModelEntry> = []
    for (address, fields) in made where kinds.contains(address.kind) && repository.policy(of: address) != "ignore" {
      guard let object = contents[address] else {
        found.insert(ModelEntry(address: address, field: "", kind: "missing"))
        continue
      }
      for (path, value) in fields where object[path] != value {
        if repository.items[address]?.ignored.contains(path) == true { continue }
        found.insert(ModelEntry(address: address, field: path, kind: object[path] == nil ? "missing" : "changed"))
      }
    }
    for address in contents.keys where made[address] == nil {
      found.insert(ModelEntry(address: address, field: "", kind: "extra"))
    }
    return found
  }

  /// Which of these a report tells, and which it only lists as muted.
  static func split(_ entries: Set<ModelEntry>, _ mutes: Set<ModelMute>, now: Int64) -> (
    told: Set<ModelEntry>, muted: Set<ModelEntry>
  ) {
    let muted = entries.filter { entry in
      mutes.contains { mute in
        mute.address == entry.address && now < mute.until && (mute.field == nil || mute.field == entry.field)
      }
    }
    return (entries.subtracting(muted), muted)
  }
}

// MARK: - Engines

extension ModelOracle {
  /// What is wrong with an engine's contents once everything has come to rest, in sentences.
  ///
  /// - Parameters:
  ///   - before: the contents when the reconciler was left to itself.
  ///   - made: what was made of each resource by then.
  ///   - hasCrashed: an object that was being changed may have been put right altogether: nobody knows
  ///     which of its fields were half done.
  func complaints(
    _ repository: ModelRepository,
    _ engines: [ModelEngine],
    before: Contents,
    made: [Address: [String: ModelValue]],
    hasCrashed: Bool
  ) -> [String] {
    let now = ModelOracle.contents(engines)
    var complaints: [String] = []
    for engine in engines where engine.isSilent {
      for address in Set(before.keys).union(now.keys) where engine.kinds.contains(address.kind) {
        if before[address] != now[address] { complaints.append("\(address) was touched while nobody could look") }
      }
    }
    let silent = Set(engines.filter(\.isSilent).flatMap(\.kinds))
    for (address, item) in repository.items where !silent.contains(address.kind) {
      let case_ = Case(item: item, policy: repository.policy(of: address), made: made[address], before: before[address])
      complaints += case_.complaints(now[address], hasCrashed)
    }
    for address in before.keys where repository.items[address] == nil && made[address] == nil {
      if now[address] != before[address] { complaints.append("\(address), which is not ours, was touched") }
    }
    return complaints.sorted()
  }

  /// One declared resource: how it was declared before, how it stood, and how it is declared now.
  private struct Case {
    let item: ModelItem
    let policy: String
    let made: [String: ModelValue]?
    let before: Object?

    private var isEdited: Bool { made != item.fields }

    func complaints(_ now: Object?, _ hasCrashed: Bool) -> [String] {
      guard let now else {
        let mayBeGone = made != nil && before == nil && !isEdited && policy != "heal"
        return mayBeGone ? [] : ["\(item.address) is not there"]
      }
      guard let made, let before else {
        if before == nil, made != nil, !isEdited, policy != "heal" { return ["\(item.address) came back by itself"] }
        return item.fields.compactMap { wrong($0.key, now, [$0.value]) }
      }
      return Set(item.fields.keys).union(made.keys).compactMap { path in
        wrong(path, now, allowed(path, made, before, hasCrashed))
      }
    }

    /// What a field may hold: what is declared where that was edited or is healed, otherwise what it held.
    private func allowed(_ path: String, _ made: Object, _ before: Object, _ hasCrashed: Bool) -> Set<ModelValue?> {
      let declared = item.fields[path]
      if made[path] != declared { return [declared] }
      if policy == "heal", !item.ignored.contains(path) { return [declared] }
      return hasCrashed && isTouched(made, before) ? [declared, before[path]] : [before[path]]
    }

    /// Whether there was anything to do about it; a crash in the middle of that has all of it put right.
    private func isTouched(_ made: Object, _ before: Object) -> Bool {
      isEdited || (policy == "heal" && made.contains { !item.ignored.contains($0.key) && before[$0.key] != $0.value })
    }

    private func wrong(_ path: String, _ now: Object, _ allowed: Set<ModelValue?>) -> String? {
      if allowed.contains(now[path]) { return nil }
      let shown = allowed.map { $0.map { "\($0)" } ?? "nothing" }.sorted().joined(separator: " or ")
      return "\(item.address) \(path) (\(policy)) is \(now[path].map { "\($0)" } ?? "nothing") and not \(shown)"
    }
  }
}

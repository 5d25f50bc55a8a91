import RhizomeModel
import RhizomeTestSupport

/// A difference as a report tells it.
struct ModelEntry: Hashable, Comparable, CustomStringConvertible {
  let address: Address
  let field: String
  let kind: String
  let policy: String

  var description: String { "\(address)\(field.isEmpty ? "" : " \(field)") \(kind) (\(policy))" }

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

  /// How one object stands in its engine: its fields, and some value for each of its maps that comes and goes as a whole
  /// and is there; nil when it is not there itself.
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
        for whole in ModelItem.wholes(object.address.kind) where engine.holds(object.address, whole) {
          fields[whole] = .text("is there")
        }
        result[object.address] = fields
      }
    }
    return result
  }

  mutating func applied(_ repository: ModelRepository) { made = repository.items.mapValues(\.fields) }
}

// MARK: - Policies

extension ModelRepository {
  /// What holds for a field of a resource, or with an empty path for all of it. Asked from near to far: each level's
  /// fields, from the exact path upwards, and then its word for the whole.
  func policy(of address: Address, _ path: String = "") -> String {
    let kind = rules[address.kind] ?? [:]
    let own = items[address]
    for place in ModelRepository.outwards(path) { if let word = own?.fieldPolicies[place] { return word } }
    if let word = own?.policy { return word }
    for place in ModelRepository.outwards(path) { if let word = kind[place] { return word } }
    return kind[""] ?? policy
  }

  /// `a.b` and `a`; nothing for the empty path.
  private static func outwards(_ path: String) -> [String] {
    let steps = path.split(separator: ".")
    return (0..<steps.count).map { steps.dropLast($0).joined(separator: ".") }
  }

  /// What holds where nobody could look: the whole's word, unless that is to say nothing and something in it matters.
  fileprivate func policyUnseen(_ address: Address) -> String {
    let whole = policy(of: address)
    guard whole == "ignore" else { return whole }
    let words = Set(ModelItem.places(address.kind).map { policy(of: address, $0) })
    return words.contains("heal") ? "heal" : words.contains("report") ? "report" : "ignore"
  }
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
      for address in made.keys where kinds.contains(address.kind) {
        let policy = repository.policyUnseen(address)
        if policy == "ignore" { continue }
        all.insert(ModelEntry(address: address, field: "", kind: "unknown", policy: policy))
      }
    }
    return all
  }

  private func seen(_ repository: ModelRepository, _ contents: Contents, _ kinds: Set<Kind>) -> Set<ModelEntry> {
    var found: Set<ModelEntry> = []
    for (address, fields) in made where kinds.contains(address.kind) {
      guard let object = contents[address] else {
        found.insert(ModelEntry(address: address, field: "", kind: "missing", policy: repository.policy(of: address)))
        continue
      }
      for (path, kind) in ModelOracle.differing(address.kind, fields, object) {
        let policy = repository.policy(of: address, path)
        found.insert(ModelEntry(address: address, field: path, kind: kind, policy: policy))
      }
    }
    for address in contents.keys where made[address] == nil {
      found.insert(ModelEntry(address: address, field: "", kind: "extra", policy: "report"))
    }
    return found.filter { $0.policy != "ignore" }
  }

  /// In what an object differs from what was made of it: paths, and in which way.
  private static func differing(_ kind: Kind, _ made: Object, _ object: Object) -> [(path: String, kind: String)] {
    var found: [(path: String, kind: String)] = []
    let (always, maybe) = ModelItem.paths(kind)
    var paths = Set((always + maybe).filter { made[$0] != nil || ModelItem.isNoneUnlessWritten(kind, $0) })
    for whole in ModelItem.wholes(kind) where ModelItem.declares(whole, made) != (object[whole] != nil) {
      found.append((whole, object[whole] == nil ? "missing" : "extra"))
      paths = paths.filter { !$0.hasPrefix(whole + ".") }
    }
    for path in paths where made[path] != object[path] {
      found.append((path, object[path] == nil ? "missing" : made[path] == nil ? "extra" : "changed"))
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
  func complaints(
    _ repository: ModelRepository,
    _ engines: [ModelEngine],
    before: Contents,
    made: [Address: [String: ModelValue]]
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
      let policies = { repository.policy(of: address, $0) }
      let case_ = Case(item: item, policies: policies, made: made[address], before: before[address])
      complaints += case_.complaints(now[address])
    }
    for address in before.keys where repository.items[address] == nil && made[address] == nil {
      if now[address] != before[address] { complaints.append("\(address), which is not ours, was touched") }
    }
    return complaints.sorted()
  }

  /// One declared resource: how it was declared before, how it stood, and how it is declared now.
  private struct Case {
    let item: ModelItem
    /// What holds for a path.
    let policies: (String) -> String
    let made: [String: ModelValue]?
    let before: Object?

    private var policy: String { policies("") }
    private var isEdited: Bool { made != item.fields }

    func complaints(_ now: Object?) -> [String] {
      guard let now else {
        let mayBeGone = made != nil && before == nil && !isEdited && policy != "heal"
        return mayBeGone ? [] : ["\(item.address) is not there"]
      }
      guard let made, let before else {
        if before == nil, made != nil, !isEdited, policy != "heal" { return ["\(item.address) came back by itself"] }
        return watched.union(item.fields.keys).compactMap { wrong($0, now, [item.fields[$0]]) }
      }
      return watched.union(item.fields.keys).union(made.keys).compactMap { path in
        wrong(path, now, allowed(path, made, before))
      }
    }

    /// Fields that count also where they are not declared.
    private var watched: Set<String> {
      let (always, maybe) = ModelItem.paths(item.kind)
      return Set((always + maybe).filter { ModelItem.isNoneUnlessWritten(item.kind, $0) })
    }

    /// What a field may hold: what is declared where that was edited or is healed, otherwise what it held. What came or
    /// went as a whole is dealt with as is said for the whole.
    private func allowed(_ path: String, _ made: Object, _ before: Object) -> Set<ModelValue?> {
      let declared = item.fields[path]
      if made[path] != declared { return [declared] }
      let whole = ModelItem.wholes(item.kind).first { path.hasPrefix($0 + ".") }
      let place = whole.flatMap { ModelItem.declares($0, made) == (before[$0] != nil) ? nil : $0 } ?? path
      return [policies(place) == "heal" ? declared : before[path]]
    }

    private func wrong(_ path: String, _ now: Object, _ allowed: Set<ModelValue?>) -> String? {
      if allowed.contains(now[path]) { return nil }
      let shown = allowed.map { $0.map { "\($0)" } ?? "nothing" }.sorted().joined(separator: " or ")
      return "\(item.address) \(path) (\(policies(path))) is \(now[path].map { "\($0)" } ?? "nothing") and not \(shown)"
    }
  }
}

import RhizomeModel

/// What a field of a model item holds. Sets have no order.
enum ModelValue: Hashable {
  case text(String)
  case number(Int)
  case set(Set<String>)

  /// As YAML; sets in an order of the dice's.
  func yaml(_ dice: Dice) -> String {
    switch self {
    case .text(let text): "\"\(text)\""
    case .number(let number): "\(number)"
    case .set(let elements): "[\(elements.sorted().shuffled(dice).map { "\"\($0)\"" }.joined(separator: ", "))]"
    }
  }

  /// As an engine holds it.
  func held(_ dice: Dice) -> Value {
    switch self {
    case .text(let text): .string(text)
    case .number(let number): .integer(Int64(number))
    case .set(let elements): .strings(elements.sorted().shuffled(dice))
    }
  }

  /// What an engine holds; nil for nothing, however that is written.
  init?(_ value: Value) {
    switch value {
    case .string(let text): self = .text(text)
    case .integer(let number): self = .number(Int(number))
    case .list(let elements) where !elements.isEmpty: self = .set(Set(elements.compactMap(\.text)))
    default: return nil
    }
  }
}

/// One declaration in the model's own words: fields by their path, and what its annotations say of drift.
struct ModelItem: Hashable {
  let kind: Kind
  let name: String
  var fields: [String: ModelValue] = [:]
  /// `heal`, `report`, `ignore`; nil where the word of the kind, or the cluster's, holds.
  var policy: String?
  /// The words of fields, by path: also of paths above those of `fields`.
  var fieldPolicies: [String: String] = [:]
  /// A bucket that is kept when it is no longer declared.
  var isRetained = false

  var address: Address { Address(kind, name) }

  /// The fields that a model item of a kind may have, and those that it always has.
  static func paths(_ kind: Kind) -> (always: [String], maybe: [String]) {
    switch kind {
    case .user: (["displayName"], ["surname", "mail", "attributes.title", "attributes.street"])
    case .group: (["members"], ["description"])
    case .accessKey: ([], ["displayName"])
    default: (["quotas.size"], ["quotas.objects", "website.error"])
    }
  }

  /// Fields that are not to be there unless they are written; all others are then left to whoever sets them.
  static func isNoneUnlessWritten(_ kind: Kind, _ path: String) -> Bool { kind == .bucket || kind == .accessKey }

  /// Maps whose being there says something: they come and go as a whole.
  static func wholes(_ kind: Kind) -> [String] { kind == .bucket ? ["website"] : [] }

  /// Whether these fields declare a map, by having something below it.
  static func declares(_ whole: String, _ fields: [String: ModelValue]) -> Bool {
    fields.keys.contains { $0.hasPrefix(whole + ".") }
  }

  /// What may be said of drift.
  static let words = ["heal", "report", "ignore"]

  /// Paths of a kind that a word of drift may name: fields, and what is around them.
  static func places(_ kind: Kind) -> [String] {
    let (always, maybe) = paths(kind)
    return Set((always + maybe).flatMap { [$0, String($0.prefix { $0 != "." })] }).sorted()
  }

  /// Some value for a field.
  static func value(_ path: String, _ dice: Dice, users: [String] = []) -> ModelValue {
    switch path {
    case "quotas.size": .number(1_024 * dice.number(1...50))
    case "quotas.objects": .number(dice.number(1...50))
    case "mail": .set(Set((0...dice.number(0...2)).map { _ in "m\(dice.number(0...9))@x.example" }))
    case "attributes.title", "attributes.street":
      .set(Set((0...dice.number(0...1)).map { _ in "t\(dice.number(0...9))" }))
    case "members": .set(Set(users.filter { _ in dice.chance(0.6) } + users.prefix(1)))
    case "website.error": .text("e\(dice.number(0...50)).html")
    default: .text("v\(dice.number(0...50))")
    }
  }

  /// The document that declares it.
  func yaml(_ dice: Dice) -> String {
    var annotations: [String] = []
    if let policy { annotations.append("rhizome/drift: \"\(policy)\"") }
    for word in ModelItem.words {
      let paths = fieldPolicies.filter { $0.value == word }.keys.sorted().shuffled(dice)
      if !paths.isEmpty { annotations.append("rhizome/drift-\(word): \"\(paths.joined(separator: ", "))\"") }
    }
    var spec = tree(dice)
    if kind == .bucket { spec.append("deletionPolicy: \(isRetained ? "retain" : "delete")") }
    return """
      apiVersion: rhizome/v1
      kind: \(kind.rawValue)
      metadata: {name: \(name), annotations: {\(annotations.joined(separator: ", "))}}
      spec: {\(spec.joined(separator: ", "))}

      """
  }

  /// The fields, those of one map together.
  private func tree(_ dice: Dice) -> [String] {
    var lines: [String] = []
    var maps: [String: [String]] = [:]
    for (path, value) in fields.sorted(by: { $0.key < $1.key }) {
      let parts = path.split(separator: ".").map(String.init)
      var text = value.yaml(dice)
      if path == "quotas.size", case .number(let bytes) = value { text = "\(bytes / 1_024)KiB" }
      let line = "\(parts[parts.count - 1]): \(text)"
      if parts.count == 1 { lines.append(line) } else { maps[parts[0], default: []].append(line) }
    }
    return lines + maps.sorted { $0.key < $1.key }.map { "\($0.key): {\($0.value.joined(separator: ", "))}" }
  }
}

extension Array {
  /// The same elements in an order of the dice's.
  func shuffled(_ dice: Dice) -> [Element] {
    var rest = self, result: [Element] = []
    while !rest.isEmpty { result.append(rest.remove(at: dice.number(0...(rest.count - 1)))) }
    return result
  }
}

/// A repository of declarations as people edit it.
struct ModelRepository {
  private(set) var items: [Address: ModelItem] = [:]
  /// The cluster's word on drift.
  private(set) var policy = "heal"
  /// The cluster's rules, by kind and field; an empty field is the whole kind.
  private(set) var rules: [Kind: [String: String]] = [:]

  init(_ dice: Dice) {
    for index in 0..<dice.number(2...4) { add(.user, "u\(index)", dice) }
    for _ in 0..<8 { edit(dice) }
  }

  var addresses: [Address] { items.keys.sorted() }

  /// All manifests as one file.
  func yaml(_ dice: Dice) -> String {
    let cluster = """
      apiVersion: rhizome/v1
      kind: Cluster
      metadata: {name: plant}
      spec:
        domain: plant.example
        policy:
          prune: true
          drift: \(policy)
          driftRules: [\(ruleTexts().joined(separator: ", "))]
          deletions: {max: 1000, percent: 100}

      """
    let documents = [cluster] + addresses.compactMap { items[$0]?.yaml(dice) }
    return documents.shuffled(dice).joined(separator: "---\n")
  }

  private func ruleTexts() -> [String] {
    rules.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap { kind, words in
      words.sorted { $0.key < $1.key }.map { path, word in
        "{kind: \(kind.rawValue), \(path.isEmpty ? "" : "field: \(path), ")drift: \(word)}"
      }
    }
  }

  /// One edit.
  mutating func edit(_ dice: Dice) {
    switch dice.number(0...10) {
    case 0, 1: declare(dice)
    case 2: undeclare(dice)
    case 3: policy = dice.pick(["heal", "heal", "report", "ignore"]) ?? "heal"
    case 4: changeHandling(dice)
    case 5: changeRule(dice)
    default: changeField(dice)
    }
  }

  private var users: [String] { addresses.filter { $0.kind == .user }.map(\.name) }

  private mutating func declare(_ dice: Dice) {
    let kind = dice.pick([Kind.user, .group, .accessKey, .bucket]) ?? .user
    let name = "\(kind == .user ? "u" : kind == .bucket ? "bkt" : kind == .group ? "g" : "k")\(dice.number(0...3))"
    if items[Address(kind, name)] == nil { add(kind, name, dice) }
  }

  private mutating func add(_ kind: Kind, _ name: String, _ dice: Dice) {
    var item = ModelItem(kind: kind, name: name)
    let (always, maybe) = ModelItem.paths(kind)
    for path in always + maybe.filter({ _ in dice.chance(0.5) }) {
      item.fields[path] = ModelItem.value(path, dice, users: users)
    }
    if dice.chance(0.3) { item.policy = dice.pick(ModelItem.words) }
    if dice.chance(0.3) { item.fieldPolicies = ModelRepository.fieldPolicies(kind, dice) }
    item.isRetained = kind == .bucket && dice.chance(0.4)
    items[item.address] = item
  }

  /// Members of groups are not taken out from under them, and somebody always stays.
  private mutating func undeclare(_ dice: Dice) {
    let members = items.values.flatMap { item -> Set<String> in
      if case .set(let names)? = item.fields["members"] { names } else { [] }
    }
    let free = addresses.filter { $0.kind != .user || !members.contains($0.name) }
    if users.count > 1 || free.contains(where: { $0.kind != .user }), let address = dice.pick(free) {
      if address.kind != .user || users.count > 1 { items[address] = nil }
    }
  }

  private mutating func changeHandling(_ dice: Dice) {
    guard let address = dice.pick(addresses) else { return }
    items[address]?.policy = dice.pick(["heal", "report", "ignore", nil]) ?? nil
    items[address]?.fieldPolicies = ModelRepository.fieldPolicies(address.kind, dice)
  }

  private static func fieldPolicies(_ kind: Kind, _ dice: Dice) -> [String: String] {
    let places = ModelItem.places(kind).filter { _ in dice.chance(0.25) }
    return Dictionary(places.map { ($0, dice.pick(ModelItem.words) ?? "heal") }, uniquingKeysWith: { $1 })
  }

  private mutating func changeRule(_ dice: Dice) {
    guard let kind = dice.pick([Kind.user, .group, .accessKey, .bucket]) else { return }
    let place = dice.pick([""] + ModelItem.places(kind)) ?? ""
    rules[kind, default: [:]][place] = dice.pick(["heal", "report", "ignore", nil]) ?? nil
  }

  private mutating func changeField(_ dice: Dice) {
    guard let address = dice.pick(addresses) else { return }
    let (always, maybe) = ModelItem.paths(address.kind)
    guard let path = dice.pick(always + maybe) else { return }
    let keeps = always.contains(path) || dice.chance(0.7)
    let value = keeps ? ModelItem.value(path, dice, users: users) : nil
    items[address]?.fields[path] = value
  }
}

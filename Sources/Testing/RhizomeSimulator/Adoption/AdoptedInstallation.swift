import RhizomeModel
import RhizomeTestSupport

/// What somebody made in the engines, and what has to become of it. It knows by itself, without asking the product, what
/// has to be declared.
struct AdoptedInstallation {
  private let objects: [(address: Address, attributes: Value, facts: [String: Value])]
  let secrets: [String]

  init(_ dice: Dice) {
    let buckets = (0..<dice.number(0...5)).map { "bucket-\($0)" }
    let keys = (0..<dice.number(0...4)).map { "key-\($0)" }
    let people = (0..<dice.number(0...6)).map { "person-\($0)" }
    let secrets = keys.map { "s3cr3t-\($0)-\(dice.number(1_000...9_999))" }
    self.secrets = secrets
    let grants = buckets.flatMap { bucket in keys.filter { _ in dice.chance(0.5) }.map { (bucket, $0) } }
    objects =
      buckets.map { (Address(.bucket, $0), Self.bucket($0, dice), Self.content(dice)) }
      + zip(keys, secrets).map { (Address(.accessKey, $0), Self.key($0, dice), ["secret": .string($1)]) }
      + grants.map { (Address(.grant, "\($0).\($1)"), Self.grant($0, $1, dice), [:]) }
      + people.map { (Address(.user, $0), Self.person($0, dice), [:]) }
      + (0..<dice.number(0...3)).map { number in
        let members = people.filter { _ in dice.chance(0.5) }
        return (Address(.group, "group-\(number)"), ["members": .strings(members)], [:])
      }
  }

  /// Everything that is there.
  var all: Set<Address> { Set(objects.map(\.address)) }
  /// What has a declaration of its own.
  var declarable: Set<Address> { all.filter { $0.kind != .grant } }

  func fill(_ engines: [ModelEngine]) {
    for object in objects {
      guard let engine = engines.first(where: { $0.kinds.contains(object.address.kind) }) else { continue }
      engine.contents.add(object.address, object.attributes, facts: object.facts)
    }
  }

  /// What stands in the way of careless writers of YAML.
  private static let texts = [
    "Publishes", "Rivière & Cie", "yes", "no: really", "- dash", "#hash", "'quoted'", "a\\b", "null", "0x1F", "日本語",
    "*alias", "!tag", "~", "---", "{flow}, [flow]",
  ]

  private static func text(_ dice: Dice) -> Value { .string(dice.pick(texts) ?? "") }

  private static func content(_ dice: Dice) -> [String: Value] { ["objects": .integer(Int64(dice.number(0...9)))] }

  private static func bucket(_ name: String, _ dice: Dice) -> Value {
    var attributes: Value = ["aliases": [.string(name)]]
    if dice.chance(0.3) { attributes["aliases"] = .strings(["www.\(name).example", name].sorted()) }
    if dice.chance(0.4) { attributes["quotas"] = ["objects": .integer(Int64(dice.number(1...99)))] }
    if dice.chance(0.3) { attributes["website"] = ["index": "index.html"] }
    return attributes
  }

  private static func key(_ name: String, _ dice: Dice) -> Value {
    let digits = String(repeating: "0", count: 23) + String(name.suffix(1))
    var attributes: Value = ["id": .string("GK\(digits)"), "createBucket": .boolean(dice.chance(0.3))]
    if dice.chance(0.6) { attributes["displayName"] = text(dice) }
    return attributes
  }

  private static func grant(_ bucket: String, _ key: String, _ dice: Dice) -> Value {
    let (read, write) = (dice.chance(0.5), dice.chance(0.5))
    return [
      "bucket": .string(bucket), "accessKey": .string(key), "read": .boolean(read), "write": .boolean(write),
      "owner": .boolean(dice.chance(0.2) || !(read || write)),
    ]
  }

  private static func person(_ name: String, _ dice: Dice) -> Value {
    var attributes: Value = ["displayName": text(dice), "surname": text(dice)]
    if dice.chance(0.3) { attributes["displayName"] = .string(name) }
    if dice.chance(0.3) { attributes["surname"] = attributes["displayName"] }
    if dice.chance(0.6) { attributes["mail"] = .strings(["\(name)@plant.example"]) }
    return attributes
  }
}

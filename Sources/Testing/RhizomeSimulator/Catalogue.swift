import RhizomeModel

/// The one field of each kind that a simulation changes and compares.
enum Field {
  static func path(_ kind: Kind) -> FieldPath {
    switch kind {
    case .accessKey, .user: FieldPath(["displayName"])
    case .bucket: FieldPath(["quotas", "size"])
    case .grant: FieldPath(["write"])
    case .group: FieldPath(["description"])
    case .service: FieldPath(["replicas"])
    case .portMapping: FieldPath(["internalPort"])
    case .firewall: FieldPath(["policy"])
    case .cluster, .zone, .node, .secret: FieldPath([])
    }
  }

  static func value(_ kind: Kind, version: Int) -> Value {
    switch kind {
    case .grant: .boolean(version % 2 == 1)
    case .bucket, .service, .portMapping: .integer(Int64(1 + version))
    default: .string("version \(version)")
    }
  }

  static func compared(_ kind: Kind, _ attributes: Value) -> Value { attributes[path(kind)] }
}

/// All resources that one simulation may declare, and which of them it declares now.
struct Catalogue {
  private(set) var all: [Address: Resource] = [:]
  private(set) var declared: Set<Address> = []

  init(_ dice: Dice) {
    let keys = (0..<dice.number(1...2)).map { add(.accessKey, "k\($0)", dice) }
    let buckets = (0..<dice.number(1...3)).map { add(.bucket, "b\($0)", dice) }
    for bucket in buckets {
      for key in keys where dice.chance(0.6) { addGrant(bucket, key, dice) }
    }
    let users = (0..<dice.number(1...3)).map { add(.user, "u\($0)", dice) }
    for number in 0..<dice.number(0...2) { addGroup("g\(number)", users, dice) }
    for number in 0..<dice.number(0...2) {
      let service = add(.service, "s\(number)", dice)
      if dice.chance(0.7) { addPort(8_000 + number, service, dice) }
    }
    declared = Set(all.keys.filter { _ in true })
    for address in all.keys.sorted() where dice.chance(0.25) { undeclare(address) }
  }

  /// What the folder says.
  var desired: DesiredState {
    let cluster = Resource(Address(.cluster, "plant"), attributes: ["domain": "plant.example"])
    return DesiredState(
      clusterName: "plant",
      source: "folder",
      resources: [cluster] + declared.sorted().compactMap { all[$0] }
    )
  }

  mutating func edit(_ address: Address, _ dice: Dice) {
    all[address]?.attributes[Field.path(address.kind)] = Field.value(address.kind, version: dice.number(1...50))
    if dice.chance(0.2) { all[address]?.policies = Catalogue.policies(dice, address.kind) }
  }

  /// Declares a resource and all that it needs.
  mutating func declare(_ address: Address) {
    declared.insert(address)
    for dependency in all[address]?.dependencies ?? [] { declare(dependency) }
  }

  /// Drops a resource and all that need it.
  mutating func undeclare(_ address: Address) {
    declared.remove(address)
    for other in declared.sorted() where all[other]?.dependencies.contains(address) == true { undeclare(other) }
  }

  private mutating func add(_ kind: Kind, _ name: String, _ dice: Dice) -> Address {
    put(kind, name, [:], [], dice)
  }

  @discardableResult
  private mutating func put(
    _ kind: Kind,
    _ name: String,
    _ attributes: Value,
    _ dependencies: [Address],
    _ dice: Dice
  ) -> Address {
    let address = Address(kind, name)
    var attributes = attributes
    attributes[Field.path(kind)] = Field.value(kind, version: 0)
    all[address] = Resource(
      address,
      attributes: attributes,
      dependencies: dependencies,
      policies: Catalogue.policies(dice, kind)
    )
    return address
  }

  private mutating func addGrant(_ bucket: Address, _ key: Address, _ dice: Dice) {
    let attributes: Value = ["bucket": .string(bucket.name), "accessKey": .string(key.name), "read": true]
    put(.grant, "\(bucket.name).\(key.name)", attributes, [bucket, key], dice)
  }

  private mutating func addGroup(_ name: String, _ users: [Address], _ dice: Dice) {
    let members = users.filter { _ in dice.chance(0.5) }
    put(.group, name, ["members": .strings(members.map(\.name))], members, dice)
  }

  private mutating func addPort(_ port: Int, _ service: Address, _ dice: Dice) {
    let attributes: Value = [
      "zone": "home", "protocol": "tcp", "externalPort": .integer(Int64(port)), "internalAddress": "127.0.0.1",
      "service": .string(service.name),
    ]
    put(.portMapping, "home.tcp-\(port)", attributes, [service], dice)
  }

  private static func policies(_ dice: Dice, _ kind: Kind) -> Policies {
    Policies(
      isProtected: dice.chance(0.05),
      drift: dice.chance(0.7) ? .heal : dice.chance(0.5) ? .report : .ignore,
      adopts: dice.chance(0.15),
      deletion: kind == .bucket && dice.chance(0.5) ? .retain : .delete
    )
  }
}

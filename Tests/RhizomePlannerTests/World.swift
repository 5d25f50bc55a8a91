import RhizomeModel

@testable import RhizomePlanner

/// A model of engines and inventory that does what plans say, and objects where an engine would.
struct World {
  var scene: Scene
  var objections: [String] = []
  /// What the plan that is carried out deletes.
  private var leaving: Set<Address> = []

  init(scene: Scene) { self.scene = scene }

  var engine: [Address: Observation] {
    get { scene.observed }
    set { scene.observed = newValue }
  }

  private func exists(_ address: Address) -> Bool {
    if case .present = scene.observedState[address] { return true }
    return scene.records.contains { $0.address == address }
  }

  mutating func apply(_ plan: Plan) {
    leaving = Set(plan.actions.filter { $0.verb == .delete }.map(\.address))
    for action in plan.actions { apply(action) }
  }

  private mutating func apply(_ action: Action) {
    let desired = scene.desired.first { $0.address == action.address }
    switch action.verb {
    case .create, .update, .adopt: make(action, desired)
    case .delete:
      remove(action.address)
      engine[action.address] = .absent
    case .forget: remove(action.address)
    case .blocked: break
    }
  }

  private mutating func make(_ action: Action, _ desired: Resource?) {
    guard let desired else { return objections.append("\(action.address) is not declared") }
    for dependency in desired.dependencies where !exists(dependency) {
      objections.append("\(action.address) needs \(dependency), which is not there")
    }
    for claim in Claim.all(action.address.kind, desired.attributes) { object(claim, action.address) }
    engine[action.address] = present(desired.attributes, mark: mark(action.address))
    scene.records.removeAll { $0.address == action.address }
    scene.intents.removeAll { $0.address == action.address }
    scene.records.append(record(desired))
  }

  private mutating func object(_ claim: Claim, _ address: Address) {
    for (other, observation) in engine where other != address && leaving.contains(other) {
      guard case .present(let seen) = observation, Claim.all(other.kind, seen.attributes).contains(claim) else {
        continue
      }
      objections.append("\(address) wants \(claim.text), which \(other) has")
    }
  }

  private mutating func remove(_ address: Address) {
    for record in scene.records where record.dependencies.contains(address) {
      objections.append("\(address) goes while \(record.address) uses it")
    }
    scene.records.removeAll { $0.address == address }
    scene.intents.removeAll { $0.address == address }
  }
}

extension World {
  /// Some cluster in some state, from a seed.
  static func random(seed: UInt64) -> World {
    var random = SeededGenerator(seed: seed)
    var world = World(scene: Scene())
    world.scene.context.prune = random.chance(70)
    world.scene.context.allowedDeletions = 1_000
    let before = resources(&random), after = resources(&random)
    for resource in before where random.chance(85) { world.remember(resource, &random) }
    world.scene.desired = after
    for resource in after where world.engine[resource.address] == nil { world.place(resource, &random) }
    world.dropDangling()
    return world
  }

  private static func resources(_ random: inout SeededGenerator) -> [Resource] {
    var list: [Resource] = []
    let buckets = (0..<3).filter { _ in random.chance(70) }, keys = (0..<3).filter { _ in random.chance(70) }
    for index in buckets {
      list.append(bucket("b\(index)", ["quotas": ["objects": .integer(Int64.random(in: 1...3, using: &random))]]))
    }
    list += keys.map { key("k\($0)") }
    for bucket in buckets {
      for key in keys where random.chance(50) { list.append(grant("b\(bucket)", "k\(key)", ["read": true])) }
    }
    let people = (0..<4).filter { _ in random.chance(70) }.map { "u\($0)" }
    list += people.map { user($0, ["displayName": .string("Name \(Int.random(in: 0...2, using: &random))")]) }
    list.append(group("g", people.filter { _ in random.chance(60) }))
    for port: Int64 in [80, 443] where random.chance(60) {
      list.append(mapping(random.chance(50) ? "home" : "house", port))
    }
    return list
  }

  private mutating func remember(_ resource: Resource, _ random: inout SeededGenerator) {
    scene.records.append(record(resource, source: random.chance(10) ? "git" : "folder"))
    var attributes = resource.attributes
    if random.chance(20), resource.address.kind == .user { attributes["displayName"] = "somebody else" }
    let roll = Int.random(in: 0..<100, using: &random)
    engine[resource.address] =
      roll < 70
      ? present(attributes, facts: ["objects": .integer(random.chance(20) ? 3 : 0)])
      : roll < 85 ? .absent : .unknown(reason: "timed out")
  }

  private mutating func place(_ resource: Resource, _ random: inout SeededGenerator) {
    let roll = Int.random(in: 0..<100, using: &random)
    if roll < 60 {
      engine[resource.address] = .absent
    } else if roll < 75 {
      engine[resource.address] = present(resource.attributes, mark: mark(resource.address))
    } else if roll < 85 {
      scene.intents.append(Intent(address: resource.address, verb: .create, revision: 1, startedAt: noon))
      engine[resource.address] = present(resource.attributes)
    } else {
      engine[resource.address] = roll < 93 ? present(resource.attributes) : .unknown(reason: "timed out")
    }
  }

  /// An inventory that could have come about: nothing in it depends on what is not.
  private mutating func dropDangling() {
    var isStable = false
    while !isStable {
      let known = Set(scene.records.map(\.address))
      let kept = scene.records.filter { $0.dependencies.allSatisfy(known.contains) }
      isStable = kept.count == scene.records.count
      scene.records = kept
    }
  }
}

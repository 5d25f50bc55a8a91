import Foundation
import RhizomeModel
import Testing

@testable import RhizomePlanner

@Suite("Whatever the states are")
struct PropertyTests {
  static let seeds: [UInt64] = Array(1...400)

  @Test("every plan is sound", arguments: seeds)
  func soundness(seed: UInt64) {
    let scene = World.random(seed: seed).scene
    #expect(scene.problems(scene.plan()) == [])
  }

  @Test("a plan that was carried out leaves nothing to do but what waits for people and answers", arguments: seeds)
  func convergence(seed: UInt64) {
    var world = World.random(seed: seed)
    world.apply(world.scene.plan())
    let second = world.scene.plan()
    #expect(second.actions.filter { $0.verb != .blocked }.map { "\($0.verb) \($0.address)" } == [])
  }

  @Test("deletes stay within the inventory and the source, and nothing is done on a failed look", arguments: seeds)
  func restraint(seed: UInt64) {
    let scene = World.random(seed: seed).scene
    for action in scene.plan().actions where action.verb != .blocked {
      if case .unknown = scene.observedState[action.address] { Issue.record("acts on unknown \(action.address)") }
      guard action.verb == .delete else { continue }
      // What follows from a declaration belongs to whoever declares that now.
      #expect(scene.priorState.records[action.address]?.source == "folder" || action.address.kind.isDerived)
      #expect(scene.context.prune || action.address.kind.isDerived)
    }
  }

  @Test("the order of inputs makes no difference, to the byte", arguments: seeds.prefix(100))
  func determinism(seed: UInt64) throws {
    var scene = World.random(seed: seed).scene
    let first = try bytes(scene.plan())
    var random = SeededGenerator(seed: seed &+ 7)
    scene.desired.shuffle(using: &random)
    scene.records.shuffle(using: &random)
    scene.intents.shuffle(using: &random)
    var other: [Address: Observation] = Dictionary(minimumCapacity: 4_000)
    for (address, observation) in scene.observed.shuffled(using: &random) { other[address] = observation }
    scene.observed = other
    #expect(try bytes(scene.plan()) == first)
  }

  @Test("the plan and the single decision agree", arguments: seeds)
  func agreement(seed: UInt64) {
    let scene = World.random(seed: seed).scene
    let plan = scene.plan()
    let actions = Dictionary(plan.actions.map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
    for address in Self.concerned(scene) {
      let decision = scene.decide(address)
      let planned = actions[address]
      #expect(decision.action?.verb == planned?.verb, "\(address)")
      #expect(decision.action?.reason == planned?.reason)
      #expect(decision.action?.changes == planned?.changes)
      #expect(decision.action?.cost == planned?.cost)
      #expect((decision.outcome == .unpruned) == plan.unpruned.contains(address))
    }
  }

  /// What is declared here, was declared or made on behalf of this source, or was about to be made.
  private static func concerned(_ scene: Scene) -> [Address] {
    let made = scene.records.filter { scene.inputs.isOurs($0) }.map(\.address)
    return Set(scene.desired.map(\.address) + made + scene.intents.map(\.address)).sorted()
  }

  @Test("what is passed over as settled needs nothing and tells nothing", arguments: seeds)
  func settled(seed: UInt64) {
    let scene = World.random(seed: seed).scene
    let division = Division(scene.inputs)
    let passed = Set(Self.concerned(scene)).subtracting(division.open)
    #expect(passed.count == division.settledCount)
    for address in passed {
      let decision = scene.decide(address)
      #expect(decision.outcome == .nothing && decision.drift.isEmpty && decision.refusal == nil, "\(address)")
    }
  }

  @Test("some resources are settled and some are not")
  func settledCounts() {
    let divisions = Self.seeds.map { Division(World.random(seed: $0).scene.inputs) }
    #expect(divisions.contains { $0.settledCount > 3 } && divisions.contains { $0.open.count > 3 })
  }

  @Test("engines have no objection to the order", arguments: seeds)
  func order(seed: UInt64) {
    var world = World.random(seed: seed)
    for address in world.engine.keys {
      if case .unknown = world.scene.observedState[address] { world.engine[address] = .absent }
    }
    world.apply(world.scene.plan())
    #expect(world.objections == [])
  }

  @Test("no secret is ever shown", arguments: seeds.prefix(50))
  func secrecy(seed: UInt64) throws {
    var scene = World.random(seed: seed).scene
    let secret = { (text: String) in Value.sensitive(Sensitive(fingerprint: text, cleartext: "hunter\(text)")) }
    let service = Resource(
      Address(.service, "s"),
      attributes: ["run": ["process": ["command": ["x", secret("1")]]], "environment": ["P": secret("2")]]
    )
    scene.add(converged: service)
    scene.observed[service.address] = present(["environment": ["P": secret("3")]])
    scene.desired.append(Resource(Address(.accessKey, "n"), attributes: ["secret": secret("4")]))
    scene.observed[Address(.accessKey, "n")] = .absent
    let plan = scene.plan()
    let report = DriftReport(cluster: "plant", generatedAt: noon, entries: plan.drift)
    let texts = [PlanText.render(plan), PlanMarkdown.render(plan), report.table, report.markdown]
    let documents = [try bytes(PlanDocument(plan)), try bytes(report)].map { String(decoding: $0, as: UTF8.self) }
    var dumped = ""
    dump(plan, to: &dumped)
    for text in texts + documents + [dumped] { #expect(!text.contains("hunter")) }
    #expect(PlanText.render(plan).contains("(sensitive)"))
  }

  private func bytes(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return try encoder.encode(value)
  }
}

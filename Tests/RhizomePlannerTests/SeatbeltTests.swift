import RhizomeModel
import Testing

@testable import RhizomePlanner

/// One accident that a seatbelt of the planner is there for.
struct Accident {
  let seatbelt: Seatbelt
  let scene: Scene
  /// What the plan would do to whom, were it not for the seatbelt.
  let loss: String

  /// Whether the plan would let it happen.
  func happens(without seatbelts: Set<Seatbelt> = []) -> Bool {
    var scene = scene
    scene.seatbelts.subtract(seatbelts)
    let plan = scene.plan()
    return plan.refusals.isEmpty && plan.lines.contains(loss)
  }

  /// What people are told.
  var message: String {
    let plan = scene.plan()
    let refusals = plan.refusals.map { "\($0.rule.rawValue): \($0.message)" }
    let blocked = plan.actions.filter { $0.seatbelt != nil }.map { action in
      "\(action.seatbelt?.rawValue ?? ""): \(action.address): \(action.reason)"
    }
    return (refusals + blocked + (plan.takeover?.sentences ?? [])).joined(separator: "\n")
  }
}

extension Accident {
  static var all: [Accident] {
    [
      Accident(seatbelt: .emptyTree, scene: lost(2), loss: "delete User/gone0"),
      Accident(seatbelt: .tooManyDeletions, scene: many(), loss: "delete User/gone0"),
      Accident(seatbelt: .otherCluster, scene: otherCluster(), loss: "create Cluster/forest"),
      Accident(seatbelt: .otherSuffix, scene: otherSuffix(), loss: "update Cluster/plant"),
      Accident(seatbelt: .otherEngine, scene: otherEngine(), loss: "update Cluster/plant"),
      Accident(seatbelt: .protectedResource, scene: protected(), loss: "delete User/root"),
      Accident(seatbelt: .bucketWithData, scene: full(), loss: "delete Bucket/full"),
      Accident(seatbelt: .lastAdministrator, scene: lastAdministrator(), loss: "update Group/admins"),
      Accident(seatbelt: .lastOwnerKey, scene: lastOwner(), loss: "delete Grant/photos.camera"),
      Accident(seatbelt: .twoSources, scene: twoSources(), loss: "create User/new"),
      Accident(seatbelt: .movedBetweenSources, scene: moved(), loss: "delete User/gone"),
    ]
  }

  private static func calm(_ kept: Int = 9) -> Scene {
    var scene = Scene()
    scene.add(
      converged: Resource(
        Address(.cluster, "plant"),
        attributes: ["policy": ["deletions": ["max": 5, "percent": 25]]]
      )
    )
    for index in 0..<kept { scene.add(converged: user("kept\(index)")) }
    return scene
  }

  private static func lost(_ count: Int) -> Scene {
    var scene = calm(0)
    for index in 0..<count { scene.add(undeclared: user("gone\(index)")) }
    return scene
  }

  private static func many() -> Scene {
    var scene = calm()
    for index in 0..<6 { scene.add(undeclared: user("gone\(index)")) }
    let archive = bucket("archive", policies: Policies(deletion: .retain))
    scene.add(undeclared: archive, facts: ["objects": 12, "bytes": 3_500_000])
    return scene
  }

  private static func otherCluster() -> Scene {
    var scene = calm()
    scene.clusterName = "forest"
    scene.context.prune = false
    scene.desired[0] = Resource(Address(.cluster, "forest"), attributes: [:])
    scene.observed[Address(.cluster, "forest")] = .absent
    return scene
  }

  /// A cluster that is declared otherwise by now.
  private static func cluster(_ before: Value, _ after: Value) -> Scene {
    var scene = calm()
    let address = Address(.cluster, "plant")
    scene.desired.removeFirst()
    scene.records.removeAll { $0.address == address }
    scene.add(converged: Resource(address, attributes: before))
    scene.desired.removeLast()
    scene.desired.append(Resource(address, attributes: after))
    return scene
  }

  private static func otherSuffix() -> Scene { cluster(["domain": "plant.example"], ["domain": "wood.example"]) }

  private static func otherEngine() -> Scene {
    cluster(["directory": ["engine": "embedded"]], ["directory": ["engine": "ldap"]])
  }

  private static func protected() -> Scene {
    var scene = calm()
    scene.add(undeclared: user("root", policies: Policies(isProtected: true)))
    return scene
  }

  private static func full() -> Scene {
    var scene = calm()
    scene.add(undeclared: bucket("full"), facts: ["objects": 3, "bytes": 700])
    return scene
  }

  private static func lastAdministrator() -> Scene {
    var scene = calm()
    scene.add(converged: group("admins", ["kept0", "kept1"]))
    scene.desired.removeLast()
    scene.desired.append(group("admins", []))
    return scene
  }

  private static func lastOwner() -> Scene {
    var scene = calm()
    scene.add(converged: bucket("photos"))
    scene.add(converged: key("camera"))
    scene.add(undeclared: grant("photos", "camera", ["owner": true]))
    return scene
  }

  /// Somebody applies a folder while the repository declares the cluster.
  private static func twoSources() -> Scene {
    var scene = calm()
    for index in scene.records.indices { scene.records[index].source = SourceName.git }
    scene.context.governing = SourceName.git
    scene.desired.append(user("new"))
    scene.observed[user("new").address] = .absent
    return scene
  }

  /// The repository takes over from the folder, and lacks one of its declarations.
  private static func moved() -> Scene {
    var scene = calm()
    scene.add(undeclared: user("gone"))
    scene.context.source = SourceName.git
    return scene
  }
}

@Suite("Each seatbelt is needed")
struct SeatbeltTests {
  /// These are decided where a source is read or about to be followed, and tested there.
  private static let ofSources: Set<Seatbelt> = [.folderRenamed, .olderRevision, .nothingToFollow]

  @Test("every seatbelt has its accident")
  func complete() {
    #expect(Set(Accident.all.map(\.seatbelt)).union(Self.ofSources) == Set(Seatbelt.allCases))
    #expect(Set(SafetyRule.all.map(\.rule)).isSubset(of: Set(Accident.all.map(\.seatbelt))))
  }

  @Test("holds, and the accident happens when it alone is taken away", arguments: Accident.all.map(\.seatbelt))
  func needed(seatbelt: Seatbelt) throws {
    let accident = try #require(Accident.all.first { $0.seatbelt == seatbelt })
    #expect(!accident.happens() && !accident.message.isEmpty)
    #expect(accident.happens(without: [accident.seatbelt]), "\(accident.seatbelt) is not what prevents it")
    for other in Seatbelt.allCases where other != accident.seatbelt {
      #expect(!accident.happens(without: [other]), "\(accident.seatbelt) is not enough without \(other)")
    }
  }

  @Test("says what it saw and what to do")
  func golden() throws {
    let text = Accident.all.map { "== \($0.seatbelt.rawValue)\n\($0.message)\n" }.joined(separator: "\n")
    try expectGolden(text, "seatbelts.txt")
  }

  @Test("a source that takes over moves everything: nothing is deleted, and nothing is made anew")
  func takeover() throws {
    var scene = Accident.all.last?.scene ?? Scene()
    let plan = scene.plan()
    #expect(plan.actions == [] && plan.refusals == [])
    let takeover = try #require(plan.takeover)
    #expect(takeover.moved.count == 10 && takeover.kept == [user("gone").address] && takeover.from == ["folder"])
    #expect(scene.decide(user("kept0").address).recordIsStale)
    // The record is rewritten, and back again.
    for index in scene.records.indices where scene.records[index].address != user("gone").address {
      scene.records[index].source = SourceName.git
    }
    #expect(scene.plan().takeover?.moved == [])
    scene.context.source = SourceName.folder
    scene.desired.append(user("gone"))
    let back = scene.plan()
    #expect(back.actions == [] && back.takeover?.kept == [] && back.takeover?.moved.count == 10)
  }

  @Test("a grant that follows from a bucket of the new source is that source's to take back")
  func derived() {
    var scene = Scene()
    scene.add(converged: bucket("photos"))
    scene.add(converged: key("camera"))
    scene.add(undeclared: grant("photos", "camera"))
    scene.context.source = SourceName.git
    #expect(scene.plan().lines == ["delete Grant/photos.camera"])
  }

  @Test("what another source declared goes when a person says so by name, with what follows from it")
  func byName() {
    var scene = Scene()
    scene.add(converged: key("camera"))
    scene.add(undeclared: bucket("hand"), facts: ["objects": 0], source: SourceName.git)
    scene.add(undeclared: grant("hand", "camera"), source: SourceName.git)
    #expect(scene.plan().lines == [])
    scene.context.prune = false
    scene.context.approvedDeletions = [bucket("hand").address]
    #expect(scene.plan().lines == ["delete Grant/hand.camera", "delete Bucket/hand"])
  }

  @Test("a refusal comes apart into what was seen and what to do")
  func parts() {
    let refusal = Refusal(.emptyTree, "It is empty.", advice: "Fill it.")
    #expect(refusal.message == "It is empty. Fill it." && refusal.finding == "It is empty.")
    #expect(Refusal(.emptyTree, "It is empty.").finding == "It is empty.")
  }
}

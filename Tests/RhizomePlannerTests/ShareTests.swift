import RhizomeModel
import Testing

@testable import RhizomePlanner

/// What a plan does with what other machines drive now.
@Suite("Plans of a machine's share")
struct ShareTests {
  private let web = Resource(Address(.service, "web"), attributes: ["replicas": 1])

  /// A machine `ash` that drives nothing of this any more, and has all of it.
  private func scene(_ moved: [Resource], prune: Bool = true) -> Scene {
    var scene = Scene()
    scene.context.prune = prune
    scene.share = NodeShare(node: "ash", elsewhere: [:])
    scene.add(converged: Resource(Address(.cluster, "plant"), attributes: [:]))
    for resource in moved {
      scene.add(undeclared: resource, facts: ["objects": 0])
      scene.share?.elsewhere[resource.address] = ["oak"]
    }
    return scene
  }

  @Test("services and port mappings that moved away are withdrawn here, asked or not", arguments: [true, false])
  func withdrawn(prune: Bool) {
    let scene = scene([web, mapping("home", 443)], prune: prune)
    let plan = scene.plan()
    #expect(scene.problems(plan) == [])
    #expect(Set(plan.lines) == ["delete PortMapping/home.tcp-443", "delete Service/web"])
    #expect(plan.actions.map(\.reason) == ["Node/oak drives it now", "Node/oak drives it now"])
    #expect(plan.refusals == [])
  }

  @Test("what belongs to the cluster is held when another machine drives it: no action, told, never pruned")
  func held() {
    let moved = [
      bucket("site"), key("writer"), grant("site", "writer", ["owner": true]), user("ann"), group("admins", ["ann"]),
    ]
    let scene = scene(moved + [Resource(Address(.secret, "token"), attributes: [:])])
    let plan = scene.plan()
    #expect(plan.actions == [])
    #expect(plan.refusals == [])
    #expect(plan.unpruned == [])
    #expect(
      plan.share?.held.map(\.address.description) == [
        "Secret/token", "AccessKey/writer", "Bucket/site", "Grant/site.writer", "User/ann", "Group/admins",
      ]
    )
    #expect(plan.share?.held.allSatisfy { $0.caretaker == "Node/oak" } == true)
    #expect(PlanText.render(plan).contains("  Bucket/site  (Node/oak)\n"))
    #expect(PlanMarkdown.render(plan).contains("- `Bucket/site` – Node/oak"))
    for resource in moved {
      #expect(scene.decide(resource.address).outcome == .held(caretaker: "Node/oak"))
    }
  }

  @Test("what nobody declares any more is removed as ever")
  func undeclared() {
    var scene = scene([bucket("site")])
    scene.add(undeclared: bucket("old"), facts: ["objects": 0])
    #expect(scene.plan().lines == ["delete Bucket/old"])
  }

  @Test("moving a protected service, or many, pulls no seatbelt")
  func seatbelts() {
    let services = (0..<40).map { number in
      Resource(Address(.service, "s\(number)"), attributes: [:], policies: Policies(isProtected: number == 0))
    }
    let scene = scene(services)
    let plan = scene.plan()
    #expect(plan.refusals == [])
    #expect(plan.count(.delete) == 40)
    #expect(scene.problems(plan) == [])
  }

  @Test("a service that cannot be looked at is not withdrawn")
  func unknown() {
    var scene = scene([web])
    scene.observed[web.address] = .unknown(reason: "the supervisor does not answer")
    #expect(scene.plan().actions == [])
    #expect(scene.plan().unknown.map(\.address) == [web.address])
  }

  @Test("a plan tells whose part of what it is")
  func sentence() {
    let plan = scene([web, bucket("site")]).plan()
    #expect(plan.share?.sentence == "This machine (Node/ash) drives 1 of 3 resources.")
    #expect(PlanText.render(plan).hasPrefix("This machine (Node/ash) drives 1 of 3 resources.\n"))
    #expect(PlanMarkdown.render(plan).contains("This machine (Node/ash) drives 1 of 3 resources."))
    #expect(Scene().plan().share == nil)
  }
}

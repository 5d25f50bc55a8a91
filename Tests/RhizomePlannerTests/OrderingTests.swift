import RhizomeModel
import Testing

@testable import RhizomePlanner

@Suite("Graph")
struct GraphTests {
  @Test("requirements hold, and ties go to the smaller")
  func order() {
    var graph = Graph<String>()
    for name in ["d", "c", "b", "a"] { graph.add(name) }
    graph.require("d", before: "a")
    #expect(graph.sorted().order == ["b", "c", "d", "a"])
  }

  @Test("a cycle is told, and everything still gets its place")
  func cycle() {
    var graph = Graph<String>()
    graph.require("a", before: "b")
    graph.require("b", before: "c")
    graph.require("c", before: "a")
    graph.require("c", before: "d")
    let (order, cycles) = graph.sorted()
    #expect(cycles == [["a", "b", "c"]])
    #expect(order == ["a", "b", "c", "d"])
  }

  @Test("a preference yields to a requirement and to its own contradiction")
  func preferences() {
    var graph = Graph<String>()
    graph.require("a", before: "b")
    graph.prefer("b", before: "a")
    graph.prefer("d", before: "c")
    graph.prefer("y", before: "x")
    graph.prefer("x", before: "y")
    #expect(graph.sorted().order == ["d", "c", "a", "b", "x", "y"])
    #expect(graph.sorted().cycles == [])
  }

  @Test("a chain of 20,000 takes no stack")
  func depth() {
    var graph = Graph<Int>()
    for index in 0..<20_000 { graph.require(index + 1, before: index) }
    #expect(graph.sorted().order == Array((0...20_000).reversed()))
  }
}

@Suite("Order of a plan")
struct OrderingTests {
  @Test("what others need comes first, and goes last")
  func dependencies() {
    var scene = Scene()
    scene.desired = [grant("new", "k"), bucket("new"), key("k")]
    for resource in scene.desired { scene.observed[resource.address] = .absent }
    for resource in [bucket("old"), key("o"), grant("old", "o")] {
      scene.add(undeclared: resource, facts: ["objects": 0])
    }
    #expect(
      scene.plan().lines == [
        "create AccessKey/k", "create Bucket/new", "create Grant/new.k", "delete Grant/old.o", "delete AccessKey/o",
        "delete Bucket/old",
      ]
    )
  }

  @Test("a port is given up before it is taken, though removals come last otherwise")
  func movedPort() {
    var scene = Scene()
    scene.desired = [mapping("new", 80), user("u")]
    for resource in scene.desired { scene.observed[resource.address] = .absent }
    scene.add(undeclared: mapping("old", 80))
    scene.add(undeclared: mapping("old", 443))
    #expect(
      scene.plan().lines == [
        "create User/u", "delete PortMapping/old.tcp-80", "create PortMapping/new.tcp-80",
        "delete PortMapping/old.tcp-443",
      ]
    )
  }

  @Test("a name goes from one bucket to another in this order, and two that swap still get a plan")
  func movedAlias() {
    var scene = Scene()
    scene.add(converged: bucket("a", ["aliases": ["a"]]))
    scene.add(converged: bucket("b", ["aliases": ["b", "www"]]))
    scene.desired = [bucket("a", ["aliases": ["a", "www"]]), bucket("b", ["aliases": ["b"]])]
    #expect(scene.plan().lines == ["update Bucket/b", "update Bucket/a"])
    scene.desired = [bucket("a", ["aliases": ["b", "www"]]), bucket("b", ["aliases": ["a"]])]
    #expect(scene.plan().lines == ["update Bucket/a", "update Bucket/b"])
  }

  @Test("who stops using something does so before it goes")
  func lastUse() {
    var scene = Scene()
    let old = Resource(
      Address(.service, "s"),
      attributes: ["environment": ["K": "1"]],
      dependencies: [key("k").address]
    )
    scene.add(converged: old)
    scene.add(undeclared: key("k"))
    scene.desired = [Resource(old.address, attributes: ["environment": ["K": "2"]])]
    #expect(scene.plan().lines == ["update Service/s", "delete AccessKey/k"])
    #expect(scene.plan().actions.last?.dependencies == [old.address])
  }

  @Test("things that need each other are blocked, with the way round")
  func cycle() {
    var scene = Scene()
    scene.desired = [
      Resource(Address(.service, "a"), attributes: [:], dependencies: [Address(.service, "b")]),
      Resource(Address(.service, "b"), attributes: [:], dependencies: [Address(.service, "a")]),
    ]
    for resource in scene.desired { scene.observed[resource.address] = .absent }
    #expect(scene.plan().lines == ["blocked Service/a", "blocked Service/b"])
    #expect(scene.plan().actions.first?.reason.contains("Service/a -> Service/b -> Service/a") == true)
    #expect(scene.decide(Address(.service, "b")).action == scene.plan().actions.last)
  }
}

@Suite("Waiting")
struct HoldingTests {
  @Test("what needs an unknown resource waits, unless that is in the inventory")
  func unknownDependency() {
    var scene = Scene()
    scene.desired = [bucket("b"), key("k"), grant("b", "k")]
    scene.observed = [
      bucket("b").address: .unknown(reason: "timed out"), key("k").address: .absent,
      grant("b", "k").address: .absent,
    ]
    #expect(scene.plan().lines == ["create AccessKey/k"])
    #expect(scene.plan().unknown.map(\.reason) == ["timed out", "it waits for Bucket/b: timed out"])
    scene.records = [record(bucket("b"))]
    #expect(scene.plan().lines == ["create AccessKey/k", "create Grant/b.k"])
  }

  @Test("what needs a blocked resource is blocked")
  func blockedDependency() {
    var scene = Scene()
    scene.desired = [bucket("b"), key("k"), grant("b", "k")]
    scene.observed = [
      bucket("b").address: present([:]), key("k").address: .absent, grant("b", "k").address: .absent,
    ]
    #expect(scene.plan().lines == ["create AccessKey/k", "blocked Bucket/b", "blocked Grant/b.k"])
  }

  @Test("grant and key stay as long as a bucket with content does")
  func contentKeepsGrant() {
    var scene = Scene()
    scene.add(undeclared: bucket("b"), facts: ["objects": 1])
    scene.add(undeclared: key("k"))
    scene.add(undeclared: grant("b", "k"))
    #expect(scene.plan().lines == ["blocked AccessKey/k", "blocked Bucket/b", "blocked Grant/b.k"])
  }

  @Test("grants go with a bucket that is retained, and withdrawing one needs no permission to prune")
  func grantsGo() {
    var scene = Scene()
    scene.add(undeclared: bucket("b", policies: Policies(deletion: .retain)), facts: ["objects": 1])
    scene.add(converged: key("k"))
    scene.add(undeclared: grant("b", "k"))
    #expect(scene.plan().lines == ["delete Grant/b.k", "forget Bucket/b"])
    scene.context.prune = false
    #expect(scene.plan().unpruned == [bucket("b").address, grant("b", "k").address])
    scene.desired.append(bucket("b"))
    #expect(scene.plan().lines == ["delete Grant/b.k"])
  }

  @Test("a plan for one resource brings what it needs")
  func scope() {
    var scene = Scene()
    scene.desired = [bucket("b"), bucket("c"), key("k"), grant("b", "k")]
    for resource in scene.desired { scene.observed[resource.address] = .absent }
    scene.context.scope = .only([grant("b", "k").address])
    #expect(scene.plan().lines == ["create AccessKey/k", "create Bucket/b", "create Grant/b.k"])
  }
}

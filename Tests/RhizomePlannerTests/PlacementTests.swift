import RhizomeModel
import Testing

@testable import RhizomePlanner

@Suite("Placement")
struct PlacementTests {
  private let zones = ["east", "west"].map {
    Resource(Address(.zone, $0), attributes: ["gateway": ["mode": $0 == "west" ? "upnp" : "none"]])
  }

  private func node(_ name: String, _ zone: String, _ more: Value = [:], labels: [String: String] = [:]) -> Resource {
    var attributes = more
    attributes["zone"] = .string(zone)
    return Resource(Address(.node, name), attributes: attributes, labels: labels)
  }

  private func service(_ name: String, _ attributes: Value = [:]) -> Resource {
    Resource(Address(.service, name), attributes: attributes)
  }

  private func place(_ services: [Resource], _ nodes: [Resource], current: [String: [String]] = [:]) -> PlacementResult
  {
    var before: [Address: [String]] = [:]
    for (name, nodes) in current { before[Address(.service, name)] = nodes }
    return Placement.place(services: services, nodes: nodes, zones: zones, current: before)
  }

  private func nodes(_ result: PlacementResult, _ name: String) -> [String]? { result.nodes[Address(.service, name)] }

  @Test("replicas spread over homes before machines")
  func spread() {
    let machines = [node("a", "east"), node("b", "east"), node("c", "west")]
    #expect(nodes(place([service("s", ["replicas": 2])], machines), "s") == ["a", "c"])
    #expect(nodes(place([service("s", ["replicas": 3])], machines), "s") == ["a", "b", "c"])
  }

  @Test("services share machines out")
  func load() {
    let result = place([service("s"), service("t")], [node("a", "east"), node("b", "east")])
    #expect(nodes(result, "s") == ["a"])
    #expect(nodes(result, "t") == ["b"])
  }

  @Test(
    "a machine has to fit",
    arguments: [
      (["placement": ["zones": ["west"]]], "c"), (["placement": ["nodes": ["b"]]], "b"),
      (["placement": ["labels": ["disk": "ssd"]]], "b"), (["placement": ["needs": ["arch": "aarch64"]]], "c"),
      (["placement": ["needs": ["memory": 2_000]]], "b"),
      (["ports": ["http": ["port": 80, "public": ["port": 80]]]], "c"),
    ] as [(Value, String)]
  )
  func fit(attributes: Value, expected: String) {
    let machines = [
      node("a", "east", ["capacity": ["arch": "x86_64", "memory": 1_000]]),
      node("b", "east", ["capacity": ["arch": "x86_64", "memory": 4_000]], labels: ["disk": "ssd"]),
      node("c", "west", ["capacity": ["arch": "aarch64", "memory": 1_000]]),
    ]
    #expect(nodes(place([service("s", attributes)], machines), "s") == [expected])
  }

  @Test("a public port has one owner in a home, and one instance there")
  func ports() {
    let web: Value = ["replicas": 2, "ports": ["http": ["port": 80, "public": ["port": 80]]]]
    let result = place(
      [service("s", web), service("t", web)],
      [node("a", "east"), node("b", "west"), node("c", "west")]
    )
    #expect(nodes(result, "s") == ["a", "b"])
    #expect(nodes(result, "t") == [])
    #expect(result.problems.map(\.address) == [Address(.service, "t")])
    #expect(result.problems.first?.message.contains("tcp/80 of Zone/east belongs to Service/s") == true)
  }

  @Test("what runs stays, unless its machine is drained or gone")
  func stability() {
    let machines = [node("a", "east"), node("b", "east"), node("c", "west", ["maintenance": ["drain": true]])]
    #expect(nodes(place([service("s")], machines, current: ["s": ["b"]]), "s") == ["b"])
    #expect(nodes(place([service("s")], machines, current: ["s": ["c"]]), "s") == ["a"])
    #expect(nodes(place([service("s")], machines, current: ["s": ["z"]]), "s") == ["a"])
    #expect(nodes(place([service("s", ["replicas": 0])], machines, current: ["s": ["b"]]), "s") == [])
  }

  @Test("the order of what is declared makes no difference")
  func determinism() {
    let machines = (0..<9).map { node("n\($0)", $0 % 2 == 0 ? "east" : "west") }
    let services = (0..<9).map { service("s\($0)", ["replicas": .integer($0 % 3)]) }
    let first = place(services, machines)
    for seed: UInt64 in 1...20 {
      var random = SeededGenerator(seed: seed)
      #expect(place(services.shuffled(using: &random), machines.shuffled(using: &random)) == first)
    }
  }
}

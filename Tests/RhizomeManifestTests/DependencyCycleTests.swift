import RhizomeManifest
import RhizomeModel
import Testing

@Suite("Circles of dependencies")
struct DependencyCycleTests {
  private func address(_ name: String) -> Address { Address(.service, name) }

  private func graph(_ edges: [String: [String]]) -> [Address: [Address]] {
    Dictionary(uniqueKeysWithValues: edges.map { (address($0.key), $0.value.map(address)) })
  }

  @Test("none where everything has an order")
  func none() {
    #expect(DependencyCycle.find(in: graph(["a": ["b", "c"], "b": ["c"], "c": [], "d": ["a", "gone"]])) == nil)
  }

  @Test("one is told from its smallest member on")
  func found() {
    let cycle = DependencyCycle.find(in: graph(["x": ["c"], "c": ["a"], "a": ["b"], "b": ["c", "x"]]))
    #expect(cycle == ["a", "b", "c"].map(address))
    #expect(DependencyCycle.find(in: graph(["a": ["a"]])) == [address("a")])
  }

  @Test("a chain of 100,000 needs no deep stack")
  func long() {
    var edges: [Address: [Address]] = [:]
    for number in 0..<100_000 { edges[address("\(number)")] = [address("\(number + 1)")] }
    edges[address("100000")] = [address("0")]
    #expect(DependencyCycle.find(in: edges)?.count == 100_001)
  }
}

import Testing

@testable import RhizomeModel

@Suite("What was seen")
struct ObservationTests {
  @Test func `is the same when it shares what was made`() {
    var seen = ObservedResource(attributes: ["quota": 1], engineID: "x", facts: ["objects": 2])
    seen.isStranger = true
    #expect(Observation.present(seen).sharing(["quota": 1]) == .present(seen))
  }

  @Test(arguments: [
    Observation.present(ObservedResource(attributes: ["quota": 2])), .present(ObservedResource(attributes: [:])),
    .absent,
    .unknown(reason: "no answer"),
  ]) func `is left alone where it is not what was made`(_ seen: Observation) {
    #expect(seen.sharing(["quota": 1]) == seen)
  }

  @Test func `copies do not change with each other`() {
    let first = ObservedResource(attributes: ["quota": 1])
    var second = first
    second.attributes["quota"] = 2
    second.facts["objects"] = 3
    #expect(first == ObservedResource(attributes: ["quota": 1]))
    #expect(second == ObservedResource(attributes: ["quota": 2], facts: ["objects": 3]))
  }
}

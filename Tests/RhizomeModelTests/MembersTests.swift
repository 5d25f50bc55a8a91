import Foundation
import Testing

@testable import RhizomeModel

@Suite("Members of a map")
struct MembersTests {
  @Test func `are sorted by name, whatever order they came in`() {
    let members = Members([("quota", 1), ("access", 2), ("web", 3)])
    #expect(members.keys == ["access", "quota", "web"])
    #expect(members.values == [2, 1, 3])
    #expect(members.map(\.key) == members.keys)
  }

  @Test func `of two with one name the last one counts, in order or not`() {
    #expect(Members([("a", 1), ("a", 2), ("b", 3)]) == ["a": 2, "b": 3])
    #expect(Members([("b", 1), ("a", 2), ("b", 3)]) == ["a": 2, "b": 3])
  }

  @Test func `a member that is set to nil is gone, and one that is null is there`() {
    var members: Members = ["a": 1, "b": 2]
    members["a"] = nil
    members["absent"] = nil
    members["null"] = .some(.null)
    #expect(members == ["b": 2, "null": .null])
    #expect(members["null"] == .some(.null) && members["a"] == nil)
  }

  @Test(arguments: 0..<20) func `behave like a dictionary under any changes`(_ seed: Int) {
    var (members, oracle): (Members, [String: Value]) = ([:], [:])
    var state = UInt64(seed)
    for step in 0..<200 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let name = String(state >> 33 % 40, radix: 36)
      let value: Value? = state >> 40 % 3 == 0 ? nil : .integer(Int64(step))
      members[name] = value
      oracle[name] = value
      #expect(members[name] == oracle[name])
    }
    #expect(members.count == oracle.count)
    #expect(members.keys == oracle.keys.sorted())
    #expect(members == Members(oracle) && members.hashValue == Members(oracle).hashValue)
    #expect(members.filter { $0.key < "k" } == Members(oracle.filter { $0.key < "k" }))
  }

  @Test func `names that are one to Unicode are one member`() {
    var members: Members = ["caf\u{e9}": 1]
    members["cafe\u{301}"] = 2
    #expect(members.count == 1 && members["caf\u{e9}"] == 2)
  }

  @Test func `are written as a JSON object and come back`() throws {
    let value: Value = ["b": ["x": 1], "a": [.boolean(true), .null]]
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = try encoder.encode(value)
    #expect(String(decoding: text, as: UTF8.self) == #"{"a":[true,null],"b":{"x":1}}"#)
    #expect(try JSONDecoder().decode(Value.self, from: text) == value)
  }
}

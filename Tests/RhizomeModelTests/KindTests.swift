import RhizomeModel
import Testing

@Suite struct KindTests {
  @Test func `ranks count up in the order of all kinds, so that sorting by them puts foundations first`() {
    #expect(Kind.allCases.map(\.rank) == Array(0..<Kind.allCases.count))
  }

  @Test func `every kind differs from every other as an element of a set`() {
    #expect(Set(Kind.allCases).count == Kind.allCases.count)
  }
}

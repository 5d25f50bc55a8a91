import Foundation
import RhizomeModel
import Testing

@Suite("Drift policies")
struct PoliciesTests {
  private static let size = FieldPath(["quotas", "size"])
  private static let quotas = FieldPath(["quotas"])

  @Test func theLongestPathCounts() {
    let policies = Policies(drift: .ignore, fieldDrift: [Self.quotas: .report, Self.size: .heal])
    #expect(policies.drift(at: Self.size) == .heal)
    #expect(policies.drift(at: Self.size.appending("below")) == .heal)
    #expect(policies.drift(at: Self.quotas.appending("objects")) == .report)
    #expect(policies.drift(at: Self.quotas) == .report)
    #expect(policies.drift(at: FieldPath(["website"])) == .ignore)
    #expect(policies.drift(at: nil) == .ignore)
  }

  @Test func aWordForAFieldSaysNothingOfWhatIsAround() {
    #expect(Policies(drift: .report, fieldDrift: [Self.size: .heal]).drift(at: Self.quotas) == .report)
  }

  @Test func whatNobodySeesMattersWhereAFieldDoes() {
    #expect(Policies(drift: .ignore).driftUnseen == .ignore)
    #expect(Policies(drift: .ignore, fieldDrift: [Self.size: .ignore]).driftUnseen == .ignore)
    #expect(Policies(drift: .ignore, fieldDrift: [Self.size: .report]).driftUnseen == .report)
    #expect(Policies(drift: .ignore, fieldDrift: [Self.size: .report, Self.quotas: .heal]).driftUnseen == .heal)
    #expect(Policies(drift: .report, fieldDrift: [Self.size: .heal]).driftUnseen == .report)
  }

  @Test("what is nearer wins, however exact the farther level is")
  func levels() {
    let kind = DriftWords(whole: .report, fields: [Self.size: .ignore])
    let cluster = DriftWords(whole: .heal)
    #expect(DriftWords().before(kind).before(cluster) == kind)
    #expect(DriftWords(whole: .heal).before(kind) == DriftWords(whole: .heal))
    let near = DriftWords(fields: [Self.quotas: .heal]).before(kind)
    #expect(near == DriftWords(whole: .report, fields: [Self.quotas: .heal]))
    let exact = DriftWords(fields: [Self.size: .heal]).before(DriftWords(fields: [Self.quotas: .ignore]))
    #expect(exact.before(cluster) == DriftWords(whole: .heal, fields: [Self.size: .heal, Self.quotas: .ignore]))
  }

  @Test("records of earlier versions can be read, and those that need no more can be read by them")
  func records() throws {
    let earlier = #"{"adopts":false,"deletion":"delete","drift":"report","ignoredDrift":["quotas"],"isProtected":true}"#
    let policies = Policies(isProtected: true, drift: .report, fieldDrift: [Self.quotas: .ignore])
    #expect(try JSONDecoder().decode(Policies.self, from: Data(earlier.utf8)) == policies)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(String(decoding: try encoder.encode(policies), as: UTF8.self) == earlier)
  }

  @Test func everyWordSurvivesTheRecord() throws {
    let file = FieldPath(["files", "/etc/a.conf"])
    let policies = Policies(drift: .heal, fieldDrift: [Self.size: .report, Self.quotas: .ignore, file: .heal])
    #expect(try JSONDecoder().decode(Policies.self, from: JSONEncoder().encode(policies)) == policies)
  }

  @Test func aRecordWithABrokenPathIsRefused() {
    let text =
      #"{"adopts":false,"deletion":"delete","drift":"heal","ignoredDrift":[],"fieldDrift":{"a[":"heal"},"isProtected":false}"#
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Policies.self, from: Data(text.utf8)) }
  }
}

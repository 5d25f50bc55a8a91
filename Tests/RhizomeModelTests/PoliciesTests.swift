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

  @Test func whatMayBeHalfDoneIsPutRightAndNothingElse() {
    let policies = Policies(drift: .report, fieldDrift: [Self.size: .ignore, FieldPath(["website"]): .heal])
    #expect(policies.healing(nil) == Policies())
    #expect(policies.healing([]) == policies)
    #expect(policies.healing([Self.size]).drift(at: Self.size) == .heal)
    let whole = policies.healing([Self.quotas])
    #expect(whole.drift(at: Self.size) == .heal && whole.drift(at: FieldPath(["cors"])) == .report)
    #expect(policies.healing([FieldPath(["website", "error"])]) == policies)
  }

  @Test("what an update may leave half done adds up, and is everything where that is not known")
  func halfDone() {
    let change = FieldChange(path: Self.size, from: 1, to: 2)
    let address = Address(.bucket, "b")
    let update = Action(.update, address, reason: "", changes: [change])
    let begun = { (fields: [FieldPath]?) in
      Intent(address: address, verb: .update, revision: 1, startedAt: Timestamp(milliseconds: 0), fields: fields)
    }
    #expect(Intent.fields(of: update, after: nil) == [Self.size])
    #expect(Intent.fields(of: update, after: begun([FieldPath(["cors"])])) == [FieldPath(["cors"]), Self.size])
    #expect(Intent.fields(of: update, after: begun(nil)) == nil)
    #expect(Intent.fields(of: Action(.create, address, reason: ""), after: nil) == nil)
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

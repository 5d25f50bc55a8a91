import Foundation
import RhizomeAPI
import RhizomeCommands
import RhizomeModel
import Testing

@Suite("Files of an adoption")
struct AdoptionFilesTests {
  private let documents: [AdoptionView.Document] = [
    .init(address: Address(.accessKey, "a"), text: "one\n"), .init(address: Address(.bucket, "b"), text: "two\n"),
    .init(address: Address(.bucket, "c"), text: "three\n"),
  ]

  @Test("one file a kind, or one a resource")
  func spread() {
    let kinds = AdoptionFiles(documents, per: .kind).files
    #expect(kinds.map(\.name) == ["access-keys.yaml", "buckets.yaml"])
    #expect(kinds.last?.text == "two\n---\nthree\n")
    let names = AdoptionFiles(documents, per: .resource).files.map(\.name)
    #expect(names == ["access-key-a.yaml", "bucket-b.yaml", "bucket-c.yaml"])
  }

  @Test("nothing is written over, and nothing at all when something is in the way")
  func inTheWay() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("adopt-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let files = AdoptionFiles(documents, per: .kind)
    try files.write(to: folder, adding: false)
    #expect(throws: (any Error).self) { try files.write(to: folder, adding: false) }
    #expect(throws: (any Error).self) { try files.write(to: folder, adding: true) }
    let other = AdoptionFiles([.init(address: Address(.user, "u"), text: "four\n"), documents[0]], per: .kind)
    #expect(throws: (any Error).self) { try other.write(to: folder, adding: true) }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["access-keys.yaml", "buckets.yaml"]
    )
  }

  @Test("what it tells: unknown first, and never as nothing")
  func told() {
    let remarks = [
      SurveyRemark(.byHand, "Zone/home", "is set up by hand"),
      SurveyRemark(.inexpressible, "User/anna", "keeps her picture"),
      SurveyRemark(.unknown, "the gateway", "was silent"),
    ]
    #expect(
      AdoptionOutput.remarks(remarks) == [
        "Could not be read, so nobody knows what is there:", "  the gateway was silent",
        "Stays as it is, and is not in the manifests:", "  User/anna keeps her picture",
        "Looked after by hand, so there is nothing to adopt:", "  Zone/home is set up by hand",
      ]
    )
  }
}

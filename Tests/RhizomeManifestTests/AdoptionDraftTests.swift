import RhizomeManifest
import RhizomeModel
import Testing

@Suite("Drafting adoptions")
struct AdoptionDraftTests {
  private let context = Adoption.Context(clusterID: "c")

  private func bucket(_ id: String, _ aliases: [String], mark: OwnershipMark? = nil) -> SurveyedObject {
    SurveyedObject(.bucket, key: id, names: aliases + [id], attributes: ["aliases": .strings(aliases)], mark: mark)
  }

  private func user(_ name: String, _ attributes: Value = ["displayName": "x", "surname": "x"]) -> SurveyedObject {
    SurveyedObject(.user, key: name, names: [name], isNameFixed: true, attributes: attributes)
  }

  private func names(_ draft: AdoptionDraft) -> [String] { draft.declarations.map(\.address.name) }

  @Test("names that are no labels are made to fit, and never collide")
  func names() {
    let survey = Survey(objects: [bucket("3", ["a.b"]), bucket("1", ["a-b"]), bucket("2", ["a.b.", "ab"])])
    let draft = Adoption.draft(survey, .init(clusterID: "c", taken: [Address(.bucket, "a-b")]))
    #expect(Set(names(draft)).count == 2)
    #expect(!names(draft).contains("a-b"))
    let long = Adoption.draft(Survey(objects: [bucket("1", [String(repeating: "a.", count: 31) + "a"])]), context)
    #expect(names(long) == [String(repeating: "a-", count: 31) + "a"])
  }

  @Test("equal surveys give equal drafts, whatever their order")
  func order() {
    let objects = [bucket("3", ["x.y"]), bucket("1", ["x-y"]), user("zoe"), user("anna")]
    let first = Adoption.draft(Survey(objects: objects), context)
    #expect(Adoption.draft(Survey(objects: objects.reversed()), context) == first)
    #expect(names(first) == ["x-y", "x-y-2", "anna", "zoe"])
  }

  @Test("a name that the engine finds it by is kept, or the object is not declared")
  func fixedNames() {
    let draft = Adoption.draft(Survey(objects: [user("anne.marie"), user("zoe")]), context)
    #expect(names(draft) == ["zoe"])
    #expect(draft.remarks.map(\.subject) == ["User anne.marie"])
  }

  @Test("our mark without a record names it; another cluster's mark keeps us away")
  func marks() {
    let ours = OwnershipMark(clusterID: "c", address: Address(.bucket, "site"))
    let theirs = OwnershipMark(clusterID: "other", address: Address(.bucket, "site"))
    let survey = Survey(objects: [bucket("1", ["www"], mark: ours), bucket("2", ["theirs"], mark: theirs)])
    let draft = Adoption.draft(survey, context)
    #expect(names(draft) == ["site"])
    #expect(draft.declarations.first?.spec["aliases"] == ["www"])
    #expect(draft.remarks.first?.message.contains("the mark of another cluster") == true)
  }

  @Test("a field that would not read back is left out and told, where that changes nothing")
  func unwritableField() {
    let key = SurveyedObject(
      .accessKey,
      key: "GK31c2f218a2e44f485b94239e",
      names: ["${x}"],
      attributes: ["displayName": "${bucket.site.url}", "createBucket": true]
    )
    let draft = Adoption.draft(Survey(objects: [key]), context)
    #expect(draft.declarations.first?.spec["displayName"] == .null)
    #expect(draft.declarations.first?.spec["createBucket"] == true)
    #expect(draft.remarks.first?.message.contains("keeps its 'displayName'") == true)
    let person = user("eve", ["displayName": "${bucket.site.url}", "surname": "x"])
    let none = Adoption.draft(Survey(objects: [person]), context)
    #expect(none.declarations.isEmpty)
    #expect(none.remarks.count == 1)
  }

  @Test("a right on a declared bucket is told with the line to add")
  func rightOnDeclared() {
    let site = Address(.bucket, "site")
    var declared = bucket("1", ["site"])
    declared.managed = site
    let key = SurveyedObject(.accessKey, key: "GK31c2f218a2e44f485b94239e", names: ["Back up"], attributes: [:])
    let grant = SurveyedObject(
      .grant,
      key: "1/GK",
      names: [],
      attributes: ["bucket": "1", "accessKey": .string(key.key), "read": true, "write": false, "owner": false]
    )
    let draft = Adoption.draft(Survey(objects: [declared, key, grant]), .init(clusterID: "c", taken: [site]))
    #expect(names(draft) == ["back-up"])
    #expect(draft.remarks.map(\.subject) == ["Bucket/site"])
    #expect(draft.remarks.first?.message.contains("- {key: back-up, permissions: [read]}") == true)
  }

  @Test("hostile names cannot write a second line into a remark")
  func hostileRemarks() {
    let draft = Adoption.draft(Survey(objects: [user("eve\nUser/root is fine\u{1B}[2J\u{202E}")]), context)
    let shown = draft.remarks.map { $0.subject + $0.message }.joined()
    #expect(!shown.contains("\n") && !shown.contains("\u{1B}") && !shown.contains("\u{202E}"))
  }

  @Test("ports of the router: which can be declared, and how the rest is told")
  func ports() throws {
    let declared: DesiredState = try #require(load(foundation + Self.declaredService).desired)
    let cluster = Adoption.Context(clusterID: "c", desired: declared)
    func port(_ external: Int64, _ inner: Int64, _ client: String = "192.168.1.20", label: String = "Wiki")
      -> SurveyedObject
    {
      SurveyedObject(
        .portMapping,
        key: "home.tcp-\(external)",
        names: [label],
        attributes: [
          "zone": "home", "protocol": "tcp", "externalPort": .integer(external), "internalAddress": .string(client),
          "internalPort": .integer(inner),
        ]
      )
    }
    let survey = Survey(objects: [
      port(80, 8_000), port(443, 8_001), port(444, 8_001), port(500, 5_000, "192.168.1.77"), port(8_443, 9_000),
      port(99, 99, label: ""),
    ])
    let draft = Adoption.draft(survey, cluster)
    #expect(names(draft) == ["ports-of-laptop", "wiki"])
    #expect(draft.declarations.last?.spec["ports"].map?.keys.sorted() == ["tcp-443", "tcp-80"])
    #expect(
      draft.remarks.map(\.subject) == [
        "PortMapping/home.tcp-444", "PortMapping/home.tcp-500", "PortMapping/home.tcp-8443",
      ]
    )
    #expect(draft.remarks.last?.message.contains("the port 'main' of Service/app") == true)
  }

  private static let declaredService = """
    ---
    apiVersion: rhizome/v1
    kind: Service
    metadata: {name: app}
    spec: {run: {process: {command: [/bin/app]}}, ports: [{name: main, port: 9000}]}
    """
}

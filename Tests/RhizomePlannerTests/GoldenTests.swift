import Foundation
import RhizomeModel
import Testing

@testable import RhizomePlanner

/// Compares with `Golden/NAME`; RECORD_SNAPSHOTS=1 writes the file anew.
func expectGolden(_ text: String, _ name: String) throws {
  try expectFile(text, URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)"))
}

/// Compares with a file; RECORD_SNAPSHOTS=1 writes it anew.
private func expectFile(_ text: String, _ file: URL) throws {
  if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }
  let expected = try String(contentsOf: file, encoding: .utf8)
  #expect(text == expected, "differs from \(file.lastPathComponent); RECORD_SNAPSHOTS=1 writes it anew")
}

private func json(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
}

@Suite("What people and programs get to read")
struct GoldenTests {
  /// A cluster in which a bit of everything is going on.
  static func scene(isRefused: Bool = false) -> Scene {
    var scene = Scene()
    scene.context.prune = true
    let cluster = Resource(
      Address(.cluster, "plant"),
      attributes: ["policy": ["deletions": ["max": isRefused ? 1 : 9, "percent": 90]]]
    )
    scene.add(converged: cluster)
    addStorage(to: &scene)
    addPeople(to: &scene)
    addServices(to: &scene)
    scene.foreign = [
      ForeignObject(address: bucket("stray").address, summary: "a bucket\u{1B}[31m that nobody declared")
    ]
    return scene
  }

  private static func addStorage(to scene: inout Scene) {
    let site = bucket(
      "site",
      [
        "aliases": ["site", "www.plant.example"], "website": ["index": "index.html"],
        "quotas": ["size": .integer(10 << 30)],
      ]
    )
    scene.desired += [
      site, key("publisher"), grant("site", "publisher", ["read": true, "write": true, "owner": false]),
    ]
    for address in [site.address, key("publisher").address, grant("site", "publisher").address] {
      scene.observed[address] = .absent
    }
    let media = bucket("media", ["aliases": ["media", "old"], "quotas": ["size": .integer(10 << 30), "objects": 5]])
    scene.add(converged: media)
    scene.desired.removeAll { $0.address == media.address }
    scene.desired.append(bucket("media", ["aliases": ["media", "new"], "quotas": ["size": .integer(20 << 30)]]))
    scene.add(undeclared: bucket("empty"), facts: ["objects": 0, "bytes": 0])
    scene.add(
      undeclared: bucket("archive", policies: Policies(deletion: .retain)),
      facts: ["objects": 12, "bytes": 3_500_000]
    )
    scene.add(undeclared: bucket("full"), facts: ["objects": 1, "bytes": 700])
    scene.desired.append(bucket("legacy", ["quotas": ["objects": 3]], policies: Policies(adopts: true)))
    scene.observed[bucket("legacy").address] = present(.map(["quotas": .null]), facts: ["objects": 2, "bytes": 20])
    scene.desired.append(bucket("taken"))
    scene.observed[bucket("taken").address] = present([:])
  }

  private static func addPeople(to scene: inout Scene) {
    let tells = Policies(fieldDrift: [FieldPath(["mail"]): .report])
    scene.add(
      converged: user("alice", ["displayName": "Alice Rivière", "mail": ["alice@plant.example"]], policies: tells)
    )
    scene.observed[user("alice").address] = present(["displayName": "Mallory", "mail": ["mallory@plant.example"]])
    scene.add(converged: user("bob", ["displayName": "Bob"], policies: Policies(drift: .report)))
    scene.observed[user("bob").address] = present(["displayName": "Bobby"])
    scene.add(undeclared: user("carol"))
    scene.add(converged: user("dave"))
    scene.observed[user("dave").address] = .unknown(reason: "the directory did not answer within 5 s")
  }

  private static func addServices(to scene: inout Scene) {
    let secret = { (text: String) in Value.sensitive(Sensitive(fingerprint: text, cleartext: "clear-\(text)")) }
    let before: Value = [
      "environment": ["TOKEN": secret("1")], "stopGrace": 10_000,
      "files": ["app.conf": ["path": "app.conf", "content": "a\nb"]],
    ]
    let after: Value = [
      "environment": ["TOKEN": secret("2")], "stopGrace": 90_000,
      "files": ["app.conf": ["path": "app.conf", "content": "a\nc"]],
    ]
    scene.add(converged: Resource(Address(.service, "guestbook"), attributes: before, home: .node("laptop")))
    scene.desired.removeAll { $0.address.kind == .service }
    scene.desired.append(Resource(Address(.service, "guestbook"), attributes: after, home: .node("laptop")))
    scene.add(undeclared: mapping("home", 8080))
  }

  @Test("a plan as text")
  func text() throws {
    try expectGolden(PlanText.render(Self.scene().plan()), "plan.txt")
    try expectGolden(PlanText.render(Self.scene().plan(), usesColour: true), "plan-colour.txt")
  }

  @Test("what a person let go of is listed and counts nowhere; another object under its name is an orphan")
  func kept() {
    let address = bucket("photos").address
    let letGo = LetGo(address: address, engineID: "7", revision: 4)
    func entry(_ id: String) -> DriftEntry {
      let mark = OwnershipMark(clusterID: "c", address: address)
      let object = ForeignObject(address: address, engineID: id, mark: mark, summary: "a bucket with 3 objects")
      return DriftEntry.extra(object, clusterID: "c", letGo: letGo)
    }
    func report(_ entries: [DriftEntry]) -> DriftReport {
      DriftReport(cluster: "plant", generatedAt: Timestamp(milliseconds: 0), entries: entries)
    }
    #expect(entry("7").isKept && entry("7").isForeign && !entry("8").isKept && !entry("8").isForeign)
    let calm = report([entry("7")])
    #expect(calm.table.contains("kept: a bucket with 3 objects, which is not declared since revision 4;"))
    #expect(calm.table.contains("No drift: everything is as Rhizome made it. 1 kept that was let go of."))
    #expect(calm.junit.contains("failures=\"0\" errors=\"0\" skipped=\"1\""))
    #expect(calm.prometheus.contains("rhizome_drift_entries{kind=\"extra\"} 0"))
    let orphan = report([entry("8")])
    #expect(orphan.table.contains("1 difference: 1 extra.") && orphan.junit.contains("failures=\"1\""))
  }

  @Test("nothing to do is no claim that all is as declared, where somebody changed what is left alone")
  func contradictions() {
    func text(_ drift: [DriftEntry]) -> String {
      PlanText.render(Plan(clusterName: "plant", actions: [], drift: drift))
    }
    let missing = DriftEntry(address: bucket("site").address, kind: .missing, policy: .report, detail: "it is gone")
    #expect(!text([missing]).contains("is what its manifests say") && text([missing]).contains("left as it is:"))
    let stray = DriftEntry(address: bucket("stray").address, kind: .extra, policy: .report)
    #expect(text([stray]).contains("is what its manifests say") && !text([stray]).contains("Changed by somebody else"))
    #expect(text([stray]).contains("There beside what is declared, and left alone:\n  Bucket/stray"))
  }

  @Test("a refused plan is loud")
  func refused() throws {
    let plan = Self.scene(isRefused: true).plan()
    try expectGolden(PlanText.render(plan), "plan-refused.txt")
    try expectGolden(PlanMarkdown.render(plan), "plan-refused.md")
  }

  @Test("a plan without permission to prune, and one without anything")
  func small() throws {
    var scene = Scene()
    scene.context.prune = false
    scene.add(converged: user("alice"))
    try expectGolden(PlanText.render(scene.plan()), "plan-empty.txt")
    scene.add(undeclared: user("carol"))
    try expectGolden(PlanText.render(scene.plan()), "plan-unpruned.txt")
  }

  @Test("a plan as Markdown")
  func markdown() throws {
    try expectGolden(PlanMarkdown.render(Self.scene().plan()), "plan.md")
  }

  @Test("a plan as JSON, which comes back as the same plan")
  func document() throws {
    let document = PlanDocument(Self.scene().plan())
    let text = try json(document)
    try expectGolden(text, "plan.json")
    #expect(try JSONDecoder().decode(PlanDocument.self, from: Data(text.utf8)) == document)
  }

  @Test("a drift report as table, Markdown and JSON")
  func drift() throws {
    let report = DriftReport(cluster: "plant", generatedAt: noon, entries: Self.scene().plan().drift)
    try expectGolden(report.table, "drift.txt")
    try expectGolden(report.wideTable, "drift-wide.txt")
    try expectGolden(report.markdown, "drift.md")
    let text = try json(report)
    try expectGolden(text, "drift.json")
    #expect(try JSONDecoder().decode(DriftReport.self, from: Data(text.utf8)) == report)
  }

  @Test("a drift report for build servers, reviews, monitoring and people, and an empty one")
  func driftFormats() throws {
    let entries = Self.scene().plan().drift
    let place = SourceLocation(file: "people/staff & co.yaml", line: 12, column: 1)
    let declarations = [Address(.user, "alice"): place]
    let report = DriftReport(cluster: "plant", generatedAt: noon, entries: entries, declarations: declarations)
    try expectGolden(report.html, "drift.html")
    try expectGolden(report.junit, "drift.junit.xml")
    try expectGolden(report.prometheus, "drift.prom")
    try expectGolden(report.sarif(toolVersion: "0.0.0"), "drift.sarif")
    let calm = DriftReport(cluster: "plant", generatedAt: noon, entries: [])
    let quiet = Self.muting(entries, declarations)
    try expectGolden(quiet.table, "drift-muted.txt")
    try expectGolden(quiet.markdown, "drift-muted.md")
    try expectGolden(quiet.html, "drift-muted.html")
    try expectGolden(quiet.prometheus, "drift-muted.prom")
    try expectGolden(quiet.junit, "drift-muted.junit.xml")
    try expectGolden(quiet.sarif(toolVersion: "0.0.0"), "drift-muted.sarif")
    try expectGolden(calm.html, "drift-none.html")
    try expectGolden(calm.junit, "drift-none.junit.xml")
    try expectGolden(calm.prometheus, "drift-none.prom")
  }

  @Test("the JSON Schema of the report is the one in Docs")
  func schema() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Docs")
    try expectFile(DriftReport.jsonSchema, root.appending(path: "DriftReport.schema.json").standardized)
  }

  @Test("the table for terminals fits 80 columns, but for longer words")
  func width() {
    let long = String(repeating: "abcdefghi ", count: 30)
    var entry = DriftEntry(
      address: Address(.user, "alice"),
      field: FieldPath("displayName"),
      kind: .changed,
      desired: .string("a"),
      prior: .string(long),
      observed: .string("b"),
      policy: .heal,
      detail: long
    )
    entry.timesSeen = 4
    let report = Self.muting([entry], [:])
    for table in [report.table, DriftReport(cluster: "plant", generatedAt: noon, entries: [entry]).table] {
      #expect(table.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(table)")
    }
    #expect(DriftReport(cluster: "plant", generatedAt: noon, entries: [entry]).table.contains("seen 4 times"))
  }

  /// A report in which one difference is muted, one mute has ended, and something went away.
  private static func muting(_ entries: [DriftEntry], _ declarations: [Address: RhizomeModel.SourceLocation])
    -> DriftReport
  {
    let mute = { (name: String, field: String, until: Int64) in
      DriftMute(
        address: Address(.user, name),
        field: FieldPath(field),
        until: noon + until,
        because: "she is <moving> | house",
        author: "ann",
        at: noon
      )
    }
    var gone = DriftEntry(address: Address(.bucket, "site"), kind: .missing, policy: .heal, since: noon + -7_200_000)
    gone.timesSeen = 3
    return DriftReport(
      cluster: "plant",
      generatedAt: noon,
      entries: entries,
      declarations: declarations,
      mutes: [mute("alice", "displayName", 86_400_000), mute("bob", "displayName", 0), mute("dave", "mail", 1)],
      resolved: [ResolvedDrift(entry: gone, resolvedAt: noon + -3_600_000, ending: .healed)]
    )
  }

  @Test("a plan that a person approved is compared with one made anew")
  func comparison() {
    let approved = Self.scene().plan()
    #expect(approved.changes(in: Self.scene().plan()) == [])
    var scene = Self.scene()
    scene.observed[user("carol").address] = .absent
    scene.desired.append(user("erin"))
    scene.observed[user("erin").address] = .absent
    #expect(
      approved.changes(in: scene.plan()) == [
        "User/carol was to be deleted, and is now to be forgotten: it is no longer declared, and it is gone already",
        "User/erin needed nothing, and is now to be created: it is declared and does not exist",
      ]
    )
  }

  @Test("nothing in a value can move the cursor or break the line")
  func hostile() {
    #expect(ValueText.text("a\u{1B}[2J\nb\u{202E}") == "\"a\\u{1b}[2J\\nb\\u{202e}\"")
    #expect(ValueText.text(.string(String(repeating: "x", count: 500))).count < 160)
    #expect(Markdown.escaped("<b>|`@x`") == "&lt;b&gt;\\|\\`@<!-- -->x\\`")
  }
}

import Foundation
import OpenSSL
import RhizomeAPI
import RhizomeCommands
import RhizomeModel
import Testing

@Suite("A plan on file")
struct SavedPlanTests {
  private static let pair = Result { try SealingPair.make(commonName: "test", validFor: 3_600) }
  private static let moment = Timestamp(milliseconds: 1_000)

  private static func plan(_ name: String = "home", cluster: String = "c") -> Plan {
    Plan(clusterName: cluster, actions: [Action(.create, Address(.zone, name), reason: "declared")])
  }

  private static func saved(_ plan: Plan = plan()) throws -> SavedPlan {
    let bundle = ManifestBundle(files: ["a.yaml": "password: hunter2"], origin: "/here", author: "me")
    let request = PlanRequest(bundle: bundle, choices: PlanChoices(prune: true))
    let response = PlanResponse(plan: plan, warnings: [], revision: 4)
    return try SavedPlan(request, response, certificate: try pair.get().certificate, at: moment)
  }

  private func withPath(_ body: (String) throws -> Void) rethrows {
    let path = NSTemporaryDirectory() + "plan-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  @Test("is private, also over a file that was not, comes back as it was, and shows no manifest")
  func roundTrip() throws {
    try withPath { path in
      try Self.saved().write(to: path)
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
      try Self.saved().write(to: path)
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(!String(decoding: bytes, as: UTF8.self).contains("hunter2"))
      let back = try SavedPlan.read(from: path)
      #expect(back.plan == Self.plan() && back.revision == 4 && back.origin == "/here" && back.madeAt == Self.moment)
      let opened = try SealedEnvelope.open(back.request().sealed, with: try Self.pair.get())
      let request = try WireFormat.decode(PlanRequest.self, from: Data(opened))
      #expect(request.bundle.files == ["a.yaml": "password: hunter2"] && request.choices.prune)
    }
  }

  @Test(
    "something else than a plan is refused with what to do",
    arguments: ["", "{}", "[", "{\"formatVersion\":99}", "\u{0}"]
  )
  func notAPlan(text: String) throws {
    try withPath { path in
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: SavedPlan.Unreadable.self) { try SavedPlan.read(from: path) }
      #expect(error?.description.contains(path) == true)
    }
  }

  @Test(
    "what is no plan is never overwritten",
    arguments: ["root:x:0:0", "{\"formatVersion\":3}", "apiVersion: rhizome/v1"]
  )
  func overwriting(text: String) throws {
    try withPath { path in
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: SavedPlan.Unreadable.self) { try Self.saved().write(to: path) }
      #expect(error?.description.contains("is there already and is no saved plan") == true)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
      let advice = #expect(throws: SavedPlan.Unreadable.self) { try SavedPlan.read(from: path) }
      #expect(advice?.description.contains("--out \(path)") == false)
    }
    try withPath { path in
      // As mktemp leaves it.
      try Data().write(to: URL(fileURLWithPath: path))
      try Self.saved().write(to: path)
      #expect(try SavedPlan.read(from: path).revision == 4)
    }
  }

  @Test("a file that is cut off anywhere is refused, and never read in part")
  func cutOff() throws {
    try withPath { path in
      try Self.saved().write(to: path)
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      for length in stride(from: 0, to: whole.count - 2, by: max(1, whole.count / 50)) {
        try whole.prefix(length).write(to: URL(fileURLWithPath: path))
        #expect(throws: SavedPlan.Unreadable.self) { try SavedPlan.read(from: path) }
      }
    }
  }

  @Test("names that would move a cursor are refused", arguments: ["ho\u{1B}[2Jme", "a\nb", "a\u{202E}b"])
  func hostile(name: String) throws {
    try withPath { path in
      try Self.saved(Self.plan(name)).write(to: path)
      let error = #expect(throws: SavedPlan.Unreadable.self) { try SavedPlan.read(from: path) }
      #expect(error?.description.contains("somebody has changed it") == true)
      try Self.saved(Self.plan(cluster: name)).write(to: path)
      #expect(throws: SavedPlan.Unreadable.self) { try SavedPlan.read(from: path) }
    }
  }

  @Test("what is no file is refused without waiting for it")
  func special() throws {
    #expect(throws: SavedPlan.Unreadable.self) { try SavedPlan.read(from: "/dev/zero") }
    #expect(throws: SavedPlan.Unreadable.self) { try SavedPlan.read(from: NSTemporaryDirectory()) }
    #expect(throws: SavedPlan.Unreadable.self) { try SavedPlan.read(from: "/nowhere/at/all") }
  }
}

import RhizomeModel
import Testing

@testable import RhizomeStateStore

@Suite("Records")
struct RecordsTests {
  private let store = MemoryStateStore()
  private let at = Timestamp(milliseconds: 1_700_000_000_000)
  private let site = Address(.bucket, "site")
  private let mail = Address(.bucket, "mail")

  private func record(_ address: Address, _ attributes: Value = ["quota": 5]) -> InventoryRecord {
    InventoryRecord(address: address, attributes: attributes, driver: "embedded-storage", source: "folder", revision: 3)
  }

  private func event(_ message: String) -> Event { Event(at: at, address: site, reason: "Tested", message: message) }

  @Test func inventoryRemembersIntentsUntilTheirResult() async throws {
    let inventory = try Inventory(store)
    let intent = Intent(address: site, verb: .create, revision: 3, startedAt: at)
    try await inventory.begin(intent)
    #expect(try await inventory.load() == PriorState(intents: [intent]))
    try await inventory.record(record(site))
    #expect(try await inventory.load() == PriorState(records: [record(site)]))
    #expect(try await inventory.get(site) == record(site))
    try await inventory.begin(Intent(address: site, verb: .delete, revision: 4, startedAt: at))
    try await inventory.forget(site)
    #expect(try await inventory.load() == PriorState())
  }

  /// Watchers and a crash must never see the record together with its intent, or neither of them.
  @Test func resultAndEndOfIntentAreOneRevision() async throws {
    let inventory = try Inventory(store)
    try await inventory.begin(Intent(address: site, verb: .create, revision: 3, startedAt: at))
    let before = try await store.list(.all).revision
    try await inventory.record(record(site))
    for try await batch in inventory.watch(after: before) {
      #expect(batch.changes.map(\.key.text) == ["prior/intent/Bucket/site", "prior/inventory/Bucket/site"])
      break
    }
  }

  @Test func abandonedIntentLeavesTheRecord() async throws {
    let inventory = try Inventory(store)
    try await inventory.record(record(site))
    try await inventory.begin(Intent(address: site, verb: .update, revision: 4, startedAt: at))
    try await inventory.abandon(site)
    #expect(try await inventory.load() == PriorState(records: [record(site)]))
  }

  @Test func cleartextNeverReachesTheStore() async throws {
    let secret = Value.sensitive(Sensitive(fingerprint: "f00d", cleartext: "hunter2"))
    try await Inventory(store).record(record(site, ["secret": secret]))
    let stored = try #require(try await store.list(.all).entries.first)
    #expect(!String(decoding: stored.value, as: UTF8.self).contains("hunter2"))
    #expect(try await Inventory(store).get(site)?.attributes["secret"] == secret)
  }

  @Test func statusBoardWritesOnlyNews() async throws {
    let board = try StatusBoard(store)
    let ready = Condition(.ready, .true, reason: "Converged", message: "All is well.", since: at)
    let status = ResourceStatus(address: site, revision: 1, conditions: [ready], facts: ["b": 1, "a": 2])
    #expect(try await board.post(status))
    let revision = try await store.list(.all).revision
    for _ in 0..<10 { #expect(try await !board.post(status)) }
    #expect(try await store.list(.all).revision == revision, "a world at rest is not written to")
    try await board.post(ResourceStatus(address: mail, revision: 1, conditions: []))
    #expect(try await board.all().statuses.map(\.address) == [mail, site])
    try await board.remove(mail)
    #expect(try await board.get(mail) == nil)
    #expect(try await board.get(site) == status)
  }

  @Test func actionsAreKeptByRevisionAndBounded() async throws {
    let log = try ActionLog(store, capacity: 60)
    let secret = Value.sensitive(Sensitive(fingerprint: "f00d", cleartext: "hunter2"))
    let change = FieldChange(path: FieldPath(["secret"]), from: .null, to: secret)
    for number in 1...100 {
      let record = ActionRecord(
        revision: number % 2,
        verb: .update,
        address: site,
        changes: [change],
        startedAt: at + Int64(number),
        duration: 5
      )
      try await store.transact(then: [log.putting(record)])
    }
    #expect(try await log.records(of: 1).map(\.startedAt) == stride(from: 1, through: 99, by: 2).map { at + $0 })
    try await log.trim()
    #expect(try await log.records(of: 0).count == 10, "the oldest revision loses its oldest actions first")
    #expect(try await log.records(of: 1).count == 50)
    #expect(try await log.records().last?.changes == [change])
    let stored = try await store.list(.all).entries.map { String(decoding: $0.value, as: UTF8.self) }
    #expect(!stored.joined().contains("hunter2"))
  }

  @Test func eventsAreNumberedAndBounded() async throws {
    let log = try EventLog(store, capacity: 100)
    let stored = try await log.append((1...130).map { event("\($0)") })
    #expect(stored.map(\.sequence) == Array(1...130))
    let kept = try await log.events()
    #expect(kept.map(\.sequence) == Array(31...130))
    #expect(kept.map(\.message) == (31...130).map(String.init))
    #expect(try await log.events(after: 120, limit: 3).map(\.sequence) == [128, 129, 130])
  }

  @Test func concurrentEventsGetNumbersOfTheirOwn() async throws {
    let log = try EventLog(store)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<8 {
        group.addTask { for number in 0..<10 { try await log.append([event("\(writer)-\(number)")]) } }
      }
      try await group.waitForAll()
    }
    let events = try await log.events()
    #expect(events.map(\.sequence) == Array(1...80))
    #expect(Set(events.map(\.message)).count == 80)
  }

  @Test func followersSeePastAndComingEvents() async throws {
    let log = try EventLog(store)
    try await log.append([event("1"), event("2"), event("3")])
    let feed = try await log.follow(after: 1)
    let reader = Task {
      var messages: [String] = []
      for try await event in feed {
        messages.append(event.message)
        if messages.count == 4 { break }
      }
      return messages
    }
    try await log.append([event("4")])
    try await log.append([event("5")])
    #expect(try await reader.value == ["2", "3", "4", "5"])
  }

  @Test func revisionsAreKeptWholeAndBounded() async throws {
    let history = try RevisionHistory(store, capacity: 3)
    let large = ["big.yaml": String(repeating: "x: 1\n", count: 300_000), "small.yaml": "é"]
    var last: Revision?
    for number in 1...5 {
      let files = number == 5 ? large : ["a.yaml": "n: \(number / 2)"]
      last = try await history.append(at: at, source: "s", origin: "o", author: "me", files: files)
      #expect(last?.number == number)
    }
    #expect(try await history.summaries().map(\.number) == [3, 4, 5])
    #expect(try await history.latest() == last)
    #expect(try await history.latest()?.files == large)
    #expect(try await history.get(1) == nil)
    #expect(try await history.get(3)?.files == ["a.yaml": "n: 1"], "files shared with a dropped revision stay")
    let contents = try await store.list(StatePrefix(RecordPlaces.revisionParts)).entries
    #expect(Set(contents.map { $0.key.text.split(separator: "/")[2] }).count == 3, "no files of dropped revisions")
  }

  @Test func unreadableRecordsAreNamed() async throws {
    try await store.put(StateKey("status/Bucket/site"), Array("{\"address\": 5}".utf8))
    let error = await #expect(throws: StateStoreError.self) { try await StatusBoard(store).all() }
    #expect(error?.code == .unreadableRecord)
    #expect(error?.message.contains("status/Bucket/site") == true)
  }
}

import Foundation
import ProgramRunner
import RhizomeModel
import RhizomePlanner
import RhizomeStateStore
import Synchronization
import Testing

@testable import RhizomeReports

private let noon = Timestamp(milliseconds: 1_767_268_800_000)

private func parcel(_ place: ScheduledReport.Place, text: String = "text", at slot: Timestamp = noon) -> ReportParcel {
  let report = ScheduledReport(name: "daily", schedule: .daily(0), format: .html, place: place)
  return ReportParcel(report: report, slot: slot, text: text)
}

private func hook(_ url: String?, value: String? = nil, needsValue: Bool = false) -> ScheduledReport.Webhook {
  .init(url: url, header: "Authorization", value: value, needsValue: needsValue, timeout: .seconds(5))
}

@Suite("Where reports go")
struct DeliveryTests {
  @Test("the oldest files go, and only our own")
  func surplus() {
    let names = [
      "2026-01-03T00-00-00Z.html", "2026-01-01T00-00-00Z.html", "2026-01-02T00-00-00Z.json", "latest.html", "notes.txt",
      "2026-01-01T00-00-00Z.html.bak", "2026-01-01T00-00-00Z.doc", ".hidden",
    ]
    #expect(FolderDelivery.surplus(names, keep: 1) == ["2026-01-01T00-00-00Z.html", "2026-01-02T00-00-00Z.json"])
    #expect(FolderDelivery.surplus(names, keep: 3) == [])
  }

  @Test("files are private, and the newest is also the latest")
  func folder() async throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "rhz-reports-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: root) }
    for day in 0..<3 {
      try await FolderDelivery(root: root).deliver(
        parcel(.folder(keep: 2), text: "day \(day)", at: noon + Int64(day) * 86_400_000)
      )
    }
    let folder = root + "/daily"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(names == ["2026-01-02T12-00-00Z.html", "2026-01-03T12-00-00Z.html", "latest.html"])
    #expect(try String(contentsOfFile: folder + "/latest.html", encoding: .utf8) == "day 2")
    let mode = try FileManager.default.attributesOfItem(atPath: folder + "/latest.html")[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test("what curl is told cannot be broken out of, and follows nobody elsewhere")
  func configuration() throws {
    let hook = hook("https://chat.example/a\"b\\c", value: "Bearer \"x\\", needsValue: true)
    let text = try WebhookDelivery.call(hook, parcel(.webhook(hook)), file: "/f").configuration
    #expect(text.contains(#"url = "https://chat.example/a\"b\\c""#))
    #expect(text.contains(#"header = "Authorization: Bearer \"x\\""#))
    #expect(text.contains(#"max-redirs = "0""#) && text.contains(#"proto = "=http,https""#))
    #expect(text.contains(#"max-time = "5""#))
  }

  @Test(
    "without its URL or its secret, or with a line break in it, nothing is sent",
    arguments: [
      hook(nil), hook("file:///etc/passwd"), hook("https://a.example\nurl = b"),
      hook("https://a.example", needsValue: true), hook("https://a.example", value: "a\r\nX: y", needsValue: true),
    ]
  )
  func refusals(hook: ScheduledReport.Webhook) {
    #expect(throws: ReportFailure.self) {
      try WebhookDelivery.call(hook, parcel(.webhook(hook)), file: "/f")
    }
  }

  @Test("neither URL nor header's value can be printed by accident")
  func secrets() {
    let hook = hook("https://chat.example/token-1234", value: "token-5678", needsValue: true)
    let report = parcel(.webhook(hook)).report
    for text in ["\(hook)", "\(report)", String(reflecting: hook), String(reflecting: report)] {
      #expect(!text.contains("token-"))
    }
  }

  @Test("without curl it says what to install, and leaves nothing behind")
  func withoutCurl() async throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "rhz-hook-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: root) }
    for curl in [nil, "/nowhere/curl"] {
      let delivery = WebhookDelivery(folder: root) { curl }
      let error = await #expect(throws: ReportFailure.self) {
        try await delivery.deliver(parcel(.webhook(hook("https://a.example"))))
      }
      #expect(error?.description.contains("apt install curl") == true)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: root) == [])
  }
}

@Suite("Reports are made and sent")
struct KeeperTests {
  /// A clock that moves when somebody sleeps, and what was sent and told.
  private final class World: Sendable {
    struct State {
      var now = noon
      var sent: [Timestamp] = []
      var told: [String] = []
      var failures = 0
      var entries: [DriftEntry] = []
    }
    let state = Mutex(State())

    /// Sleeping moves the clock; after `end` the sleeper is cancelled.
    func parts(until end: Timestamp) -> ReportKeeper.Parts {
      ReportKeeper.Parts(
        look: { _ in
          DriftReport(cluster: "plant", generatedAt: noon, entries: self.state.withLock(\.entries))
        },
        deliver: { parcel in
          try self.state.withLock { state in
            if state.failures > 0 {
              state.failures -= 1
              throw ReportFailure("no answer")
            }
            state.sent.append(parcel.slot)
          }
        },
        tell: { _, reason, _ in self.state.withLock { $0.told.append(reason) } },
        now: { self.state.withLock(\.now) },
        sleep: { duration in
          let now = self.state.withLock { state in
            state.now =
              state.now + duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
            return state.now
          }
          if now > end { try await Task.sleep(for: .seconds(60)) }
        },
        toolVersion: "0"
      )
    }
  }

  private func report(onlyWhenDrift: Bool = false) -> ScheduledReport {
    ScheduledReport(
      name: "hourly",
      schedule: .every(3_600_000),
      format: .json,
      place: .folder(keep: 1),
      onlyWhenDrift: onlyWhenDrift
    )
  }

  /// Runs for so long by the world's clock.
  private func run(_ world: World, _ store: any StateStore, _ report: ScheduledReport, minutes: Int64) async throws
    -> Condition?
  {
    let end = world.state.withLock(\.now) + minutes * 60_000
    let keeper = try ReportKeeper(store, parts: world.parts(until: end))
    let (changes, continuation) = AsyncStream<[ScheduledReport]>.makeStream()
    continuation.yield([report])
    let task = Task { await keeper.run(changes) }
    while world.state.withLock(\.now) <= end { await Task.yield() }
    let condition = await keeper.condition
    continuation.finish()
    task.cancel()
    await task.value
    return condition
  }

  @Test("each moment once, also over a restart")
  func onTime() async throws {
    let (world, store) = (World(), MemoryStateStore())
    let condition = try await run(world, store, report(), minutes: 130)
    #expect(world.state.withLock(\.sent) == [noon + 3_600_000, noon + 7_200_000])
    #expect(condition?.state == .true)
    // The machine was off for a day and a bit: one report, not twenty-five.
    world.state.withLock { $0.now = noon + 100_000_000 }
    _ = try await run(world, store, report(), minutes: 1)
    #expect(world.state.withLock(\.sent).count == 3)
    #expect(world.state.withLock(\.told) == ["ReportDelivered"])
  }

  @Test("a failure is told, tried again, and over when it arrives")
  func failing() async throws {
    let (world, store) = (World(), MemoryStateStore())
    world.state.withLock { $0.failures = 2 }
    let condition = try await run(world, store, report(), minutes: 70)
    #expect(world.state.withLock(\.told) == ["ReportNotDelivered", "ReportNotDelivered", "ReportDelivered"])
    #expect(world.state.withLock(\.sent) == [noon + 3_600_000])
    #expect(condition?.state == .true)
  }

  @Test("tries are bounded, and the failure stays on the Cluster until a report arrives")
  func givingUp() async throws {
    let (world, store) = (World(), MemoryStateStore())
    world.state.withLock { $0.failures = 1_000 }
    let condition = try await run(world, store, report(), minutes: 110)
    #expect(world.state.withLock { 1_000 - $0.failures } == ReportRecord.delays.count + 1)
    #expect(condition?.state == .false)
    world.state.withLock { $0.failures = 0 }
    #expect(try await run(world, store, report(), minutes: 60)?.state == .true)
  }

  @Test("only when there is something to tell")
  func onlyWhenDrift() async throws {
    let (world, store) = (World(), MemoryStateStore())
    #expect(try await run(world, store, report(onlyWhenDrift: true), minutes: 70)?.state == .true)
    #expect(world.state.withLock(\.sent) == [])
    // What is somebody else's was always there.
    let neighbour = ForeignObject(address: Address(.bucket, "theirs"), summary: "a bucket")
    world.state.withLock { $0.entries = [DriftEntry.extra(neighbour, clusterID: "c")] }
    _ = try await run(world, store, report(onlyWhenDrift: true), minutes: 60)
    #expect(world.state.withLock(\.sent) == [])
    world.state.withLock { $0.entries = [DriftEntry(address: Address(.user, "a"), kind: .missing, policy: .report)] }
    _ = try await run(world, store, report(onlyWhenDrift: true), minutes: 60)
    #expect(world.state.withLock(\.sent) == [noon + 10_800_000])
  }
}

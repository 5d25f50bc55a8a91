import RhizomeModel
import RhizomeReports
import Testing

private func moment(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

@Suite("When a report is due")
struct ScheduleTests {
  @Test(
    "moments follow from the clock alone",
    arguments: [
      (ReportSchedule.every(86_400_000), "2026-03-29T01:30:00Z", "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z"),
      (.every(3_600_000), "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"),
      (.daily(25_200_000), "2026-03-29T06:59:59Z", "2026-03-28T07:00:00Z", "2026-03-29T07:00:00Z"),
      (.daily(25_200_000), "2026-03-29T07:00:00Z", "2026-03-29T07:00:00Z", "2026-03-30T07:00:00Z"),
      (.daily(25_200_000), "1969-12-31T12:00:00Z", "1969-12-31T07:00:00Z", "1970-01-01T07:00:00Z"),
    ]
  )
  func slots(schedule: ReportSchedule, now: String, last: String, next: String) throws {
    #expect(schedule.slot(at: try moment(now)) == (try moment(last)))
    #expect(schedule.next(after: try moment(now)) == (try moment(next)))
  }

  @Test("what manifests say")
  func reading() {
    #expect(ReportSchedule(.map(["at": "07:30"])) == .daily(27_000_000))
    #expect(ReportSchedule(.map(["every": .integer(1_000)])) == .every(1_000))
    #expect(ReportSchedule(.map([:])) == nil)
  }

  @Test("a new report waits for its next moment; then it is due once, whatever is slept through")
  func bursts() throws {
    let start = try moment("2026-01-01T12:00:00Z")
    var record = ReportRecord(.daily(0), now: start)
    #expect(record.decision(now: start) == .wait(until: try moment("2026-01-02T00:00:00Z")))
    let woken = try moment("2026-01-09T15:00:00Z")
    let slot = try moment("2026-01-09T00:00:00Z")
    #expect(record.decision(now: woken) == .send(slot: slot))
    record.note(.sent, slot: slot, now: woken)
    #expect(record.decision(now: woken) == .wait(until: try moment("2026-01-10T00:00:00Z")))
  }

  @Test("failed tries are repeated later and later, so many times, and the next moment begins anew")
  func retries() throws {
    var now = try moment("2026-01-01T00:00:00Z")
    var record = ReportRecord(.every(86_400_000), now: now)
    now = now + 86_400_000
    let slot = now
    var waited: [Int64] = []
    while case .send(let due) = record.decision(now: now) {
      #expect(due == slot)
      record.note(.failed("no answer"), slot: due, now: now)
      guard case .wait(let until) = record.decision(now: now) else { break }
      waited.append(until.milliseconds - now.milliseconds)
      guard record.pending != nil else { break }
      #expect(record.decision(now: until + -1) == .wait(until: until))
      now = until
    }
    #expect(Array(waited.dropLast()) == ReportRecord.delays)
    #expect(record.decision(now: now) == .wait(until: slot + 86_400_000))
    #expect(record.failure?.since == slot)
    #expect(record.decision(now: slot + 86_400_000) == .send(slot: slot + 86_400_000))
    record.note(.sent, slot: slot + 86_400_000, now: slot + 86_400_000)
    #expect(record.failure == nil)
  }

  @Test("a clock that was ahead, or a record from the future, silences a report for one period at most")
  func clocks() throws {
    let future = try moment("2036-01-01T00:00:00Z")
    let now = try moment("2026-01-01T12:00:00Z")
    let record = ReportRecord(.daily(0), now: future)
    let mended = record.following(.daily(0), now: now)
    #expect(mended.decision(now: now) == .wait(until: try moment("2026-01-02T00:00:00Z")))
    // A little ahead is everyday life: nothing is sent twice.
    let near = ReportRecord(.every(60_000), now: now)
    #expect(near.following(.every(60_000), now: now + -30_000) == near)
    var tried = ReportRecord(.every(60_000), now: now)
    tried.note(.failed("x"), slot: now + 60_000, now: future)
    #expect(tried.decision(now: now + 60_000) == .send(slot: now + 60_000))
  }

  @Test("another schedule begins anew, and keeps what is known")
  func changes() throws {
    let now = try moment("2026-01-01T12:00:00Z")
    var record = ReportRecord(.every(1_000), now: now)
    record.note(.sent, slot: now + 1_000, now: now + 1_000)
    let daily = record.following(.daily(0), now: now + 2_000)
    #expect(daily.decision(now: now + 2_000) == .wait(until: try moment("2026-01-02T00:00:00Z")))
    #expect(daily.succeededAt == now + 1_000)
  }

  @Test("the condition names every report that does not arrive")
  func conditions() throws {
    let now = try moment("2026-01-01T12:00:00Z")
    #expect(ReportRecord.condition([]) == nil)
    var (good, bad) = (ReportRecord(.every(1_000), now: now), ReportRecord(.every(1_000), now: now))
    #expect(ReportRecord.condition([("good", good)])?.state == .unknown)
    good.note(.sent, slot: now + 1_000, now: now + 1_000)
    #expect(ReportRecord.condition([("good", good)])?.state == .true)
    bad.note(.failed("no answer"), slot: now + 1_000, now: now + 1_500)
    bad.note(.failed("no answer"), slot: now + 1_000, now: now + 9_000)
    let condition = try #require(ReportRecord.condition([("bad", bad), ("good", good)]))
    #expect(condition.state == .false)
    #expect(condition.since == now + 1_500)
    #expect(condition.message == "The report bad does not arrive: no answer.")
  }
}

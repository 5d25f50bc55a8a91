package import RhizomeModel
package import RhizomePlanner
package import RhizomeStateStore

/// Makes reports at their time, and sends them.
package actor ReportKeeper {
  /// What it needs from the daemon.
  package struct Parts: Sendable {
    /// Looks at everything, and tells what differs, and what went away since.
    package var look: @Sendable (_ since: Timestamp) async throws -> DriftReport
    package var deliver: @Sendable (ReportParcel) async throws -> Void
    package var tell: @Sendable (Event.Level, _ reason: String, _ message: String) async -> Void
    package var now: @Sendable () -> Timestamp
    package var sleep: @Sendable (Duration) async throws -> Void
    package var toolVersion: String

    package init(
      look: @escaping @Sendable (_ since: Timestamp) async throws -> DriftReport,
      deliver: @escaping @Sendable (ReportParcel) async throws -> Void,
      tell: @escaping @Sendable (Event.Level, String, String) async -> Void,
      now: @escaping @Sendable () -> Timestamp,
      sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
      toolVersion: String
    ) {
      (self.look, self.deliver, self.tell) = (look, deliver, tell)
      (self.now, self.sleep, self.toolVersion) = (now, sleep, toolVersion)
    }
  }

  private let table: RecordTable<ReportRecord>
  private let parts: Parts
  private var declared: [ScheduledReport] = []
  private var records: [String: ReportRecord] = [:]

  package init(_ store: any StateStore, parts: Parts) throws {
    table = RecordTable(store, prefix: try StatePrefix(RecordPlaces.reports))
    self.parts = parts
  }

  /// What is to be said of the Cluster.
  package var condition: Condition? {
    ReportRecord.condition(
      declared.compactMap { report in records[report.name].map { (name: report.name, record: $0) } }
    )
  }

  /// Follows what is declared, until cancelled.
  package func run(_ changes: AsyncStream<[ScheduledReport]>) async {
    var working: Task<Void, Never>?
    for await reports in changes where reports != declared || working == nil {
      working?.cancel()
      await working?.value
      declared = reports
      working = Task { await self.keep(reports) }
    }
    working?.cancel()
    await working?.value
  }

  /// Each for itself: a place that does not answer holds up no other report.
  private func keep(_ reports: [ScheduledReport]) async {
    await forget(allBut: Set(reports.map(\.name)))
    await withDiscardingTaskGroup { group in
      for report in reports { group.addTask { await self.keep(report) } }
    }
  }

  /// The longest sleep: a clock that was set, and a machine that slept, are noticed then.
  private static let patience: Int64 = 30_000

  private func keep(_ report: ScheduledReport) async {
    while !Task.isCancelled {
      let now = parts.now()
      let record = await record(of: report, now)
      switch record.decision(now: now) {
      case .wait(let moment):
        let pause = min(max(moment.milliseconds - now.milliseconds, 1), ReportKeeper.patience)
        try? await parts.sleep(.milliseconds(pause))
      case .send(let slot):
        guard let outcome = await send(report, slot, since: record.succeededAt ?? record.settled) else { return }
        await note(outcome, report, record, slot)
      }
    }
  }

  /// Nil when it was cancelled.
  private func send(_ report: ScheduledReport, _ slot: Timestamp, since: Timestamp) async -> ReportRecord.Outcome? {
    do {
      let drift = try await parts.look(since)
      guard report.isWanted(drift) else { return .skipped }
      let text = try report.format.text(drift, toolVersion: parts.toolVersion)
      try await parts.deliver(ReportParcel(report: report, slot: slot, text: text))
      return .sent
    } catch let failure as ReportFailure {
      return Task.isCancelled ? nil : .failed(failure.description)
    } catch {
      return Task.isCancelled ? nil : .failed("it could not be made: \(error)")
    }
  }

  private func note(
    _ outcome: ReportRecord.Outcome,
    _ report: ScheduledReport,
    _ before: ReportRecord,
    _ slot: Timestamp
  ) async {
    var record = before
    record.note(outcome, slot: slot, now: parts.now())
    records[report.name] = record
    await tell(outcome, report.name, before, record)
    do {
      try await table.put(report.name, record)
    } catch {
      await parts.tell(.warning, "ReportNotRecorded", "The report \(report.name) may be sent twice: \(error)")
    }
  }

  private func tell(_ outcome: ReportRecord.Outcome, _ name: String, _ before: ReportRecord, _ after: ReportRecord)
    async
  {
    switch outcome {
    case .failed(let message):
      let next = after.pending.map { "the next try is at \($0.retryAt)" } ?? "given up until the next one is due"
      await parts.tell(.warning, "ReportNotDelivered", "The report \(name) did not arrive: \(message); \(next).")
    case .sent where before.failure != nil || before.succeededAt == nil:
      await parts.tell(.normal, "ReportDelivered", "The report \(name) has arrived.")
    case .sent, .skipped: break
    }
  }

  /// What is remembered, in step with what is declared. What cannot be read is begun anew, and said.
  private func record(of report: ScheduledReport, _ now: Timestamp) async -> ReportRecord {
    if records[report.name] == nil {
      do {
        records[report.name] = try await table.get(report.name)
      } catch {
        await parts.tell(.warning, "ReportForgotten", "What is known of the report \(report.name) is lost: \(error)")
      }
    }
    let known = records[report.name]
    let record = known?.following(report.schedule, now: now) ?? ReportRecord(report.schedule, now: now)
    records[report.name] = record
    if record != known { _ = try? await table.put(report.name, record) }
    return record
  }

  private func forget(allBut names: Set<String>) async {
    records = records.filter { names.contains($0.key) }
    guard let known = try? await table.all().records.map(\.name) else { return }
    for name in known where !names.contains(name) { try? await table.remove(name) }
  }
}

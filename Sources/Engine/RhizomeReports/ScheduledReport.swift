package import RhizomeModel
package import RhizomePlanner

/// A drift report that is made and sent at its time: an item of `Cluster.spec.reports`.
package struct ScheduledReport: Sendable, Hashable {
  /// How a report is written.
  package enum Format: String, Sendable, Hashable, Codable, CaseIterable {
    case table, markdown, html, json, junit, sarif, prometheus
  }

  /// Where a report goes.
  package enum Place: Sendable, Hashable {
    /// The bucket that is declared under this name, and what objects' names begin with.
    case bucket(name: String, prefix: String)
    case webhook(Webhook)
    /// The daemon's own folder for this report, with so many files.
    case folder(keep: Int)
  }

  /// Where to post. Neither the URL nor the header's value is ever to be shown: either may be a secret.
  package struct Webhook: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// Nil while its Secret has no value.
    package var url: String?
    package var header: String
    package var value: String?
    /// A Secret is declared for the header.
    package var needsValue: Bool
    /// For one try.
    package var timeout: Duration

    package init(url: String?, header: String, value: String?, needsValue: Bool, timeout: Duration) {
      (self.url, self.header, self.value) = (url, header, value)
      (self.needsValue, self.timeout) = (needsValue, timeout)
    }

    package var description: String { "webhook" }
    package var customMirror: Mirror { Mirror(self, children: ["timeout": timeout]) }
  }

  package var name: String
  package var schedule: ReportSchedule
  package var format: Format
  package var place: Place
  /// Nothing is sent when there is nothing to tell.
  package var onlyWhenDrift: Bool

  package init(name: String, schedule: ReportSchedule, format: Format, place: Place, onlyWhenDrift: Bool = false) {
    (self.name, self.schedule, self.format) = (name, schedule, format)
    (self.place, self.onlyWhenDrift) = (place, onlyWhenDrift)
  }

  /// All that manifests declare, by name.
  /// - Parameters:
  ///   - spec: `Cluster.spec.reports`.
  ///   - secret: the value of the Secret of this name.
  package static func all(_ spec: Value, secret: (String) -> String?) -> [ScheduledReport] {
    (spec.map ?? [:]).compactMap { ScheduledReport($0.key, $0.value, secret) }
  }

  private init?(_ name: String, _ spec: Value, _ secret: (String) -> String?) {
    guard let schedule = ReportSchedule(spec), let place = ScheduledReport.place(spec["to"], secret) else { return nil }
    self.init(
      name: name,
      schedule: schedule,
      format: spec["format"].text.flatMap(Format.init) ?? .markdown,
      place: place,
      onlyWhenDrift: spec["onlyWhenDrift"].boolean ?? false
    )
  }

  private static func place(_ spec: Value, _ secret: (String) -> String?) -> Place? {
    if let bucket = spec["bucket"]["name"].text {
      return .bucket(name: bucket, prefix: spec["bucket"]["prefix"].text ?? "")
    }
    if !spec["folder"].isNull { return .folder(keep: Int(spec["folder"]["keep"].integer ?? 30)) }
    let hook = spec["webhook"]
    guard !hook.isNull else { return nil }
    return .webhook(
      Webhook(
        url: hook["url"].text ?? hook["urlSecret"].text.flatMap(secret),
        header: hook["header"].text ?? "Authorization",
        value: hook["secret"].text.flatMap(secret),
        needsValue: !hook["secret"].isNull,
        timeout: .milliseconds(hook["timeout"].integer ?? 30_000)
      )
    )
  }
}

extension ScheduledReport {
  /// Whether there is anything that people asked to hear. What is somebody else's, or was let go of, is no drift.
  package func isWanted(_ report: DriftReport) -> Bool {
    !onlyWhenDrift || report.entries.contains { !$0.isForeign } || !report.resolved.isEmpty
  }
}

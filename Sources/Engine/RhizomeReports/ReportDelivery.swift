package import RhizomeModel

/// One report on its way.
package struct ReportParcel: Sendable {
  package let report: ScheduledReport
  /// The moment that it is for; the same again when it is sent again.
  package let slot: Timestamp
  package let text: String

  package init(report: ScheduledReport, slot: Timestamp, text: String) {
    (self.report, self.slot, self.text) = (report, slot, text)
  }

  /// `2026-01-31T07-00-00Z.html`: sorts by time, and needs no escaping anywhere.
  package var fileName: String {
    let moment = String(slot.description.prefix(19)).replacing(":", with: "-")
    return "\(moment)Z.\(report.format.fileExtension)"
  }
}

/// Brings reports to one kind of place.
package protocol ReportDelivery: Sendable {
  /// Returns once it has arrived. Sending the same again replaces it, where the place can do that.
  /// - Throws: `ReportFailure`; `CancellationError`.
  func deliver(_ parcel: ReportParcel) async throws
}

/// Why a report did not arrive: a sentence without its full stop and without any secret.
package struct ReportFailure: Error, Sendable, Hashable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

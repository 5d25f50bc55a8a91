import Foundation
import RhizomeModel
import RhizomePlanner

/// What it takes to write a drift report in which every resource differs, in every format, beside Foundation's encoding
/// of the same report as JSON.
struct ReportRendering {
  private let report: DriftReport

  init(_ cluster: LargeCluster) {
    let moment = Timestamp(milliseconds: 1_767_268_800_000)
    let entries = cluster.desired.resources.values.map { resource in
      DriftEntry(
        address: resource.address,
        field: FieldPath(["displayName"]),
        kind: .changed,
        desired: .string("Person \(resource.address.name)"),
        prior: .string("Person \(resource.address.name)"),
        observed: .string("somebody else"),
        policy: .heal,
        since: moment
      )
    }
    report = DriftReport(
      cluster: "plant",
      generatedAt: moment,
      entries: entries,
      declarations: cluster.desired.resources.compactMapValues(\.declaredAt)
    )
  }

  /// Prints a line for each format.
  func measure() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let json = try Measurement(count: 5) {
      let data = try encoder.encode(report)
      precondition(!data.isEmpty, "nothing was written")
    }
    print("report of \(report.entries.count) differences as JSON by Foundation: \(json.sentence)")
    let formats: [(String, (DriftReport) -> String)] = [
      ("table", \.table), ("wide table", \.wideTable), ("Markdown", \.markdown), ("HTML", \.html), ("JUnit", \.junit),
      ("SARIF", { $0.sarif(toolVersion: "0") }), ("Prometheus", \.prometheus),
    ]
    for (name, render) in formats {
      let measured = Measurement(count: 5) { precondition(!render(report).isEmpty, "nothing was written") }
      let ratio = String(format: "%.2f", measured.processorMilliseconds / json.processorMilliseconds)
      print("as \(name): \(measured.sentence); \(ratio) of JSON")
    }
  }
}

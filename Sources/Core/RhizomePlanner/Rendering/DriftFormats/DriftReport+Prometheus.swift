import RhizomeModel

/// For monitoring: the text format of Prometheus, version 0.0.4.
extension DriftReport {
  package var prometheus: String {
    let lines = count + differences + firstSeen + lastLook
    return lines.joined(separator: "\n") + "\n"
  }

  /// A line for each kind, also where there is none: a graph shall show the zero.
  private var count: [String] {
    DriftReport.head("rhizome_drift_entries", "Differences between what Rhizome made and what is there, by kind.")
      + DriftEntry.DriftKind.allCases.map { kind in
        let number = entries.count { $0.kind == kind }
        return DriftReport.sample("rhizome_drift_entries", [("kind", kind.rawValue)], String(number))
      }
  }

  private var differences: [String] {
    DriftReport.head("rhizome_drift", "One difference; 1 while it is there.")
      + labelled.map { DriftReport.sample("rhizome_drift", $0.labels, "1") }
  }

  private var firstSeen: [String] {
    DriftReport.head("rhizome_drift_first_seen_seconds", "When a difference was first seen, in seconds since 1970.")
      + labelled.compactMap { entry, labels in
        entry.since.map { DriftReport.sample("rhizome_drift_first_seen_seconds", labels, DriftReport.seconds($0)) }
      }
  }

  private var lastLook: [String] {
    DriftReport.head("rhizome_drift_report_seconds", "When this report was made, in seconds since 1970.")
      + [DriftReport.sample("rhizome_drift_report_seconds", [], DriftReport.seconds(generatedAt))]
  }

  /// Several foreign objects may share an address; a sample stands for all of them, since the oldest.
  private var labelled: [(entry: DriftEntry, labels: [(String, String)])] {
    var seen: Set<[String]> = []
    return entries.compactMap { entry in
      let labels = DriftReport.labels(entry)
      return seen.insert(labels.map(\.1)).inserted ? (entry, labels) : nil
    }
  }

  private static func labels(_ entry: DriftEntry) -> [(String, String)] {
    [
      ("address", entry.address.description), ("field", entry.field?.description ?? ""),
      ("kind", entry.kind.rawValue), ("policy", entry.policy.rawValue),
    ]
  }

  private static func head(_ name: String, _ help: String) -> [String] {
    ["# HELP \(name) \(help)", "# TYPE \(name) gauge"]
  }

  private static func sample(_ name: String, _ labels: [(String, String)], _ value: String) -> String {
    let inside = labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",")
    return labels.isEmpty ? "\(name) \(value)" : "\(name){\(inside)} \(value)"
  }

  private static func escaped(_ text: String) -> String {
    ValueText.escaped(text).reduce(into: "") { result, character in
      switch character {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      default: result.append(character)
      }
    }
  }

  private static func seconds(_ moment: Timestamp) -> String {
    let (whole, rest) = moment.milliseconds.quotientAndRemainder(dividingBy: 1_000)
    guard rest > 0 else { return String(whole) }
    let digits = String(rest)
    return "\(whole).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
  }
}

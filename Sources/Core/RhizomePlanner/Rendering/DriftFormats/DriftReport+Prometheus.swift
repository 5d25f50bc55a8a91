import RhizomeModel

/// For monitoring: the text format of Prometheus, version 0.0.4.
extension DriftReport {
  package var prometheus: String {
    let lines = count + silenced + differences + firstSeen + timesSeen + gone + lastLook
    return lines.joined(separator: "\n") + "\n"
  }

  /// A line for each kind, also where there is none: a graph shall show the zero.
  private var count: [String] {
    DriftReport.head("rhizome_drift_entries", "Differences between what Rhizome made and what is there, by kind.")
      + DriftEntry.DriftKind.allCases.map { kind in
        let number = entries.count { $0.kind == kind && !$0.isKept }
        return DriftReport.sample("rhizome_drift_entries", [Label("kind", kind.rawValue)], String(number))
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

  private var timesSeen: [String] {
    DriftReport.head("rhizome_drift_times_seen", "How many times a difference came, as far as is remembered.")
      + labelled.map { entry, labels in
        DriftReport.sample("rhizome_drift_times_seen", labels, String(entry.timesSeen ?? 1))
      }
  }

  private var silenced: [String] {
    DriftReport.head("rhizome_drift_muted_entries", "Differences that people have muted.")
      + [DriftReport.sample("rhizome_drift_muted_entries", [], String(muted.count))]
  }

  /// The latest of each; nothing where the report was not asked for what went away.
  private var gone: [String] {
    let latest = Dictionary(resolved.map { (DriftReport.labels($0), $0.resolvedAt) }, uniquingKeysWith: max)
    let samples = latest.sorted { $0.key.map(\.text).lexicographicallyPrecedes($1.key.map(\.text)) }
    return samples.isEmpty
      ? []
      : DriftReport.head("rhizome_drift_resolved_seconds", "When a difference last went away, in seconds since 1970.")
        + samples.map { DriftReport.sample("rhizome_drift_resolved_seconds", $0.key, DriftReport.seconds($0.value)) }
  }

  private var lastLook: [String] {
    DriftReport.head("rhizome_drift_report_seconds", "When this report was made, in seconds since 1970.")
      + [DriftReport.sample("rhizome_drift_report_seconds", [], DriftReport.seconds(generatedAt))]
  }

  /// Several foreign objects may share an address; a sample stands for all of them, since the oldest.
  private var labelled: [(entry: DriftEntry, labels: [Label])] {
    var seen: Set<[Label]> = []
    return entries.filter { !$0.isKept }.compactMap { entry in
      let labels = DriftReport.labels(entry) + [Label("policy", entry.policy.rawValue)]
      return seen.insert(labels).inserted ? (entry, labels) : nil
    }
  }

  private static func labels(_ entry: DriftEntry) -> [Label] {
    [
      Label("address", entry.address.description), Label("field", entry.field?.description ?? ""),
      Label("kind", entry.kind.rawValue),
    ]
  }

  private static func labels(_ resolved: ResolvedDrift) -> [Label] {
    labels(resolved.entry) + [Label("ending", resolved.ending.rawValue)]
  }

  private static func head(_ name: String, _ help: String) -> [String] {
    ["# HELP \(name) \(help)", "# TYPE \(name) gauge"]
  }

  private static func sample(_ name: String, _ labels: [Label], _ value: String) -> String {
    let inside = labels.map { "\($0.name)=\"\(escaped($0.text))\"" }.joined(separator: ",")
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

/// A label of a sample.
private struct Label: Hashable {
  let name: String
  let text: String

  init(_ name: String, _ text: String) { (self.name, self.text) = (name, text) }
}

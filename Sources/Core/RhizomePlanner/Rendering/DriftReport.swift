package import RhizomeModel

/// What differs between what Rhizome made and what is there, as a versioned document.
package struct DriftReport: Sendable, Hashable, Codable {
  package static let currentFormatVersion = 1

  package let formatVersion: Int
  package let cluster: String
  package let generatedAt: Timestamp
  /// Sorted by address, field and kind.
  package let entries: [DriftEntry]
  /// What people know of already, and by which word of theirs.
  package let muted: [MutedDrift]
  /// What went away in the time that was asked for, the latest first.
  package let resolved: [ResolvedDrift]

  /// An entry that a person has muted.
  package struct MutedDrift: Sendable, Hashable, Codable {
    package let entry: DriftEntry
    package let mute: DriftMute
  }

  /// - Parameters:
  ///   - earlier: the entries of the last report; one that was in it keeps the time when it was first seen.
  ///   - declarations: where resources are declared.
  ///   - mutes: those that have not ended.
  package init(
    cluster: String,
    generatedAt: Timestamp,
    entries: [DriftEntry],
    earlier: [DriftEntry] = [],
    declarations: [Address: SourceLocation] = [:],
    mutes: [DriftMute] = [],
    resolved: [ResolvedDrift] = []
  ) {
    self.formatVersion = DriftReport.currentFormatVersion
    self.cluster = cluster
    self.generatedAt = generatedAt
    let known = Dictionary(earlier.map { (Key($0), $0.since) }, uniquingKeysWith: { first, _ in first })
    self.resolved = resolved
    let dated = entries.map { entry in
      var dated = entry
      dated.since = entry.since ?? (known[Key(entry)] ?? nil) ?? generatedAt
      dated.declaredAt = declarations[entry.address]
      return dated
    }.sorted { Key($0) < Key($1) }
    muted = dated.compactMap { entry in
      mutes.first { $0.covers(entry, now: generatedAt) }.map { MutedDrift(entry: entry, mute: $0) }
    }
    self.entries = dated.filter { entry in !mutes.contains { $0.covers(entry, now: generatedAt) } }
  }

  /// What makes two entries speak of the same thing.
  private struct Key: Hashable, Comparable {
    let address: Address
    let field: FieldPath
    let kind: String
    let detail: String

    init(_ entry: DriftEntry) {
      address = entry.address
      field = entry.field ?? FieldPath()
      kind = entry.kind.rawValue
      // Several foreign objects may share an address; everywhere else the detail may vary from look to look.
      detail = entry.kind == .extra && entry.field == nil ? entry.detail ?? "" : ""
    }

    static func < (left: Key, right: Key) -> Bool {
      if left.address != right.address { return left.address < right.address }
      if left.field != right.field { return left.field < right.field }
      return (left.kind, left.detail) < (right.kind, right.detail)
    }
  }
}

extension DriftReport {
  private static let header = ["ADDRESS", "FIELD", "KIND", "DESIRED", "PRIOR", "OBSERVED", "SINCE", "POLICY"]

  /// A table for a terminal.
  package var table: String {
    guard !entries.isEmpty else { return ([calm] + remarks).joined(separator: "\n") + "\n" }
    let rows = [DriftReport.header] + entries.map(DriftText.cells)
    let widths = DriftReport.header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      row.enumerated().map { $1.padding(to: $0 == row.count - 1 ? 0 : widths[$0]) }.joined(separator: "  ")
    }
    return (lines + details + remarks).joined(separator: "\n") + "\n"
  }

  private var calm: String {
    muted.isEmpty ? "No drift: everything is as Rhizome made it." : "No drift but what is muted."
  }

  /// What is muted, and what went away.
  private var remarks: [String] {
    let known = muted.map { "Muted until \($0.mute.until): \(DriftText.muted($0))" }
    let gone = resolved.map { "Resolved \($0.resolvedAt): \(DriftText.resolved($0))" }
    return (known.isEmpty ? [] : [""] + known) + (gone.isEmpty ? [] : [""] + gone)
  }

  private var details: [String] {
    let told = entries.compactMap { entry in entry.detail.map { "\(entry.address): \(ValueText.escaped($0))" } }
    return told.isEmpty ? [] : [""] + told
  }

  /// A table in Markdown.
  package var markdown: String {
    let remarks = remarks.map(Markdown.escaped).map { $0.isEmpty ? "" : "- \($0)" }
    guard !entries.isEmpty else { return ([calm] + remarks).joined(separator: "\n") + "\n" }
    let line = { (cells: [String]) in "| " + cells.joined(separator: " | ") + " |" }
    let head = [line(DriftReport.header.map(\.capitalizedWord)), line(DriftReport.header.map { _ in "---" })]
    let rows = entries.map { line(DriftText.cells($0).map(Markdown.escaped)) }
    let notes = details.map(Markdown.escaped).map { $0.isEmpty ? "" : "- \($0)" }
    return (head + rows + notes + remarks).joined(separator: "\n") + "\n"
  }
}

/// Drift entries in words.
enum DriftText {
  static func cells(_ entry: DriftEntry) -> [String] {
    let type = entry.field.flatMap { Schema.type(of: entry.address.kind, at: $0) }
    let values = [entry.desired, entry.prior, entry.observed].map { value in
      entry.field == nil ? "-" : ValueText.text(value, type)
    }
    return [entry.address.description, entry.field?.description ?? "-", entry.kind.rawValue] + values
      + [entry.since?.description ?? "-", entry.policy.rawValue]
  }

  /// What an entry is about: the resource, and the field.
  static func subject(_ entry: DriftEntry) -> String {
    entry.address.description + (entry.field.map { " \($0)" } ?? "")
  }

  static func muted(_ muted: DriftReport.MutedDrift) -> String {
    "\(sentence(muted.entry)) – \(ValueText.escaped(muted.mute.because)) (\(ValueText.escaped(muted.mute.author)))"
  }

  static func resolved(_ resolved: ResolvedDrift) -> String {
    let since = resolved.entry.since.map { ", there since \($0)" } ?? ""
    return "\(sentence(resolved.entry))\(since); \(resolved.ending.meaning)"
  }

  /// One line, without the time.
  static func sentence(_ entry: DriftEntry) -> String {
    guard let field = entry.field else {
      return "\(entry.address)  \(entry.kind.rawValue)" + (entry.detail.map { " (\(ValueText.escaped($0)))" } ?? "")
    }
    let type = Schema.type(of: entry.address.kind, at: field)
    let change = FieldChange(path: field, from: entry.prior, to: entry.observed)
    return "\(entry.address)  \(field): \(ValueText.change(change, type))"
  }
}

extension String {
  fileprivate var capitalizedWord: String { prefix(1).uppercased() + dropFirst().lowercased() }
}

extension DriftEntry.DriftKind {
  /// A sentence for people.
  var meaning: String {
    switch self {
    case .missing: "Rhizome made it, and it is gone."
    case .changed: "Rhizome made it, and somebody or something changed it."
    case .extra: "It is there, and nobody declared it."
    case .unknown: "It could not be looked at, so nobody knows whether it differs."
    }
  }
}

extension ResolvedDrift.Ending {
  /// What became of it, in a few words.
  var meaning: String {
    switch self {
    case .healed: "Rhizome put it back"
    case .vanished: "it went away, or the declaration follows it"
    }
  }
}

extension DriftPolicy {
  /// What happens to a difference, in a few words.
  var meaning: String {
    switch self {
    case .heal: "Rhizome puts it back"
    case .report: "only reported"
    case .ignore: "ignored"
    }
  }
}

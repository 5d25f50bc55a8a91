import RhizomeModel

/// Drift entries in words.
enum DriftText {
  /// One cell for each of `columns`.
  static func cells(_ entry: DriftEntry) -> [String] {
    let type = entry.field.flatMap { Schema.type(of: entry.address.kind, at: $0) }
    let values = [entry.desired, entry.prior, entry.observed].map { value in
      entry.field == nil ? "-" : ValueText.text(value, type)
    }
    return [entry.address.description, entry.field?.description ?? "-", entry.kind.rawValue] + values
      + [entry.since.map(moment) ?? "-", String(entry.timesSeen ?? 1), entry.policy.rawValue]
  }

  /// The names of the cells.
  static let columns = ["ADDRESS", "FIELD", "KIND", "DESIRED", "MADE", "FOUND", "SINCE", "SEEN", "POLICY"]

  /// What an entry is about: the resource, and the field.
  static func subject(_ entry: DriftEntry) -> String {
    entry.address.description + (entry.field.map { " \($0)" } ?? "")
  }

  /// A muted difference, and the word of whoever muted it.
  static func muted(_ muted: DriftReport.MutedDrift) -> String {
    "\(sentence(muted.entry)) – \(ValueText.escaped(muted.mute.because)) (\(ValueText.escaped(muted.mute.author)))"
  }

  /// A difference that went away, and what became of it.
  static func resolved(_ resolved: ResolvedDrift) -> String {
    let since = resolved.entry.since.map { ", there since \(moment($0))" } ?? ""
    return "\(sentence(resolved.entry))\(since)\(times(resolved.entry)); \(resolved.ending.meaning)"
  }

  /// How often it came, where that was more than once.
  static func times(_ entry: DriftEntry) -> String {
    guard let times = entry.timesSeen, times > 1 else { return "" }
    return ", seen \(times) times"
  }

  /// A moment as people read it: `2026-01-31 09:00 UTC`.
  static func moment(_ moment: Timestamp) -> String {
    String(moment.description.prefix(16).map { $0 == "T" ? " " : $0 }) + " UTC"
  }

  /// What is done about it, in a few words.
  static func policy(_ entry: DriftEntry) -> String {
    if entry.isNeverMade { return "made as soon as nothing prevents it" }
    return entry.kind == .unknown ? "nothing is done until it can be seen" : entry.policy.meaning
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

extension DriftEntry.DriftKind {
  /// A sentence for people.
  var meaning: String {
    switch self {
    case .missing: "Rhizome made it, and it is gone."
    case .changed: "Rhizome made it, and somebody or something changed it."
    case .extra: "It is there, and nobody declared it."
    case .unknown: "It could not be looked at, or could not be made, so nobody knows whether it is as it shall be."
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

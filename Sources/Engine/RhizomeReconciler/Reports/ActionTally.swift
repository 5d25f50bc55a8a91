package import RhizomeModel

/// How many actions of each kind were done for each revision.
package struct ActionTally: Sendable, Hashable {
  private var counts: [Int: [String: Int]] = [:]

  package init(_ records: [ActionRecord]) {
    for record in records { add(record) }
  }

  /// For one revision: by verb, and under `failed` what was not done.
  package subscript(_ revision: Int) -> [String: Int] { counts[revision] ?? [:] }

  mutating func add(_ record: ActionRecord) {
    counts[record.revision, default: [:]][record.error == nil ? record.verb.rawValue : "failed", default: 0] += 1
  }
}

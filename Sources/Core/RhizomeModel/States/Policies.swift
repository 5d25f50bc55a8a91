/// How a resource is to be handled, from its annotations and the cluster's policy. Remembered in the inventory, so that
/// it outlives the manifest.
package struct Policies: Sendable, Hashable {
  package var isProtected: Bool
  /// What to do about drift of the resource as a whole, and of every field that has no word of its own.
  package var drift: DriftPolicy
  /// The words of fields; `drift(at:)` says which of them counts.
  package var fieldDrift: [FieldPath: DriftPolicy]
  /// Take over a resource that exists and is not ours.
  package var adopts: Bool
  package var deletion: DeletionPolicy

  package init(
    isProtected: Bool = false,
    drift: DriftPolicy = .heal,
    fieldDrift: [FieldPath: DriftPolicy] = [:],
    adopts: Bool = false,
    deletion: DeletionPolicy = .delete
  ) {
    self.isProtected = isProtected
    self.drift = drift
    self.fieldDrift = fieldDrift
    self.adopts = adopts
    self.deletion = deletion
  }
}

// MARK: - Drift

extension Policies {
  /// What to do about drift in a field: the word of the longest path at or above it, otherwise the resource's.
  ///
  /// - Parameter path: nil for the resource as a whole.
  package func drift(at path: FieldPath?) -> DriftPolicy {
    guard let path, !fieldDrift.isEmpty else { return drift }
    let words = fieldDrift.filter { path.isAtOrBelow($0.key) }
    return words.max { $0.key.steps.count < $1.key.steps.count }?.value ?? drift
  }

  /// What to do about a resource that nobody could look at: some field of it may matter even where the rest is ignored.
  package var driftUnseen: DriftPolicy {
    guard drift == .ignore else { return drift }
    return [.heal, .report].first(where: fieldDrift.values.contains) ?? .ignore
  }

  /// The same, with drift in these fields put back; with all drift put back for nil.
  package func healing(_ fields: [FieldPath]?) -> Policies {
    var copy = self
    guard let fields else {
      (copy.drift, copy.fieldDrift) = (.heal, [:])
      return copy
    }
    for field in fields where copy.drift(at: field) != .heal || fieldDrift.keys.contains(where: field.isAbove) {
      copy.fieldDrift = copy.fieldDrift.filter { !$0.key.isAtOrBelow(field) }
      copy.fieldDrift[field] = .heal
    }
    return copy
  }
}

extension FieldPath {
  fileprivate func isAbove(_ other: FieldPath) -> Bool { other != self && other.isAtOrBelow(self) }
}

/// What to do about drift.
package enum DriftPolicy: String, Sendable, Hashable, Codable, CaseIterable { case heal, report, ignore }

/// What one level says about drift: a resource's annotations, the cluster's rules for a kind, or the cluster.
package struct DriftWords: Sendable, Hashable {
  package var whole: DriftPolicy?
  package var fields: [FieldPath: DriftPolicy]

  package init(whole: DriftPolicy? = nil, fields: [FieldPath: DriftPolicy] = [:]) {
    (self.whole, self.fields) = (whole, fields)
  }

  /// This level where it says something, and a farther one where it does not. A word for the whole leaves nothing to
  /// the farther level, and a word for a field nothing of that field, however exact the farther one is.
  package func before(_ farther: DriftWords) -> DriftWords {
    guard whole == nil else { return self }
    let left = farther.fields.filter { rule in !fields.keys.contains { rule.key.isAtOrBelow($0) } }
    return DriftWords(whole: farther.whole, fields: fields.merging(left) { own, _ in own })
  }
}

// MARK: - Records

/// Fields that are ignored stand under the key that earlier versions wrote and need; the words of the others beside it.
extension Policies: Codable {
  private enum CodingKeys: String, CodingKey { case isProtected, drift, ignoredDrift, fieldDrift, adopts, deletion }

  package init(from decoder: any Decoder) throws {
    let record = try decoder.container(keyedBy: CodingKeys.self)
    let ignored = try record.decode([FieldPath].self, forKey: .ignoredDrift)
    let others = try record.decodeIfPresent([String: DriftPolicy].self, forKey: .fieldDrift) ?? [:]
    var fields = Dictionary(ignored.map { ($0, DriftPolicy.ignore) }, uniquingKeysWith: { $1 })
    for (text, word) in others {
      guard let path = FieldPath(text) else {
        throw DecodingError.dataCorruptedError(
          forKey: .fieldDrift,
          in: record,
          debugDescription: "'\(text)' is not a field path"
        )
      }
      fields[path] = word
    }
    self.init(
      isProtected: try record.decode(Bool.self, forKey: .isProtected),
      drift: try record.decode(DriftPolicy.self, forKey: .drift),
      fieldDrift: fields,
      adopts: try record.decode(Bool.self, forKey: .adopts),
      deletion: try record.decode(DeletionPolicy.self, forKey: .deletion)
    )
  }

  package func encode(to encoder: any Encoder) throws {
    var record = encoder.container(keyedBy: CodingKeys.self)
    try record.encode(isProtected, forKey: .isProtected)
    try record.encode(drift, forKey: .drift)
    try record.encode(fieldDrift.filter { $0.value == .ignore }.keys.sorted(), forKey: .ignoredDrift)
    let others = fieldDrift.filter { $0.value != .ignore }.map { ($0.key.description, $0.value) }
    if !others.isEmpty {
      try record.encode(Dictionary(others, uniquingKeysWith: { $1 }), forKey: .fieldDrift)
    }
    try record.encode(adopts, forKey: .adopts)
    try record.encode(deletion, forKey: .deletion)
  }
}

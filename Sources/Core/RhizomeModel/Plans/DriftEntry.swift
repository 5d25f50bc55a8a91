/// One difference between what Rhizome made and what is there now.
package struct DriftEntry: Sendable, Hashable, Codable {
  package enum DriftKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// It is gone.
    case missing
    /// A field has another value.
    case changed
    /// Something is there that nobody declared.
    case extra
    /// It could not be looked at, or was never made because something stands in its place.
    case unknown
  }

  package let address: Address
  /// The field; nil when the whole resource is meant.
  package let field: FieldPath?
  package let kind: DriftKind
  package let desired: Value
  package let prior: Value
  package let observed: Value
  package let policy: DriftPolicy
  /// A sentence, where the values do not say it all.
  package let detail: String?
  /// When it was first seen; filled in by whoever remembers earlier looks.
  package var since: Timestamp?
  /// When it was last seen to be there; filled in by the report.
  package var lastSeen: Timestamp?
  /// How many times it came, with this time, as far as is remembered; filled in by the report.
  package var timesSeen: Int?
  /// Where the resource is declared; filled in by the report.
  package var declaredAt: SourceLocation?

  package init(
    address: Address,
    field: FieldPath? = nil,
    kind: DriftKind,
    desired: Value = .null,
    prior: Value = .null,
    observed: Value = .null,
    policy: DriftPolicy,
    detail: String? = nil,
    since: Timestamp? = nil
  ) {
    self.address = address
    self.field = field
    self.kind = kind
    self.desired = desired
    self.prior = prior
    self.observed = observed
    self.policy = policy
    self.detail = detail
    self.since = since
  }
}

// MARK: - What was never made

extension DriftEntry {
  private static let neverMadePrefix = "never made: "

  /// A declared resource that cannot be made, because something stands in its place.
  package static func neverMade(_ address: Address, _ reason: String, _ policy: DriftPolicy) -> DriftEntry {
    DriftEntry(address: address, kind: .unknown, policy: policy, detail: neverMadePrefix + reason)
  }

  /// Nothing is known of it because it does not exist, not because nobody could look.
  package var isNeverMade: Bool { kind == .unknown && detail?.hasPrefix(DriftEntry.neverMadePrefix) == true }
}

// MARK: - What nobody declared

extension DriftEntry {
  private static let orphanPrefix = "orphan: "

  private static let keptPrefix = "kept: "

  /// An object in an engine that stands for no resource: somebody else's, one of ours that was let go of, or one whose
  /// record was lost.
  /// - Parameter letGo: what a person let go of under its address.
  package static func extra(
    _ object: ForeignObject,
    clusterID: String,
    letGo: LetGo? = nil,
    since: Timestamp? = nil
  ) -> DriftEntry {
    let detail =
      switch object.mark {
      case nil: object.summary
      case let mark? where mark.clusterID == clusterID && letGo?.means(object) == true:
        "\(keptPrefix)\(object.summary), which is not declared since revision \(letGo?.revision ?? 0); declare it again to "
          + "take it up; once nobody needs what is in it: rhizome delete \(object.address)"
      case let mark? where mark.clusterID == clusterID:
        "\(orphanPrefix)\(object.summary); it carries our mark, and there is no record of it, so nobody looks after it: "
          + "declare it again to take it up, or remove it: rhizome delete \(object.address); until then it can be muted"
      case let mark?: "\(object.summary); \(mark.claim())"
      }
    return DriftEntry(address: object.address, kind: .extra, policy: .report, detail: detail, since: since)
  }

  /// A whole object that stands for no resource.
  package var isObject: Bool { kind == .extra && field == nil }

  /// A person has let go of it, and knows that it is there.
  package var isKept: Bool { isObject && detail?.hasPrefix(DriftEntry.keptPrefix) == true }

  /// Somebody else's, or kept on purpose: told, and no fault of what we keep.
  package var isForeign: Bool {
    isObject && detail?.hasPrefix(DriftEntry.orphanPrefix) != true
  }
}

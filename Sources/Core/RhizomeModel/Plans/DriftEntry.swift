/// One difference between what Rhizome made and what is there now.
package struct DriftEntry: Sendable, Hashable, Codable {
  package enum DriftKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// It is gone.
    case missing
    /// A field has another value.
    case changed
    /// Something is there that nobody declared.
    case extra
    /// It could not be looked at, or could never be made.
    case unknown
  }

  /// What stands behind an entry about a whole resource or object, where its kind alone does not tell.
  package enum Standing: String, Sendable, Hashable, Codable, CaseIterable {
    /// Somebody else's object.
    case stranger
    /// It carries our mark, and there is no record of it: nobody looks after it.
    case orphan
    /// A person has let go of it, and knows that it is there.
    case kept
    /// Declared, and not made, because something stands in its place, or the engine would or could not.
    case neverMade
  }

  package let address: Address
  /// The field; nil when the whole resource is meant.
  package let field: FieldPath?
  package let kind: DriftKind
  /// Nil for what is ordinary: a resource of ours that differs, is gone, or could not be looked at.
  package let standing: Standing?
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
    standing: Standing? = nil,
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
    self.standing = standing
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
  /// A declared resource that could not be made.
  package static func neverMade(_ address: Address, _ reason: String, _ policy: DriftPolicy) -> DriftEntry {
    DriftEntry(
      address: address,
      kind: .unknown,
      standing: .neverMade,
      policy: policy,
      detail: "never made: \(reason)"
    )
  }

  /// Nothing is known of it because it does not exist, not because nobody could look.
  package var isNeverMade: Bool { standing == .neverMade }
}

// MARK: - What nobody declared

extension DriftEntry {
  /// An object in an engine that stands for no resource: somebody else's, one of ours that was let go of, or one whose
  /// record was lost.
  /// - Parameter letGo: what a person let go of under its address.
  package static func extra(
    _ object: ForeignObject,
    clusterID: String,
    letGo: LetGo? = nil,
    since: Timestamp? = nil
  ) -> DriftEntry {
    let (standing, detail) = words(for: object, clusterID, letGo)
    return DriftEntry(
      address: object.address,
      kind: .extra,
      standing: standing,
      policy: .report,
      detail: detail,
      since: since
    )
  }

  private static func words(for object: ForeignObject, _ clusterID: String, _ letGo: LetGo?) -> (Standing, String) {
    guard let mark = object.mark else { return (.stranger, object.summary) }
    guard mark.clusterID == clusterID else { return (.stranger, "\(object.summary); \(mark.claim())") }
    let removal = "rhizome delete \(object.address)"
    if let letGo, letGo.means(object) {
      let text = "kept: \(object.summary), which is not declared since revision \(letGo.revision); declare it again to "
      return (.kept, text + "take it up; once nobody needs what is in it: \(removal)")
    }
    let text = "orphan: \(object.summary); it carries our mark, and there is no record of it, so nobody looks after "
    return (.orphan, text + "it: declare it again to take it up, or remove it: \(removal); until then it can be muted")
  }

  /// A whole object that stands for no resource.
  package var isObject: Bool { kind == .extra && field == nil }

  /// A person has let go of it, and knows that it is there.
  package var isKept: Bool { standing == .kept }

  /// Somebody else's, or kept on purpose: told, and no fault of what we keep.
  package var isForeign: Bool { isObject && standing != .orphan }
}

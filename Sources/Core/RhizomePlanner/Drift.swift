import RhizomeModel

/// Observed versus prior: what somebody else changed. Kept apart from change, which is desired versus observed.
enum Drift {
  /// Field by field, for a resource of ours that exists, also what is to be ignored. While an intent is pending the
  /// difference may be our own work, so nothing is said.
  static func entries(_ subject: Subject, _ record: InventoryRecord, _ seen: ObservedResource) -> [DriftEntry] {
    let policies = subject.policies
    guard subject.intent == nil, record.attributes != seen.attributes else { return [] }
    let found = Differ.differences(
      subject.schema,
      wanted: record.attributes,
      prior: record.attributes,
      seen: seen.attributes
    )
    return found.compactMap { entry($0, subject, policies) }
  }

  private static func entry(_ found: Differ.Difference, _ subject: Subject, _ policies: Policies) -> DriftEntry? {
    let change = found.change
    let desired = subject.desired.map { subject.schema.normalised($0.attributes)[change.path] } ?? .null
    let isSecret = change.isSensitive
    // What is there is what shall be: the next plan will not touch it, and nobody needs to hear of it.
    if subject.desired != nil, Differ.isSame(desired, found.seen) { return nil }
    return DriftEntry(
      address: subject.address,
      field: change.path,
      kind: change.from.isVoid ? .missing : change.to.isVoid ? .extra : .changed,
      desired: isSecret ? desired.masked : desired.withoutCleartext,
      prior: change.to,
      observed: change.from,
      policy: policies.drift(at: change.path)
    )
  }

  static func missing(_ subject: Subject, _ record: InventoryRecord) -> [DriftEntry] {
    guard subject.intent == nil else { return [] }
    let detail = "it was made in revision \(record.revision) and is gone"
    return [
      DriftEntry(address: subject.address, kind: .missing, policy: subject.policies.drift(at: nil), detail: detail)
    ]
  }

  static func unknown(_ subject: Subject, _ reason: String) -> [DriftEntry] {
    let policy = subject.policies.driftUnseen
    guard subject.record != nil || subject.desired != nil, policy != .ignore else { return [] }
    return [DriftEntry(address: subject.address, kind: .unknown, policy: policy, detail: reason)]
  }

  /// Something stands in its place, so that it cannot be made, or is as good as gone. Nothing is done about that before a
  /// person has decided, whatever the policy says.
  static func blocked(_ subject: Subject, _ reason: String) -> [DriftEntry] {
    guard subject.policies.driftUnseen != .ignore else { return [] }
    guard subject.record != nil else { return [.neverMade(subject.address, reason, subject.policies.driftUnseen)] }
    return [DriftEntry(address: subject.address, kind: .missing, policy: .report, detail: reason)]
  }

  /// What exists in engines and nobody declared. Never a ground for an action; reported always.
  static func foreign(_ objects: [ForeignObject], clusterID: String, letGo: [Address: LetGo]) -> [DriftEntry] {
    objects.sorted().map { object in
      DriftEntry.extra(object, clusterID: clusterID, letGo: object.mark.flatMap { letGo[$0.address] })
    }
  }

  /// Whether a difference is a ground for an update: always when the declaration changed, otherwise as the policy says.
  static func acts(on path: FieldPath, _ policies: Policies, isEdit: Bool) -> Bool {
    isEdit || policies.drift(at: path) == .heal
  }
}

package import RhizomeModel

/// Fifth step: seatbelts over the whole plan. Each is a small rule with a name; all run, and one that holds refuses
/// everything. Those that concern one resource alone are in `Removal`, those of a source where that is read.
struct SafetyRule: Sendable {
  let rule: Seatbelt
  /// What was seen and what to do; empty when all is well.
  let check: @Sendable (SafetyDraft) -> [Finding]

  static let all: [SafetyRule] = [
    SafetyRule(rule: .otherCluster, check: otherCluster),
    SafetyRule(rule: .otherSuffix, check: otherSuffix), SafetyRule(rule: .otherEngine, check: otherEngine),
    SafetyRule(rule: .twoSources, check: twoSources),
    SafetyRule(rule: .emptyTree, check: emptyTree),
    SafetyRule(rule: .tooManyDeletions, check: tooManyDeletions),
    SafetyRule(rule: .lastAdministrator, check: lastAdministrator),
    SafetyRule(rule: .lastOwnerKey, check: lastOwnerKey),
  ]

  /// What a rule has found.
  struct Finding: Sendable {
    let seen: String
    let advice: String
    var removals: [Address]?
  }
}

/// A plan before it is let through.
struct SafetyDraft {
  let inputs: PlanningInputs
  let actions: [Address: Action]
  /// Removals that wait for a look.
  let waiting: [Address]

  init(_ actions: [Action], _ waiting: [Address], _ inputs: PlanningInputs) {
    self.inputs = inputs
    self.waiting = waiting
    self.actions = Dictionary(actions.map { ($0.address, $0) }, uniquingKeysWith: { $1 })
  }

  /// What this source made before, without what follows from declarations.
  var inventory: [InventoryRecord] {
    inputs.prior.records.values.filter { inputs.isOurs($0) && !$0.address.kind.isDerived }
  }

  /// What would leave Rhizome's care without a person having named it; what is gone already does not count.
  var removals: [Address] {
    let planned = actions.values.filter { $0.isRemoval && inputs.observed[$0.address] != .absent }.map(\.address)
    return (planned + waiting).filter { address in
      !address.kind.isDerived && !inputs.context.approvedDeletions.contains(address)
        && !inputs.desired.hasMovedAway(address)
    }.sorted()
  }

  func isRemoved(_ address: Address) -> Bool { actions[address]?.isRemoval == true || waiting.contains(address) }
}

enum Safety {
  static func refusals(_ actions: [Action], _ waiting: [Address], _ inputs: PlanningInputs) -> [Refusal] {
    let draft = SafetyDraft(actions, waiting, inputs)
    return SafetyRule.all.filter { inputs.seatbelts.contains($0.rule) }.flatMap { rule in
      rule.check(draft).map { Refusal(rule.rule, $0.seen, advice: $0.advice, removals: $0.removals) }
    }
  }
}

// MARK: - The rules

extension SafetyRule {
  private static func otherCluster(_ draft: SafetyDraft) -> [Finding] {
    let declared = draft.inputs.desired.clusterName
    let known = draft.inputs.prior.records.keys.filter { $0.kind == .cluster }.map(\.name).sorted()
    guard !declared.isEmpty, let name = known.first, !known.contains(declared) else { return [] }
    return [
      Finding(
        seen: "These manifests declare the cluster '\(declared)', but everything here was made for '\(name)'.",
        advice: "Apply them where '\(declared)' runs, or give the Cluster its old name."
      )
    ]
  }

  /// One cluster is declared in one place: two would undo each other's work for ever.
  private static func twoSources(_ draft: SafetyDraft) -> [Finding] {
    let (context, declared) = (draft.inputs.context, draft.inputs.desired.resources)
    guard let governing = context.governing, governing != context.source else { return [] }
    let both = draft.inputs.prior.records.values.filter { $0.source == governing && declared[$0.address] != nil }
    let (other, own) = (SourceName.text(governing), SourceName.text(context.source))
    let what =
      both.isEmpty
      ? "" : ", and \(both.count) of its resources would be declared by both: \(listed(both.map(\.address).sorted()))"
    return [
      Finding(
        seen: "This cluster is declared by \(other), not by \(own)\(what).",
        advice: governing == SourceName.git
          ? "Make the change in \(other); or let go of it first: rhizome git suspend --because REASON."
          : "Make the change in \(other)."
      )
    ]
  }

  /// Nothing at all, or nothing beside the Cluster: more likely an unreadable disk than a wish.
  private static func emptyTree(_ draft: SafetyDraft) -> [Finding] {
    let inputs = draft.inputs
    let isDeclared = inputs.desired.resources.keys.contains { $0.kind != .cluster }
    guard !isDeclared, inputs.desired.share?.elsewhere.isEmpty ?? true else { return [] }
    let all = inputs.prior.records.keys.filter { !$0.kind.isDerived && $0.kind != .cluster }
    guard !all.isEmpty else { return [] }
    let allowed = inputs.context.allowedDeletions ?? 0
    if !inputs.desired.resources.isEmpty, allowed >= draft.removals.count, allowed > 0 { return [] }
    return [EmptyTree.finding(all.sorted(), source: inputs.context.source)]
  }

  private static func tooManyDeletions(_ draft: SafetyDraft) -> [Finding] {
    let removals = draft.removals
    let count = removals.count
    guard count > 0, count > draft.inputs.context.allowedDeletions ?? 0 else { return [] }
    let total = draft.inventory.count
    // Said once, by the seatbelt that knows more.
    if draft.inputs.seatbelts.contains(.emptyTree), !emptyTree(draft).isEmpty { return [] }
    let policy = draft.inputs.cluster["policy"]["deletions"]
    let (most, share) = (policy["max"].integer ?? 5, policy["percent"].integer ?? 25)
    let percentage = max(Int64(SafetyRule.everydayRemovals), share * Int64(total) / 100)
    guard count > min(most, percentage) else { return [] }
    let limit = most <= percentage ? "at most \(most)" : "at most \(percentage) (\(share) % of \(total))"
    return [
      Finding(
        seen: "This would \(loss(removals, draft)): \(count) of \(total) resources, and the cluster's policy lets "
          + "\(limit) pass in one plan.",
        advice: "If that is what you want, allow it: --allow-deletions \(count).",
        removals: removals
      )
    ]
  }

  /// So few are never a share worth talking about: small clusters would be locked otherwise.
  static let everydayRemovals = 2

  /// `delete 2 (User/a, User/b) and let go of 1 that stays where it is (Bucket/c)`
  private static func loss(_ removals: [Address], _ draft: SafetyDraft) -> String {
    let kept = removals.filter { draft.actions[$0]?.verb == .forget }
    let deleted = removals.filter { draft.actions[$0]?.verb != .forget }
    let stays = "let go of \(kept.count) that \(kept.count == 1 ? "stays where it is" : "stay where they are")"
    return [
      deleted.isEmpty ? nil : "delete \(deleted.count) (\(listed(deleted)))",
      kept.isEmpty ? nil : "\(stays) (\(listed(kept)))",
    ].compactMap { $0 }.joined(separator: " and ")
  }

  /// Administrators are the members of the group `admins`, and of groups labelled `administrators: "true"`.
  private static func lastAdministrator(_ draft: SafetyDraft) -> [Finding] {
    let records = draft.inputs.prior.records
    let groups = Set(records.keys.filter { isAdministrators($0, draft) })
      .union(draft.inputs.desired.resources.keys.filter { isAdministrators($0, draft) })
    let before = groups.flatMap { records[$0]?.attributes["members"].texts ?? [] }
      .filter { records[Address(.user, $0)] != nil }
    let after = groups.flatMap { members(of: $0, draft) }.filter { !draft.isRemoved(Address(.user, $0)) }
    guard !before.isEmpty, after.isEmpty else { return [] }
    let names = Set(before).sorted().joined(separator: ", ")
    return [
      Finding(
        seen: "This would leave nobody who may administer the cluster: so far \(names) did.",
        advice: "Put somebody into the group '\(groups.sorted().first?.name ?? "admins")' first."
      )
    ]
  }

  private static func isAdministrators(_ address: Address, _ draft: SafetyDraft) -> Bool {
    guard address.kind == .group else { return false }
    return address.name == "admins" || draft.inputs.desired.resources[address]?.labels["administrators"] == "true"
  }

  private static func members(of group: Address, _ draft: SafetyDraft) -> [String] {
    if draft.isRemoved(group) { return [] }
    let attributes = draft.inputs.desired.resources[group]?.attributes ?? draft.inputs.prior.records[group]?.attributes
    return attributes?["members"].texts ?? []
  }

  /// A bucket that stays, and that somebody owned, needs somebody who owns it.
  private static func lastOwnerKey(_ draft: SafetyDraft) -> [Finding] {
    let (records, resources) = (draft.inputs.prior.records, draft.inputs.desired.resources)
    guard (draft.waiting + draft.actions.keys).contains(where: { losesOwner($0, draft) }) else { return [] }
    let before = owners(records.keys) { records[$0]?.attributes }
    let lost = before.filter { bucket, grants in
      !draft.isRemoved(Address(.bucket, bucket)) && grants.allSatisfy { losesOwner($0, draft) }
        && draft.inputs.context.approvedDeletions.isDisjoint(with: grants)
    }
    let after = owners(resources.keys) { resources[$0]?.attributes }
    return lost.keys.filter { after[$0] == nil }.sorted().map { bucket in
      Finding(
        seen: "This would leave Bucket/\(bucket) without any key that owns it.",
        advice:
          "Give another key the permission 'owner' first, or remove \(listed((lost[bucket] ?? []).sorted())) by name."
      )
    }
  }

  private static func losesOwner(_ grant: Address, _ draft: SafetyDraft) -> Bool {
    guard grant.kind == .grant else { return false }
    if draft.isRemoved(grant) { return true }
    guard draft.actions[grant]?.verb == .update else { return false }
    return draft.inputs.desired.resources[grant]?.attributes["owner"] != true
  }

  private static func owners(
    _ addresses: some Sequence<Address>,
    _ attributes: (Address) -> Value?
  ) -> [String: [Address]] {
    var result: [String: [Address]] = [:]
    for address in addresses where address.kind == .grant {
      guard let grant = attributes(address), grant["owner"] == true, let bucket = grant["bucket"].text else { continue }
      result[bucket, default: []].append(address)
    }
    return result
  }

  private static func listed(_ addresses: [Address]) -> String { EmptyTree.listed(addresses) }
}

/// A tree that declares nothing, seen by the planner, or before it where there is not even a Cluster.
package enum EmptyTree {
  /// - Parameter made: what was made so far, without what follows from declarations; sorted.
  package static func refusal(_ made: [Address], source: String) -> Refusal {
    let found = finding(made, source: source)
    return Refusal(.emptyTree, found.seen, advice: found.advice, removals: found.removals)
  }

  static func finding(_ made: [Address], source: String) -> SafetyRule.Finding {
    let what = made.count == 1 ? "1 resource is" : "\(made.count) resources are"
    return SafetyRule.Finding(
      seen: "Nothing is declared by \(SourceName.text(source)) any more, and \(what) there that would be lost: "
        + "\(listed(made)).",
      advice: "Check that all files are there, readable and not empty. To really remove everything, leave the Cluster "
        + "and allow it: --allow-deletions \(made.count).",
      removals: made
    )
  }

  static func listed(_ addresses: [Address]) -> String {
    let shown = addresses.prefix(5).map(\.description).joined(separator: ", ")
    return addresses.count > 5 ? "\(shown) and \(addresses.count - 5) more" : shown
  }
}

extension PlanningInputs {
  /// The cluster's declaration; where it is gone, what it was.
  var cluster: Value {
    if let declared = desired.cluster { return declared.attributes }
    return prior.records.keys.filter { $0.kind == .cluster }.sorted().first
      .flatMap { prior.records[$0]?.attributes } ?? .null
  }
}

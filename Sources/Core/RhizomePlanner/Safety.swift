import RhizomeModel

/// Fifth step: seatbelts. Each is a small rule with a name; all run, and one that holds refuses the whole plan.
struct SafetyRule: Sendable {
  let rule: Refusal.Rule
  /// The sentences of what was seen and what to do; empty when all is well.
  let check: @Sendable (SafetyDraft) -> [String]

  static let all: [SafetyRule] = [
    SafetyRule(rule: .otherCluster, check: otherCluster),
    SafetyRule(rule: .emptyTree, check: emptyTree),
    SafetyRule(rule: .tooManyDeletions, check: tooManyDeletions),
    SafetyRule(rule: .lastAdministrator, check: lastAdministrator),
    SafetyRule(rule: .lastOwnerKey, check: lastOwnerKey),
  ]
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
    inputs.prior.records.values.filter { $0.source == inputs.context.source && !$0.address.kind.isDerived }
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
    return SafetyRule.all.flatMap { rule in rule.check(draft).map { Refusal(rule.rule, $0) } }
  }
}

// MARK: - The rules

extension SafetyRule {
  private static func otherCluster(_ draft: SafetyDraft) -> [String] {
    let declared = draft.inputs.desired.clusterName
    let known = draft.inputs.prior.records.keys.filter { $0.kind == .cluster }.map(\.name).sorted()
    guard !declared.isEmpty, let name = known.first, !known.contains(declared) else { return [] }
    return [
      "These manifests declare the cluster '\(declared)', but everything here was made for '\(name)'. Apply them where "
        + "'\(declared)' runs, or give the Cluster its old name."
    ]
  }

  /// Nothing at all, or nothing beside the Cluster: more likely an unreadable disk than a wish.
  private static func emptyTree(_ draft: SafetyDraft) -> [String] {
    let inputs = draft.inputs
    let made = draft.inventory.count { $0.address.kind != .cluster }
    let isDeclared = inputs.desired.resources.keys.contains { $0.kind != .cluster }
    guard made > 0, !isDeclared, inputs.desired.share?.elsewhere.isEmpty ?? true else { return [] }
    let allowed = inputs.context.allowedDeletions ?? 0
    if !inputs.desired.resources.isEmpty, allowed >= draft.removals.count, allowed > 0 { return [] }
    return [
      "'\(inputs.context.source)' declares nothing any more, but \(counted(made, "resource")) came from it. Check that the "
        + "folder is complete and readable; to really remove everything, leave the Cluster and allow "
        + "\(counted(made, "deletion")) (--allow-deletions \(made))."
    ]
  }

  private static func tooManyDeletions(_ draft: SafetyDraft) -> [String] {
    let (count, total) = (draft.removals.count, draft.inventory.count)
    guard count > 0, count > draft.inputs.context.allowedDeletions ?? 0 else { return [] }
    let policy = draft.inputs.cluster["policy"]["deletions"]
    let (most, share) = (policy["max"].integer ?? 5, policy["percent"].integer ?? 25)
    // One resource alone is never a share worth talking about: small clusters would be locked otherwise.
    let isLargeShare = count > 1 && Int64(count) * 100 > share * Int64(total)
    guard count > most || isLargeShare else { return [] }
    let limit = count > most ? "at most \(most)" : "at most \(share) %"
    return [
      "This would remove \(count) of \(total) resources, and the cluster's policy lets \(limit) pass in one plan: "
        + "\(listed(draft.removals)). If that is what you want, allow it: --allow-deletions \(count)."
    ]
  }

  /// Administrators are the members of the group `admins`, and of groups labelled `administrators: "true"`.
  private static func lastAdministrator(_ draft: SafetyDraft) -> [String] {
    let records = draft.inputs.prior.records
    let groups = Set(records.keys).union(draft.inputs.desired.resources.keys).filter { isAdministrators($0, draft) }
    let before = groups.flatMap { records[$0]?.attributes["members"].texts ?? [] }
      .filter { records[Address(.user, $0)] != nil }
    let after = groups.flatMap { members(of: $0, draft) }.filter { !draft.isRemoved(Address(.user, $0)) }
    guard !before.isEmpty, after.isEmpty else { return [] }
    let names = Set(before).sorted().joined(separator: ", ")
    return [
      "This would leave nobody who may administer the cluster: so far \(names) did. Put somebody into the group "
        + "'\(groups.sorted().first?.name ?? "admins")' first."
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
  private static func lastOwnerKey(_ draft: SafetyDraft) -> [String] {
    let before = owners(draft.inputs.prior.records.mapValues(\.attributes))
    let lost = before.filter { bucket, grants in
      !draft.isRemoved(Address(.bucket, bucket)) && grants.allSatisfy { losesOwner($0, draft) }
        && draft.inputs.context.approvedDeletions.isDisjoint(with: grants)
    }
    let after = owners(draft.inputs.desired.resources.mapValues(\.attributes))
    return lost.keys.filter { after[$0] == nil }.sorted().map { bucket in
      "This would leave Bucket/\(bucket) without any key that owns it. Give another key the permission 'owner' first, or "
        + "remove \(listed((lost[bucket] ?? []).sorted())) by name."
    }
  }

  private static func losesOwner(_ grant: Address, _ draft: SafetyDraft) -> Bool {
    if draft.isRemoved(grant) { return true }
    guard draft.actions[grant]?.verb == .update else { return false }
    return draft.inputs.desired.resources[grant]?.attributes["owner"] != true
  }

  private static func owners(_ resources: [Address: Value]) -> [String: [Address]] {
    var result: [String: [Address]] = [:]
    for (address, attributes) in resources where address.kind == .grant && attributes["owner"] == true {
      if let bucket = attributes["bucket"].text { result[bucket, default: []].append(address) }
    }
    return result
  }

  private static func counted(_ count: Int, _ noun: String) -> String { count == 1 ? "1 \(noun)" : "\(count) \(noun)s" }

  private static func listed(_ addresses: [Address]) -> String {
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

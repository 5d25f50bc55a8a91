package import RhizomeModel

/// How much of what a plan holds.
package struct PlanSummary: Sendable, Hashable, Codable {
  package let create: Int
  package let update: Int
  package let delete: Int
  package let adopt: Int
  package let forget: Int
  package let blocked: Int
  package let unknown: Int
  package let unpruned: Int
  package let unchanged: Int
  package let refused: Bool

  package init(_ plan: Plan) {
    create = plan.count(.create)
    update = plan.count(.update)
    delete = plan.count(.delete)
    adopt = plan.count(.adopt)
    forget = plan.count(.forget)
    blocked = plan.count(.blocked)
    unknown = plan.unknown.count
    unpruned = plan.unpruned.count
    unchanged = plan.unchangedCount
    refused = !plan.refusals.isEmpty
  }

  /// `Plan: 3 to create, 1 to update, 0 to delete.`, and what else there is.
  package var sentence: String {
    let always = ["\(create) to create", "\(update) to update", "\(delete) to delete"]
    let further = [(adopt, "to adopt"), (forget, "to forget"), (blocked, "blocked"), (unknown, "unknown")]
    return "Plan: " + (always + further.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }).joined(separator: ", ") + "."
  }
}

/// A plan for programs. Encode it with sorted keys: equal plans then give equal bytes.
package struct PlanDocument: Sendable, Hashable, Codable {
  package static let currentFormatVersion = 1

  package let formatVersion: Int
  package let summary: PlanSummary
  package let plan: Plan

  package init(_ plan: Plan) {
    self.formatVersion = PlanDocument.currentFormatVersion
    self.summary = PlanSummary(plan)
    self.plan = plan
  }
}

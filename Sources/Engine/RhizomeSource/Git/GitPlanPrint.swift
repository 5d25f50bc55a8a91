#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import OpenSSL
package import RhizomeModel

/// A plan that somebody was shown, in little: enough to know it again, and to say what differs from it. Costs do not
/// count: they move by themselves.
package struct GitPlanPrint: Sendable, Hashable, Codable {
  /// One action.
  package struct Entry: Sendable, Hashable, Codable {
    package let address: Address
    package let verb: Action.Verb
    /// Digest of its fields, each with from and to.
    package let fields: String
    /// Why it is blocked; nil for any other.
    package let reason: String?

    init(_ action: Action) {
      (address, verb, fields) = (action.address, action.verb, GitPlanPrint.digest(action.changes))
      reason = action.verb == .blocked ? action.reason : nil
    }
  }

  /// SHA-256 over every action, in hexadecimal.
  package let fingerprint: String
  /// By address; no more than `most` of them.
  package let entries: [Entry]
  /// How many there are in all.
  package let count: Int

  /// Entries that are kept. The fingerprint is of all.
  static let most = 2_000
  /// Differences that are named.
  static let named = 20

  package init(_ plan: Plan) {
    let all = plan.actions.map { Entry($0) }.sorted { ($0.address, $0.fields) < ($1.address, $1.fields) }
    let text = all.map { "\($0.verb.rawValue) \($0.address) \($0.fields)\n" }.joined()
    fingerprint = Hex.encode(Digest.of((plan.clusterName + "\n" + text).utf8, .sha256))
    entries = Array(all.prefix(GitPlanPrint.most))
    count = all.count
  }

  /// Secrets are in it by their keyed fingerprints only.
  private static func digest(_ changes: [FieldChange]) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let bytes = (try? encoder.encode(changes)).map(Array.init) ?? []
    return String(Hex.encode(Digest.of(bytes, .sha256)).prefix(32))
  }

  /// How people name it.
  package var name: String { String(fingerprint.prefix(12)) }

  /// What differs in a plan made anew, in sentences; empty when it is the same.
  package func changes(in fresh: GitPlanPrint) -> [String] {
    guard fingerprint != fresh.fingerprint else { return [] }
    let (old, new) = (byAddress, fresh.byAddress)
    let sentences = Set(old.keys).union(new.keys).sorted().compactMap { GitPlanPrint.change($0, old[$0], new[$0]) }
    guard !sentences.isEmpty else { return ["actions beyond the first \(GitPlanPrint.most) differ"] }
    let rest = sentences.count - GitPlanPrint.named
    return sentences.prefix(GitPlanPrint.named) + (rest > 0 ? ["and \(rest) more"] : [])
  }

  private static func change(_ address: Address, _ old: Entry?, _ new: Entry?) -> String? {
    switch (old, new) {
    case (let old?, let new?) where old.verb != new.verb:
      "\(address): \(old.verb.rawValue) has become \(new.verb.rawValue)"
    case (let old?, let new?) where old.fields != new.fields: "\(address): its fields would change otherwise than shown"
    case (let old?, nil): "\(address): \(old.verb.rawValue) is no longer in it"
    case (nil, let new?): "\(address): \(new.verb.rawValue) has come up"
    default: nil
    }
  }

  private var byAddress: [Address: Entry] {
    Dictionary(entries.map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
  }
}

/// A person has looked at a commit that was refused, and lets it pass.
package struct GitApproval: Sendable, Hashable {
  package let commit: String
  /// So many deletions were shown.
  package let deletions: Int?
  /// The plan that was shown; nil when there was none to show, and then only a plan without actions passes.
  package let plan: GitPlanPrint?
  /// Who has looked, and why it may pass.
  package let given: RevisionApproval

  package init(commit: String, deletions: Int?, plan: GitPlanPrint?, given: RevisionApproval) {
    self.commit = commit
    self.deletions = deletions
    self.plan = plan
    self.given = given
  }

  /// What stands against a plan that was made anew; nil when it is what was approved.
  package func objection(to plan: Plan) -> [String]? {
    guard let shown = self.plan else {
      return plan.actions.isEmpty ? nil : ["what it would do could not be told when it was approved"]
    }
    let changes = shown.changes(in: GitPlanPrint(plan))
    return changes.isEmpty ? nil : changes
  }
}

import ArgumentParser
package import RhizomeAPI
package import RhizomeModel

/// How it stands with the followed repository, as the verbs print it.
package enum GitOutput {
  package static func write(_ status: GitStatusView, as format: OutputFormat) throws {
    switch format {
    case .json: try Printer.json(status)
    case .yaml: Printer.out(try YAMLText.encode(status))
    default: Printer.out(text(status, now: .now))
    }
  }

  /// The same, after something was asked for.
  /// - Throws: `ExitCode.failure` when the newest commit does not run.
  package static func finish(_ status: GitStatusView, as format: OutputFormat) throws {
    try write(status, as: format)
    if status.state != .synced { throw ExitCode.failure }
  }

  package static func text(_ status: GitStatusView, now: Timestamp) -> String {
    guard status.state != .off else {
      return "No repository is followed. Declare one in Cluster.spec.git, or start with: rhizome up --git URL"
    }
    let place = "\(status.url ?? "?"), branch \(status.branch ?? "?")\(status.path.map { ", folder \($0)" } ?? "")"
    var lines = ["Repository   \(place)", "State        \(state(status, now))"]
    lines += (status.outranked ?? []).map { "             \($0)" }
    lines += runs(status, now)
    if let looked = status.lookedAt {
      let ending = status.failure == nil ? "" : ", the last time with success"
      lines.append("Looked       \(Age.ago(looked, now: now))\(ending)")
    }
    if let suspension = status.suspension {
      let since = Age.ago(suspension.since, now: now)
      lines.append("Suspended    \(since) by \(suspension.by): \(suspension.reason)")
      lines.append("             Go on with: rhizome git resume")
    }
    if let forge = status.forge { lines += written(forge, now) }
    if let webhook = status.webhook { lines += hook(webhook, now) }
    if let refused = status.refused { lines += refusal(refused, now) }
    return lines.map(TextTable.printable).joined(separator: "\n")
  }

  private static func state(_ status: GitStatusView, _ now: Timestamp) -> String {
    switch status.state {
    case .off: "off"
    case .suspended: "suspended: no commit is applied"
    case .unknown: "unknown: \(status.failure ?? "could not look") (\(failures(status, now)))"
    case .refused: "refused: the newest commit was not applied"
    case .synced: "synced"
    case .overridden: "changed by hand since the last commit"
    case .waiting: "not looked at yet"
    }
  }

  /// `3 in a row, the first 2m ago`
  private static func failures(_ status: GitStatusView, _ now: Timestamp) -> String {
    let since = status.failingSince.map { ", the first \(Age.ago($0, now: now))" } ?? ""
    return "\(status.failureCount) in a row\(since)"
  }

  private static func runs(_ status: GitStatusView, _ now: Timestamp) -> [String] {
    guard let commit = status.applied, let revision = status.appliedRevision else {
      return ["Runs         nothing yet"]
    }
    let age = status.appliedAt.map { ", applied \(Age.ago($0, now: now))" } ?? ""
    let text = "\(commit.id.prefix(10)) \(commit.summary) (\(commit.author)), revision \(revision)\(age)"
    guard let current = status.currentRevision, current != revision else { return ["Runs         \(text)"] }
    let verb = status.suspension == nil ? "sync" : "resume"
    return [
      "Runs         revision \(current), which has taken over by hand; back to the branch with: rhizome git \(verb)",
      "Before that  \(text)",
    ]
  }

  /// What people see on the forge.
  private static func written(_ forge: GitStatusView.Forge, _ now: Timestamp) -> [String] {
    var lines = ["Forge        \(forge.place): nothing written yet"]
    if let commit = forge.commit, let verdict = forge.verdict {
      let age = forge.at.map { ", \(Age.ago($0, now: now))" } ?? ""
      lines = ["Forge        \(forge.place): \(verdict) beside \(commit.prefix(10))\(age)"]
    }
    guard let failure = forge.failure else { return lines }
    let count = forge.waiting == 1 ? "1 status is" : "\(forge.waiting) statuses are"
    lines.append("             \(count) not written, after \(forge.failureCount) attempts: \(failure)")
    return lines + ["             It is tried again, and holds up nothing."]
  }

  /// Whether pushes are heard of at once.
  private static func hook(_ webhook: GitStatusView.Webhook, _ now: Timestamp) -> [String] {
    let heard = webhook.heardAt.map { "last heard \(Age.ago($0, now: now))" } ?? "nothing heard since the start"
    let standing =
      webhook.failure.map { "does not listen: \($0)" } ?? (webhook.isListening ? heard : "not listening yet")
    var lines = ["Webhook      \(webhook.place): \(standing)"]
    if webhook.refusedCount > 0, let last = webhook.refusedAt {
      let count = webhook.refusedCount == 1 ? "1 was" : "\(webhook.refusedCount) were"
      lines.append(
        "             \(count) refused for a wrong signature, the last \(Age.ago(last, now: now)): does the forge"
      )
      lines.append("             have the value of the Secret that Cluster.spec.git.webhook names?")
    }
    return lines
  }

  private static func refusal(_ refused: GitStatusView.Refused, _ now: Timestamp) -> [String] {
    let commit = refused.commit
    let age = Age.ago(refused.since, now: now)
    var lines = [
      "Refused      \(commit.id.prefix(10)) \(commit.summary) (\(commit.author)), \(age): \(refused.rule)"
    ]
    lines += refused.message.split(separator: "\n").map { "             \($0)" }
    // The message names a few.
    if refused.deletions.count > 5, refused.plan == nil {
      let more = refused.deletionCount > refused.deletions.count ? " and more" : ""
      let names = refused.deletions.map(\.description).joined(separator: ", ")
      lines.append("             All that would go: \(names)\(more)")
    }
    if let plan = refused.plan { lines += actions(refused, plan) }
    return lines
  }

  private static func actions(_ refused: GitStatusView.Refused, _ plan: String) -> [String] {
    // The name is for approving it.
    let name = refused.canBeApproved ? " (plan \(plan))" : ""
    guard refused.actionCount > 0 else { return ["             It would do nothing else\(name)."] }
    let shown = refused.actions.prefix(20)
    let rest = refused.actionCount - shown.count
    return ["             All that it would do\(name):"] + shown.map { "               \($0)" }
      + (rest > 0 ? ["               and \(rest) more: rhizome plan --to COMMIT --against live"] : [])
  }
}

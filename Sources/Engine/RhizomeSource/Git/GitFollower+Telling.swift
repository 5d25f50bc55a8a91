import RhizomeModel

/// What the follower tells people.
extension GitFollower {
  /// An event for each change of what is known.
  func tell(_ before: GitSourceState) async {
    if let applied = state.record.applied, applied != before.record.applied {
      let text =
        "\(applied.commit.shortID) (\(applied.commit.summary)) by \(applied.commit.author) is revision \(applied.revision)."
      await consumer.tell(.normal, "GitApplied", text)
    }
    if let refused = state.record.refused, refused != before.record.refused {
      await consumer.tell(.warning, "GitRefused", GitFollower.sentence(refused, runs: state.record.applied))
    }
    switch (before.failure, state.failure) {
    case (nil, let failure?): await consumer.tell(.warning, "GitUnknown", "Could not look: \(failure.message).")
    case (_?, nil): await consumer.tell(.normal, "GitReachable", "The repository can be looked at again.")
    default: break
    }
  }

  func tellSuspended(_ suspension: GitRecord.Suspension) async {
    let message = "No commit is applied any more, says \(suspension.by): \(suspension.reason.asSentence)"
    await consumer.tell(.warning, "GitSuspended", message)
  }

  func tellResumed(_ reason: String?, by author: String) async {
    let why = reason.map { ": \($0.asSentence)" } ?? "."
    await consumer.tell(.normal, "GitResumed", "Commits are applied again, says \(author)\(why)")
  }

  /// Of the commit that waits.
  func tellApproved(_ approval: RevisionApproval) async {
    guard let refused = state.record.refused else { return }
    let plan = refused.refusal.plan.map { ", with plan \($0.name)" } ?? ""
    let why = approval.reason.map { ": \($0.asSentence)" } ?? "."
    let message =
      "\(refused.commit.shortID) by \(refused.commit.author) was approved by \(approval.by)\(plan)\(why)"
    await consumer.tell(.normal, "GitApproved", message)
  }

  private static func sentence(_ refused: GitRecord.Refused, runs applied: GitRecord.Applied?) -> String {
    let rest: String
    switch applied {
    case let applied? where applied.commit.id != refused.commit.id:
      rest = "\(applied.commit.shortID) runs on (revision \(applied.revision))."
    case .some: rest = "What was applied by hand meanwhile runs on."
    case nil: rest = "Nothing was applied yet."
    }
    // An event is one line.
    let reason = refused.refusal.message.split(separator: "\n").joined(separator: "; ").asSentence
    return "\(refused.commit.shortID) by \(refused.commit.author) was not applied: \(reason) \(rest)"
  }
}

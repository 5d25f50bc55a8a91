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

  private static func sentence(_ refused: GitRecord.Refused, runs applied: GitRecord.Applied?) -> String {
    let rest: String
    switch applied {
    case let applied? where applied.commit.id != refused.commit.id:
      rest = "\(applied.commit.shortID) runs on (revision \(applied.revision))."
    case .some: rest = "What was applied by hand meanwhile runs on."
    case nil: rest = "Nothing was applied yet."
    }
    return "\(refused.commit.shortID) by \(refused.commit.author) was not applied: \(refused.refusal.message) \(rest)"
  }
}

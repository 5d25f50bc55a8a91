package import RhizomeModel

/// What a refused commit is told with: what the seatbelts saw, and what helps in a repository.
package enum GitAdvice {
  package static func text(_ refusal: GitRefusal, _ commit: GitCommit) -> String {
    refusal.seatbelts.map { "\($0.rule.rawValue): \($0.finding) \(advice($0, refusal, commit))" }
      .joined(separator: "\n")
  }

  private static func advice(_ seatbelt: Refusal, _ refusal: GitRefusal, _ commit: GitCommit) -> String {
    switch seatbelt.rule {
    case .tooManyDeletions where refusal.canBeApproved:
      "If it is meant: rhizome approve \(commit.shortID)\(refusal.plan.map { " --plan \($0.name)" } ?? ""), or "
        + trailer(refusal.deletionCount)
    case .tooManyDeletions: "Change the commit."
    case .emptyTree: emptyTree(refusal.deletionCount)
    case .nothingToFollow: newPlace
    default: seatbelt.advice ?? "Change the commit."
    }
  }

  /// The refusal of a commit that what runs contains.
  static func older(than running: Substring, _ advice: String) -> Refusal {
    Refusal(.olderRevision, "it is older than \(running), which runs: the branch was set back.", advice: advice)
  }

  /// The same for somebody who looks at the commit before it is the branch's newest.
  package static func olderBeforeMerge(than running: String) -> Refusal {
    let advice =
      "Put a commit on top of \(running.prefix(10)). If it is meant: once the branch is set back, somebody who has looked "
      + "runs rhizome approve COMMIT"
    return older(than: running.prefix(10), advice)
  }

  /// What to do about a commit that does not lead on from the running one. An approval is offered only where it helps.
  static func notAhead(_ commit: GitCommit, of running: Substring, _ forecast: GitForecast) -> String {
    let push = "Push a commit on top of \(running)"
    if let obstacle = forecast.obstacle {
      return "\(push). It cannot be approved, for this refuses it as well:\n\(obstacle)"
    }
    let name = forecast.plan.map { " --plan \(GitPlanPrint($0).name)" } ?? ""
    return "\(push), or if it was meant: rhizome approve \(commit.shortID)\(name)"
  }

  /// The same refusals for somebody who looks at a change before it is merged: what helps is what will help then.
  package static func beforeMerge(_ refusals: [Refusal]) -> [Refusal] {
    // Nobody can approve what another seatbelt refuses as well.
    let canBeApproved = refusals.allSatisfy { $0.rule == .tooManyDeletions }
    return refusals.map { refusal in
      let count = refusal.removals?.count ?? 0
      let advice: String? =
        switch refusal.rule {
        case .tooManyDeletions where canBeApproved:
          "If it is meant: once it is merged, somebody who has looked runs rhizome approve COMMIT; or it comes as "
            + trailer(count)
        case .tooManyDeletions: "Change the commit: more than this seatbelt refuses it."
        case .emptyTree: emptyTree(count)
        case .nothingToFollow: newPlace
        default: refusal.advice
        }
      return Refusal(refusal.rule, refusal.finding, advice: advice, removals: refusal.removals)
    }
  }

  private static func trailer(_ count: Int) -> String {
    "a signed commit with the trailer Rhizome-Allow-Deletions: \(count)"
  }

  private static let newPlace = "Mend 'git' in the Cluster; or mend that place first, then: rhizome git sync"

  private static func emptyTree(_ count: Int) -> String {
    "Check that the files are in the folder that is followed, and not empty. To really remove everything, leave the "
      + "Cluster, sign the commit, and end it with the trailer Rhizome-Allow-Deletions: \(count)"
  }
}

/// The seatbelts: rules that keep a small mistake from becoming a large loss. Their names are shown to people and stand
/// in JSON; `Docs/Handbook.md` says of each what to do.
package enum Seatbelt: String, Sendable, Hashable, Codable, CaseIterable {
  /// Nothing is declared any more, or nothing beside the Cluster.
  case emptyTree
  /// More would go than the cluster's policy lets pass in one plan.
  case tooManyDeletions
  /// The folder that was read is not where it was.
  case folderRenamed
  /// From then on a place would be followed where no manifests of this cluster were found.
  case nothingToFollow
  /// The manifests are those of another cluster.
  case otherCluster
  /// The people in the directory would be left behind below another suffix.
  case otherSuffix
  /// Buckets or people would be left behind in another engine.
  case otherEngine
  /// Something annotated as protected would go.
  case protectedResource
  /// A bucket that still holds objects would be deleted.
  case bucketWithData
  /// Nobody would be left who may administer the cluster.
  case lastAdministrator
  /// A bucket would be left that no key owns.
  case lastOwnerKey
  /// What is to be applied is older than what runs.
  case olderRevision
  /// Two sources would declare the cluster at the same time.
  case twoSources
  /// What another source declared is moved or kept, and never deleted on behalf of this one.
  case movedBetweenSources
}

/// A seatbelt that holds: its name, and sentences on what it saw and what to do.
package struct Refusal: Sendable, Hashable, Codable {
  package let rule: Seatbelt
  /// What was seen, and what to do.
  package let message: String
  /// The end of `message`: what somebody does who applies a folder by hand.
  package let advice: String?
  /// What would go, where that is what the seatbelt counts; sorted.
  package let removals: [Address]?

  package init(_ rule: Seatbelt, _ seen: String, advice: String? = nil, removals: [Address]? = nil) {
    self.rule = rule
    self.message = advice.map { "\(seen) \($0)" } ?? seen
    self.advice = advice
    self.removals = removals
  }

  /// What was seen, without advice.
  package var finding: String {
    guard let advice, message.hasSuffix(advice) else { return message }
    return String(message.dropLast(advice.count + 1))
  }
}

/// One source of declarations taking over from another: nothing is deleted or made anew.
package struct PlanTakeover: Sendable, Hashable, Codable {
  /// Who declares from now on.
  package let source: String
  /// Who declared before; sorted.
  package let from: [String]
  /// Declared by both, and so moved; sorted.
  package let moved: [Address]
  /// Declared by an earlier source only, and kept; sorted.
  package let kept: [Address]

  package init(source: String, from: [String], moved: [Address], kept: [Address]) {
    self.source = source
    self.from = from
    self.moved = moved
    self.kept = kept
  }

  /// What happens, in sentences.
  package var sentences: [String] {
    var lines: [String] = []
    if !moved.isEmpty {
      let what = moved.count == 1 ? "1 resource moves" : "\(moved.count) resources move"
      lines.append("\(what) to \(SourceName.text(source)), and nothing is deleted or made anew for that.")
    }
    if !kept.isEmpty {
      let names = kept.prefix(5).map(\.description).joined(separator: ", ")
      let rest = kept.count > 5 ? " and \(kept.count - 5) more" : ""
      lines.append(
        "Made for \(from.map(SourceName.text).joined(separator: " and ")), declared no more, and kept: \(names)\(rest). "
          + "Declare them again, or remove them by name: rhizome delete ADDRESS. Should that source take over again, it "
          + "prunes what it does not declare then."
      )
    }
    return lines
  }
}

/// The sources that there are, and how they are called when people read of them.
package enum SourceName {
  /// Manifests that a person applies from a folder.
  package static let folder = "folder"
  /// Manifests in the repository that is followed.
  package static let git = "git"

  package static func text(_ source: String) -> String {
    switch source {
    case folder: "the folder"
    case git: "the repository"
    default: "'\(source)'"
    }
  }
}

package import RhizomeModel

/// Where the files of a folder are that is gone: somebody has renamed it, and everything in it seems to be deleted.
package struct GitMove: Sendable, Hashable {
  /// The folder in which most of them are now.
  package let folder: String
  package let found: Int
  package let total: Int

  package init(folder: String, found: Int, total: Int) {
    self.folder = folder
    self.found = found
    self.total = total
  }

  /// Looks for the same contents under the same names below another folder.
  /// - Parameters:
  ///   - before: the manifests of the folder as it was, with their paths in it.
  ///   - after: all manifests of the newer commit, with their paths in the repository.
  /// - Returns: nil where not one of them is to be found.
  package static func find(_ before: [GitTreeEntry], in after: [GitTreeEntry]) -> GitMove? {
    let places = Dictionary(grouping: after, by: \.object)
    var counts: [String: Int] = [:]
    for entry in before {
      for place in places[entry.object] ?? [] where place.path.hasSuffix("/" + entry.path) {
        counts[String(place.path.dropLast(entry.path.count + 1)), default: 0] += 1
      }
    }
    // By name where two hold as many, so that equal trees give equal messages.
    guard let best = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return nil }
    return GitMove(folder: best.key, found: best.value, total: before.count)
  }
}

extension GitMove {
  /// The refusal of a commit in which the followed folder is not there, or without a manifest.
  /// - Parameter move: where its files are now; nil when nobody knows.
  package static func refusal(of path: String, _ move: GitMove?) -> Refusal {
    let seen = "the folder '\(path)' that is followed holds no manifests in this commit; was it renamed?"
    guard let move else {
      return Refusal(.folderRenamed, seen, advice: advice(path))
    }
    let name = move.folder.isEmpty ? "the top of the repository" : "'\(move.folder)'"
    return Refusal(
      .folderRenamed,
      "\(seen) \(move.found) of its \(move.total) files are in \(name) now.",
      advice: "Give it its old name back. To follow \(name), first push a commit that has both and declares it as "
        + "Cluster.spec.git.path; where the manifests declare no 'git', start the daemon with --git URL --path "
        + "'\(move.folder)'."
    )
  }

  private static func advice(_ path: String) -> String {
    "Put it back, or declare another 'path' before it goes. Where '\(path)' is what somebody mistyped: rhizome rollback to "
      + "the revision before it, and once the repository names the right one, rhizome git resume."
  }
}

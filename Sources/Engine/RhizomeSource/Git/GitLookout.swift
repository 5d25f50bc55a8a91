#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import RhizomeManifest

/// Looks at a place that is not followed yet, in a copy of its newest commit that is thrown away at once.
package struct GitLookout: Sendable {
  private let folder: String

  /// Nobody who waits for an apply waits longer than this for a repository.
  static let patience = Duration.seconds(45)
  private static let prefix = "look-"

  /// - Parameter folder: where the copies are made; what an earlier life left there of them is removed.
  package init(folder: String) {
    self.folder = folder
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where name.hasPrefix(GitLookout.prefix) {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
  }

  /// - Throws: `GitFailure` when there is no such place, or it cannot be looked at; `SourceError` when its files must not
  ///   be read; `CancellationError`.
  package func look(at place: GitSettings) async throws -> GitSight {
    let copy = GitFolder("\(folder)/\(GitLookout.prefix)\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(atPath: copy.path) }
    let mirror = try GitMirror(copy)
    var settings = place
    settings.timeout = min(place.timeout, GitLookout.patience)
    let commit = try await mirror.fetch(settings, known: nil)
    let files = try await GitLookout.files(mirror, commit, settings)
    let isGood = files?.isEmpty == false
    let folders = isGood ? [] : try await mirror.folders(commit, settings)
    return GitSight(settings: place, commit: commit, files: files, folders: folders)
  }

  private static func files(_ mirror: GitMirror, _ commit: String, _ settings: GitSettings) async throws
    -> [ManifestFile]?
  {
    do {
      return try await mirror.snapshot(commit, settings).files
    } catch let error as SourceError where error.code == .notAFolder {
      return nil
    }
  }
}

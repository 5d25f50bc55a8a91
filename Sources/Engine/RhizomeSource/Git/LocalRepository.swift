#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import ProgramRunner
package import RhizomeManifest

/// A repository on this machine, somebody's clone: read like the mirror of the followed one, so that a pull request from a
/// stranger can be looked at without running or checking out anything of it.
package struct LocalRepository: Sendable {
  private let reader: GitReader
  /// Where it was looked for.
  private let place: String
  /// The folder that it was looked for in, seen from the repository's root; empty for the root.
  package let folder: String

  /// The repository that a folder belongs to, or that it is.
  /// - Throws: `GitFailure` when there is none, or no git; `CancellationError`.
  package static func around(_ folder: String) async throws -> LocalRepository {
    var isFolder = false
    let path = URL(filePath: folder).standardizedFileURL.path
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard exists, isFolder else { throw GitFailure(.noRepository, "there is no folder \(folder)") }
    let command = GitCommand(program: try GitReader.program(), folder: .nowhere)
    let outcome = try await GitReader(command: command).run(command.discover(path), .init(time: .seconds(60)))
    let lines = outcome.outputText.split(separator: "\n", omittingEmptySubsequences: false)
    guard outcome.isSuccess, let directory = lines.first, directory.hasPrefix("/") else {
      let help = "run this in a clone, or name one with --repository"
      throw GitFailure(.noRepository, "\(folder) is in no git repository; \(help) (git: \(GitReader.said(outcome)))")
    }
    let prefix = lines.dropFirst().first.map { $0.split(separator: "/").joined(separator: "/") } ?? ""
    return LocalRepository(
      reader: GitReader(command: command.reading(String(directory))),
      place: folder,
      folder: prefix
    )
  }

  /// The commit that a name stands for: a branch, a tag, a commit, `HEAD~1`.
  /// - Throws: `GitFailure` when there is none.
  package func commit(_ revision: String) async throws -> GitCommit {
    let shown = GitFailure.printable(String(revision.prefix(200)))
    let name = "\(revision)^{commit}"
    let outcome = try await reader.local(["rev-parse", "--verify", "--quiet", "--end-of-options", name], mayFail: true)
    let id = outcome.outputText.split(separator: "\n").last.map(String.init) ?? ""
    guard outcome.isSuccess, GitTree.isObjectName(id) else {
      if try await reader.local(["rev-list", "--max-count=1", "--all"]).outputText.isEmpty {
        throw GitFailure(.noBranch, "there is no commit in \(place) yet; make the first one, then compare with it")
      }
      let help =
        "name a branch, tag or commit that is here; a clone without its history lacks most: git fetch --unshallow"
      throw GitFailure(.noBranch, "there is no commit '\(shown)' in \(place); \(help)")
    }
    return try await reader.commit(id)
  }

  /// Whether `later` contains everything that led to `earlier`; false also when that cannot be found out here.
  package func isAncestor(_ earlier: String, of later: String) async throws -> Bool {
    guard GitTree.isObjectName(earlier), GitTree.isObjectName(later) else { return false }
    return try await reader.local(["merge-base", "--is-ancestor", earlier, later], mayFail: true).isSuccess
  }

  /// The manifests below a folder of a commit.
  /// - Parameter path: seen from the repository's root; empty for the root.
  /// - Throws: `SourceError` naming the file, `GitFailure`, `CancellationError`.
  package func snapshot(_ commit: GitCommit, path: String, limits: ManifestLimits = .standard) async throws
    -> ManifestSnapshot
  {
    try await reader.snapshot(commit.id, path: path, origin: "\(place)@\(commit.id)", limits: limits)
  }

  /// Where the manifests of a folder are in a later commit; nil when that cannot be found out.
  package func move(of path: String, from earlier: GitCommit, to later: GitCommit) async -> GitMove? {
    await reader.move(of: path, from: earlier.id, to: later.id)
  }
}

import ArgumentParser
import RhizomeAPI
import RhizomeManifest
import RhizomeModel
import RhizomeSource

/// Commits in the place of a folder, for `plan`.
struct RevisionOptions: ParsableArguments {
  /// What a plan can be made against.
  enum Against: String, ExpressibleByArgument, CaseIterable { case live }

  @Option(help: "What counts as running: a branch, tag or commit. Needs no daemon.")
  var from: String?
  @Option(help: "The branch, tag or commit to look at; the folder as it lies there when nothing is given.")
  var to: String?
  @Option(help: "'live': what is there now, which the daemon tells.")
  var against: Against?
  @Option(
    name: [.customShort("C"), .customLong("repository")],
    help: "A folder of the clone that --from and --to are in; -f is seen from here."
  )
  var repository = "."

  init() {}

  func validate() throws {
    if against == .live, from != nil {
      throw ValidationError(
        "--against live compares with what is there now: leave out --from, and name the commit, if it is one, with --to."
      )
    }
    if against == nil, from == nil, to != nil {
      throw ValidationError("--to needs something to compare with: --from COMMIT, or --against live.")
    }
  }

  /// Nothing but declarations is compared.
  var isReview: Bool { from != nil && against == nil }

  /// A commit is looked at, and not a folder as it lies there.
  var isCommit: Bool { to != nil || from != nil }

  /// What the daemon is to be asked about: the commit, or without one the folder.
  func bundle(_ folder: String) async throws -> (files: ManifestBundle, commit: GitCommit?) {
    guard let revision = to else { return (try FolderReader.bundle(folder), nil) }
    let repository = try await LocalRepository.around(repository)
    let commit = try await repository.commit(revision)
    let path = try RevisionOptions.path(folder, in: repository)
    let found = try await repository.snapshot(commit, path: path)
    let snapshot = ManifestSnapshot(origin: found.origin, files: RevisionOptions.placed(found.files, path))
    return (try FolderReader.bundle(snapshot, author: commit.author), commit)
  }

  /// The same with paths in the repository, which is what people see beside a pull request.
  static func placed(_ files: [ManifestFile], _ path: String) -> [ManifestFile] {
    path.isEmpty ? files : files.map { ManifestFile(path: "\(path)/\($0.path)", bytes: $0.bytes) }
  }

  /// What the daemon will say of the commit itself, where it is followed: only the clone knows what leads to what.
  func refusal(_ status: GitStatusView?) async throws -> Refusal? {
    guard let revision = to, status?.requiresFastForward == true, let running = status?.applied?.id else {
      return nil
    }
    let repository = try await LocalRepository.around(repository)
    let commit = try await repository.commit(revision)
    guard commit.id != running, try await repository.isAncestor(commit.id, of: running) else { return nil }
    return GitAdvice.olderBeforeMerge(than: running)
  }

  /// The folder of manifests, seen from the repository's root.
  static func path(_ folder: String, in repository: LocalRepository) throws -> String {
    guard !folder.hasPrefix("/") else {
      throw ValidationError("With --from or --to, -f is a folder of the repository, such as -f cluster.")
    }
    var parts = repository.folder.split(separator: "/")
    for part in folder.split(separator: "/") where part != "." {
      guard part == ".." else {
        parts.append(part)
        continue
      }
      guard parts.popLast() != nil else { throw ValidationError("\(folder) is outside of the repository.") }
    }
    return parts.joined(separator: "/")
  }
}

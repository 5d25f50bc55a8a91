#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import ProgramRunner
internal import RhizomeManifest
internal import RhizomeModel

/// Reads commits and their files as objects: bounded, never checked out, and nothing in the repository is run or takes
/// effect.
struct GitReader: Sendable {
  let command: GitCommand

  private static let quick = ProgramLimits(time: .seconds(60))

  /// Where git is.
  /// - Throws: `GitFailure` when it is not installed.
  static func program() throws(GitFailure) -> String {
    guard let program = InstalledProgram.path("git") else {
      throw GitFailure(.noGit, "the program git is not installed; install it (apt install git)")
    }
    return program
  }
}

// MARK: - Reading

extension GitReader {
  /// The commit itself, without its files.
  func commit(_ id: String) async throws -> GitCommit {
    let object = try await object(id)
    guard let commit = GitCommit(id: id, object: object) else {
      throw GitFailure(.damaged, "the commit \(id.prefix(10)) cannot be read")
    }
    return commit
  }

  /// The bytes of a commit.
  func object(_ commit: String) async throws -> [UInt8] {
    let call = command.local(["cat-file", "commit", commit])
    let outcome = try await run(call, .init(time: .seconds(60), outputBytes: GitLimits.commitBytes))
    guard outcome.isSuccess else { throw GitFailure(.damaged, GitReader.said(outcome)) }
    return outcome.output
  }

  /// Where the manifests of a folder are in a later commit; nil when that cannot be found out.
  func move(of path: String, from earlier: String, to later: String) async -> GitMove? {
    guard let before = try? await tree(earlier, path, .standard), let after = try? await tree(later, "", .standard)
    else { return nil }
    return GitMove.find(before.manifests, in: after.manifests)
  }

  /// The manifests below a folder of a commit, by their paths in that folder.
  /// - Throws: `SourceError` naming the file by its path in the repository, `GitFailure`, `CancellationError`.
  func snapshot(_ commit: String, path: String, origin: String, limits: ManifestLimits) async throws
    -> ManifestSnapshot
  {
    do {
      return try await files(commit, path: path, origin: origin, limits: limits)
    } catch let error as SourceError {
      throw error.below(path.split(separator: "/").filter { $0 != "." }.joined(separator: "/"))
    }
  }

  private func files(_ commit: String, path: String, origin: String, limits: ManifestLimits) async throws
    -> ManifestSnapshot
  {
    let tree = try await tree(commit, path, limits)
    var entries = tree.manifests
    for (link, text) in zip(tree.links, try await contents(tree.links, limits)) {
      if let target = try tree.target(of: link, text) { entries.append(target) }
    }
    let contents = try await contents(entries, limits)
    let files = zip(entries, contents).map { ManifestFile(path: $0.path, bytes: $1) }
    return ManifestSnapshot(origin: origin, files: files)
  }

  /// The folders beside a path of a commit, or in the nearest folder above that is there: what somebody may have meant.
  /// - Returns: paths from the repository's root, printable, by name; hidden ones are left out.
  func folders(_ commit: String, beside path: String) async throws -> [String] {
    var above = path.split(separator: "/").filter { $0 != "." }.dropLast()
    while true {
      let call = command.local(["ls-tree", "-d", "-z", "--name-only", "\(commit):\(above.joined(separator: "/"))"])
      let outcome = try await run(call, .init(time: .seconds(60), outputBytes: GitLimits.listingBytes))
      if outcome.isSuccess || above.isEmpty {
        let names = outcome.output.split(separator: 0).map { Unprintable.escaped($0) }.filter { !$0.hasPrefix(".") }
        return names.map { (above.map(String.init) + [$0]).joined(separator: "/") }
      }
      above.removeLast()
    }
  }

  private func tree(_ commit: String, _ folder: String, _ limits: ManifestLimits) async throws -> GitTree {
    let path = folder.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    let call = command.local(["ls-tree", "-r", "-z", "--full-tree", "\(commit):\(path)"])
    let outcome = try await run(call, .init(time: .seconds(60), outputBytes: GitLimits.listingBytes))
    guard outcome.isSuccess else {
      let message = "there is no such folder in the commit; declare another 'path', or put it back"
      throw SourceError(.notAFolder, path: path.isEmpty ? "." : path, message: message)
    }
    return try GitTree(listing: outcome.output, limits: limits)
  }

  /// Looks at the sizes first, so that a file that is too large is never read.
  private func contents(_ entries: [GitTreeEntry], _ limits: ManifestLimits) async throws -> [[UInt8]] {
    guard !entries.isEmpty else { return [] }
    let names = Array(entries.map { $0.object + "\n" }.joined().utf8)
    let check = command.local(["cat-file", "--batch-check", "--buffer"], input: names)
    let sizes = try GitBatch.sizes(of: try await read(check), count: entries.count)
    var total = 0
    for (entry, size) in zip(entries, sizes) {
      total += size
      guard size <= limits.fileBytes else { throw GitReader.limit("file size", limits.fileBytes, entry.path) }
      guard total <= limits.totalBytes else { throw GitReader.limit("total size", limits.totalBytes, entry.path) }
    }
    let batch = command.local(["cat-file", "--batch", "--buffer"], input: names)
    return try GitBatch.contents(of: try await read(batch), count: entries.count)
  }

  private func read(_ call: ProgramCall) async throws -> [UInt8] {
    let outcome = try await run(call, .init(time: .seconds(60), outputBytes: GitLimits.contentBytes))
    guard outcome.isSuccess else { throw GitFailure(.damaged, GitReader.said(outcome)) }
    return outcome.output
  }

  private static func limit(_ name: String, _ value: Int, _ path: String) -> SourceError {
    SourceError(.limitExceeded, path: path, message: "this exceeds the limit '\(name)' of \(value)")
  }
}

// MARK: - Calling

extension GitReader {
  @discardableResult
  func local(_ arguments: [String], mayFail: Bool = false) async throws -> ProgramOutcome {
    let outcome = try await run(command.local(arguments), GitReader.quick)
    guard outcome.isSuccess || mayFail else { throw GitFailure(.damaged, GitReader.said(outcome)) }
    return outcome
  }

  func run(_ call: ProgramCall, _ limits: ProgramLimits) async throws -> ProgramOutcome {
    do {
      return try await ProgramRunner.run(call, limits: limits)
    } catch ProgramError.timedOut(_, let time) {
      throw GitFailure(.timedOut, "the repository did not answer in full within \(time.components.seconds) s")
    } catch let error as ProgramError {
      throw GitFailure(.other, error.description)
    }
  }

  /// The last line of what git said, printable.
  static func said(_ outcome: ProgramOutcome) -> String {
    let text = GitFailure.printable(outcome.errorText)
    return String((text.split(separator: "\n").last ?? "git ended without a word").prefix(300))
  }
}

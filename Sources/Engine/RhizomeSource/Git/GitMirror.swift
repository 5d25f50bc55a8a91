#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import OpenSSL
internal import PrivateFiles
internal import ProgramRunner
package import RhizomeManifest
package import RhizomeModel

/// Our own copy of a repository, and all that is ever read of it. One call at a time.
///
/// It is bare: files are read as objects and never checked out, so nothing in the repository is run or takes effect.
package struct GitMirror: Sendable {
  private let folder: GitFolder
  private let command: GitCommand

  /// - Throws: `GitFailure` when git is not installed.
  package init(_ folder: GitFolder) throws(GitFailure) {
    self.folder = folder
    command = GitCommand(program: try GitReader.program(), folder: folder)
  }

  private static let quick = ProgramLimits(time: .seconds(60))
}

// MARK: - Fetching

extension GitMirror {
  /// Brings the branch's newest commit here.
  /// - Parameter known: the commit that runs; where it is not here, all of the history is fetched, to find it there.
  /// - Returns: the name of the branch's newest commit.
  /// - Throws: `GitFailure`, `CancellationError`.
  package func fetch(_ settings: GitSettings, known: String?) async throws -> String {
    guard let url = GitURL(settings.url) else {
      throw GitFailure(.badSettings, "the URL \(GitURL.problem(with: settings.url) ?? "is not one")")
    }
    try await prepare()
    try writeLogin(settings, url)
    defer { removeLogin() }
    let call = command.fetch(settings, url, depth: try await depth(known))
    let outcome = try await run(call, .init(time: settings.timeout))
    guard outcome.isSuccess else {
      forgetWreckage(outcome)
      if sweep() >= GitLimits.packBytes - 4_096 { throw GitFailure.tooLarge(settings, since: known) }
      throw GitFailure.fetching(settings, exitCode: outcome.exitCode, errorText: outcome.errorText)
    }
    return try await tip()
  }

  /// Keeps the commit that runs from being thrown away, and the mirror from growing without end.
  package func keep(_ commit: String) async throws {
    _ = try await local(["update-ref", GitCommand.good, commit])
    let tidy = command.local(["gc", "--auto", "--quiet"], settings: ["gc.auto=2000", "gc.pruneExpire=now"])
    _ = try await run(tidy, .init(time: .seconds(120)))
  }

  private func tip() async throws -> String {
    let text = try await local(["rev-parse", "--verify", "--quiet", "\(GitCommand.tip)^{commit}"]).outputText
    let name = text.filter { !$0.isWhitespace }
    guard GitTree.isObjectName(name) else { throw GitFailure(.damaged, "the branch's newest commit has no name") }
    return name
  }

  /// The first time only what is needed: a slow line need not carry years of history.
  private func depth(_ known: String?) async throws -> String? {
    let isShallow = FileManager.default.fileExists(atPath: folder.mirror + "/shallow")
    if let known, try await !has(known) { return isShallow ? "--unshallow" : nil }
    let isEmpty = try await !local(["rev-parse", "--verify", "--quiet", GitCommand.tip], mayFail: true).isSuccess
    return isEmpty && known == nil ? "--depth=1" : nil
  }

  private func has(_ commit: String) async throws -> Bool {
    try await local(["cat-file", "-e", "\(commit)^{commit}"], mayFail: true).isSuccess
  }

  /// A copy that is damaged, not the line to it, is thrown away: the next fetch makes a new one.
  private func forgetWreckage(_ outcome: ProgramOutcome) {
    let text = outcome.errorText
    let places = ["object file", "bad object", "not a git repository", "loose object", "packfile"]
    // Paths that begin with a dot are the copy's own.
    let isOwn = ["not a git repository: '.'", " ./objects/"].contains { text.contains($0) }
    guard isOwn || (text.contains("corrupt") && places.contains { text.contains($0) }) else { return }
    try? FileManager.default.removeItem(atPath: folder.mirror)
  }

  /// Removes what a fetch that was cut off has left, so that a thousand of them do not fill the disk.
  /// - Returns: the size of the largest piece, in bytes; git does not say that it has come to a limit.
  @discardableResult
  private func sweep() -> Int {
    let place = folder.mirror + "/objects/pack"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    return names.filter { $0.hasPrefix("tmp_") }.map { name in
      let path = "\(place)/\(name)"
      let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
      try? FileManager.default.removeItem(atPath: path)
      return size ?? 0
    }.max() ?? 0
  }

  private func prepare() async throws {
    do {
      for path in [folder.path, folder.home, folder.mirror] { try PrivateFiles.makeDirectory(path) }
    } catch {
      throw GitFailure(.badSettings, "\(error)")
    }
    sweep()
    removeLogin()
    guard !FileManager.default.fileExists(atPath: folder.mirror + "/HEAD") else { return }
    _ = try await local(["init", "--quiet", "--bare", "--template=", "."])
  }

  /// What is written for one fetch only, also by one that was killed.
  private func removeLogin() {
    for path in [folder.login, folder.key] { try? FileManager.default.removeItem(atPath: path) }
  }

  /// The token or key, and the host keys, each in a file of its own.
  private func writeLogin(_ settings: GitSettings, _ url: GitURL) throws(GitFailure) {
    let credential = settings.credential ?? ""
    guard url.scheme == .ssh || !credential.contains(where: \.isNewline) else {
      throw GitFailure(.badSettings, "the token has several lines; a token has one")
    }
    let login = "username=\(settings.username)\npassword=\(credential)\n"
    let key = credential.hasSuffix("\n") ? credential : credential + "\n"
    do {
      try PrivateFiles.write(Array((url.scheme == .ssh ? "" : login).utf8), to: folder.login)
      try PrivateFiles.write(Array((url.scheme == .ssh ? key : "").utf8), to: folder.key)
      try PrivateFiles.write(Array(settings.knownHosts.utf8), to: folder.knownHosts)
    } catch {
      throw GitFailure(.badSettings, "\(error)")
    }
  }
}

// MARK: - Reading

extension GitMirror {
  /// The commit itself, without its files.
  package func commit(_ id: String) async throws -> GitCommit { try await reader.commit(id) }

  /// Whether `later` contains everything that led to `earlier`; false also when that cannot be found out.
  package func isAncestor(_ earlier: String, of later: String) async throws -> Bool {
    try await local(["merge-base", "--is-ancestor", earlier, later], mayFail: true).isSuccess
  }

  /// The manifests of a commit.
  /// - Throws: `SourceError` naming the file, `GitFailure`, `CancellationError`.
  package func snapshot(_ commit: String, _ settings: GitSettings, limits: ManifestLimits = .standard) async throws
    -> ManifestSnapshot
  {
    try await reader.snapshot(commit, path: settings.path, origin: "\(settings.url)@\(commit)", limits: limits)
  }

  /// The folders that are where the followed one should be.
  package func folders(_ commit: String, _ settings: GitSettings) async throws -> [String] {
    try await reader.folders(commit, beside: settings.path)
  }

  /// Where the files of the followed folder are in a later commit; nil when that cannot be found out.
  package func move(of settings: GitSettings, from earlier: String, to later: String) async -> GitMove? {
    await reader.move(of: settings.path, from: earlier, to: later)
  }
}

// MARK: - Signatures

extension GitMirror {
  /// Who signed a commit, by the keys that are declared and no others.
  package func signature(of commit: String, _ signers: GitSigners, now: Timestamp) async throws -> GitSignature {
    let lines = String(decoding: try await object(commit), as: UTF8.self).split(
      separator: "\n",
      omittingEmptySubsequences: false
    )
    let isSigned = lines.prefix { !$0.isEmpty }.contains { $0.hasPrefix("gpgsig ") || $0.hasPrefix("gpgsig-sha256 ") }
    guard isSigned else { return .missing }
    try await writeSigners(signers)
    var settings = ["gpg.ssh.allowedSignersFile=\(folder.allowedSigners)", "gpg.minTrustLevel=undefined"]
    if !signers.revokedSSH.isEmpty { settings.append("gpg.ssh.revocationFile=\(folder.revokedSigners)") }
    let outcome = try await run(command.local(["verify-commit", "--raw", commit], settings: settings), GitMirror.quick)
    return GitSignature.reading(
      exitCode: outcome.exitCode,
      text: outcome.errorText,
      isSigned: isSigned,
      signers: signers,
      now: now
    )
  }

  /// The declared keys, in files of their own; the keyring is made anew when its keys change.
  private func writeSigners(_ signers: GitSigners) async throws {
    let stamp = folder.path + "/keyring.digest"
    let digest = Array(Hex.encode(Digest.of(signers.openPGP.utf8, .sha256)).utf8)
    do {
      try PrivateFiles.write(Array(signers.ssh.utf8) + [0x0A], to: folder.allowedSigners)
      try PrivateFiles.write(Array(signers.revokedSSH.utf8) + [0x0A], to: folder.revokedSigners)
      if (try? PrivateFiles.read(stamp, limit: 1_024)) == digest { return }
      try? FileManager.default.removeItem(atPath: folder.keyring)
      try PrivateFiles.makeDirectory(folder.keyring)
      let options = "trust-model always\nno-autostart\nno-auto-key-retrieve\nno-auto-key-locate\nbatch\n"
      try PrivateFiles.write(Array(options.utf8), to: folder.keyring + "/gpg.conf")
    } catch {
      throw GitFailure(.badSettings, "\(error)")
    }
    if !signers.openPGP.isEmpty { try await importKeys(signers.openPGP) }
    try? PrivateFiles.write(digest, to: stamp)
  }

  private func importKeys(_ keys: String) async throws {
    let environment = ["GNUPGHOME": folder.keyring, "LC_ALL": "C", "PATH": "/usr/local/bin:/usr/bin:/bin"]
    guard let gpg = InstalledProgram.path("gpg") else {
      throw GitFailure(.badSettings, "OpenPGP keys are declared, and the program gpg is not installed: apt install gpg")
    }
    let call = ProgramCall(gpg, ["--batch", "--import"], environment: environment, input: Array(keys.utf8))
    let outcome = try await run(call, GitMirror.quick)
    guard outcome.isSuccess else {
      throw GitFailure(.badSettings, "the declared OpenPGP keys cannot be read: \(GitMirror.said(outcome))")
    }
  }
}

// MARK: - Calling

extension GitMirror {
  private var reader: GitReader { GitReader(command: command) }

  private func object(_ commit: String) async throws -> [UInt8] { try await reader.object(commit) }

  @discardableResult
  private func local(_ arguments: [String], mayFail: Bool = false) async throws -> ProgramOutcome {
    try await reader.local(arguments, mayFail: mayFail)
  }

  private func run(_ call: ProgramCall, _ limits: ProgramLimits) async throws -> ProgramOutcome {
    try await reader.run(call, limits)
  }

  private static func said(_ outcome: ProgramOutcome) -> String { GitReader.said(outcome) }
}

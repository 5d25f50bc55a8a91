import ArgumentParser
import RhizomeAPI
import RhizomeManifest
import RhizomeModel
import RhizomePlanner
import RhizomeSource

/// What a change does by what is declared: from one commit to another, or to the folder as it lies there. Nothing is
/// looked at but the repository.
struct Review {
  private let revisions: RevisionOptions
  private let folder: String
  private let choices: PlanChoices

  init(_ revisions: RevisionOptions, _ folder: String, _ choices: PlanChoices) {
    self.revisions = revisions
    self.folder = folder
    self.choices = choices
  }

  /// One side: what it is called, and its manifests.
  private struct Side {
    let name: String
    /// Nil for the folder as it lies there.
    let commit: GitCommit?
    /// Nil where the commit has no such folder.
    let files: [ManifestFile]?
  }

  /// Prints the plan, or what is wrong with the manifests.
  /// - Throws: `ExitCode` as `plan` ends with; `SourceError`, `GitFailure` when a side cannot be read.
  func run(_ format: OutputFormat) async throws {
    let repository = try await LocalRepository.around(revisions.repository)
    let path = try RevisionOptions.path(folder, in: repository)
    let before = try await telling(format) { try await start(repository, path) }
    let after = try await telling(format) { try await goal(repository, path, from: before) }
    let (running, doubt) = desired(before)
    if let refusal = await refusal(of: after, from: before, running, repository, path) {
      let plan = Plan(clusterName: running.clusterName, actions: [], refusals: [refusal])
      return try show(plan, note(before, after, plan), format)
    }
    let result = Manifest.load(after.files ?? [], source: SourceName.git, now: .now)
    guard let wanted = result.desired else { throw mistakes(result.diagnostics, format) }
    PlanOutput.note(result.diagnostics)
    let allowed = choices.allowDeletions ?? after.commit?.allowedDeletions
    let plan = plan(from: running, to: wanted, allowedDeletions: allowed)
    let care = DeclarationComparison.changesOfCare(from: running, to: wanted).map { " \($0)" }.joined()
    try show(plan, (doubt ?? note(before, after, plan)) + care, format)
  }

  private func show(_ plan: RhizomeModel.Plan, _ note: String, _ format: OutputFormat) throws {
    if format != .markdown { Printer.note(note) }
    let told = plan.replacing(refusals: GitAdvice.beforeMerge(plan.refusals))
    try PlanOutput.write(told, as: format, note: note)
    try PlanOutput.finish(told)
  }

  private func plan(
    from running: DesiredState,
    to wanted: DesiredState,
    allowedDeletions: Int?
  ) -> RhizomeModel.Plan {
    let policy = wanted.cluster?.attributes["policy"]["prune"].boolean ?? false
    return DeclarationComparison.plan(
      from: running,
      to: wanted,
      prune: choices.prune || policy,
      allowedDeletions: allowedDeletions,
      now: .now
    )
  }
}

// MARK: - The two sides

extension Review {
  private func start(_ repository: LocalRepository, _ path: String) async throws -> Side {
    try await side(repository, try await repository.commit(revisions.from ?? "HEAD"), path)
  }

  /// - Throws: `SourceError` when the folder is in neither commit: then it is misspelt, and not renamed.
  private func goal(_ repository: LocalRepository, _ path: String, from before: Side) async throws -> Side {
    guard let revision = revisions.to else {
      let snapshot = try FolderReader.snapshot("\(revisions.repository)/\(folder)")
      return Side(name: "the folder", commit: nil, files: RevisionOptions.placed(snapshot.files, path))
    }
    let commit = try await repository.commit(revision)
    if before.files != nil, !path.isEmpty { return try await side(repository, commit, path) }
    let files = try await repository.snapshot(commit, path: path).files
    return Side(name: commit.shortID, commit: commit, files: RevisionOptions.placed(files, path))
  }

  private func side(_ repository: LocalRepository, _ commit: GitCommit, _ path: String) async throws -> Side {
    do {
      let files = try await repository.snapshot(commit, path: path).files
      return Side(name: commit.shortID, commit: commit, files: RevisionOptions.placed(files, path))
    } catch let error as SourceError where error.code == .notAFolder {
      return Side(name: commit.shortID, commit: commit, files: nil)
    }
  }

  /// What the daemon says to a folder that is gone, holds no manifest, or declares nothing, where something ran before.
  private func refusal(
    of after: Side,
    from before: Side,
    _ running: DesiredState,
    _ repository: LocalRepository,
    _ path: String
  ) async -> Refusal? {
    let files = after.files ?? []
    if files.isEmpty, !path.isEmpty, before.files?.isEmpty == false, let old = before.commit, let new = after.commit {
      return GitMove.refusal(of: path, await repository.move(of: path, from: old, to: new))
    }
    let made = running.addresses.filter { !$0.kind.isDerived && $0.kind != .cluster }
    guard !made.isEmpty, Manifest.declaresNothing(files.map { String(decoding: $0.bytes, as: UTF8.self) }) else {
      return nil
    }
    return EmptyTree.refusal(made, source: SourceName.git)
  }

  /// What runs. A commit without manifests is one before the cluster: nothing runs. One with mistakes never ran: who mends
  /// it can still see what is declared, and is told of it.
  private func desired(_ side: Side) -> (DesiredState, doubt: String?) {
    let nothing = DesiredState(clusterName: "", source: SourceName.git, resources: [])
    guard let files = side.files, !files.isEmpty else { return (nothing, nil) }
    let result = Manifest.load(files, source: SourceName.git)
    if let desired = result.desired { return (desired, nil) }
    let errors = result.diagnostics.filter { $0.severity == .error }
    let first = errors.first.map { "\($0.location.file):\($0.location.line): \($0.message)" } ?? "it says nothing"
    let doubt =
      "\(side.name) never ran: its manifests are not valid (the first mistake is in \(first)). So everything is listed as "
      + "new; compare with a commit that ran: --from."
    return (nothing, doubt)
  }
}

// MARK: - Words

extension Review {
  private func note(_ before: Side, _ after: Side, _ plan: RhizomeModel.Plan) -> String {
    let start =
      before.files?.isEmpty != false
      ? "From nothing (\(before.name) has no manifests here) to \(after.name)"
      : "From \(before.name) to \(after.name), as if \(before.name) ran and all were well"
    let isWaiting = !plan.refusals.isEmpty && plan.refusals.allSatisfy { $0.rule == .tooManyDeletions }
    let help = isWaiting ? " As a commit it would wait for: rhizome approve." : ""
    let trailer = choices.allowDeletions == nil ? after.commit?.trailerNote(plan).map { " \($0)" } ?? "" : ""
    return "\(start); nothing was looked at.\(help)\(trailer)"
  }

  /// A side that cannot be read is told in the place of the plan, too: most of all there people look at the comment.
  private func telling<Result>(_ format: OutputFormat, _ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch let error as SourceError where format == .markdown {
      let place = SourceLocation(file: error.path, line: 1, column: 1)
      let mistake = Diagnostic(.error, code: error.code.rawValue, message: error.message, at: place, suggestion: nil)
      Printer.out(PlanMarkdown.render(mistakes: [mistake]))
      throw error
    }
  }

  /// Tells the mistakes as the format has it, and ends with 1.
  private func mistakes(_ diagnostics: [Diagnostic], _ format: OutputFormat) -> ExitCode {
    if format == .markdown { Printer.out(PlanMarkdown.render(mistakes: diagnostics)) }
    if format == .json { Printer.out(json: DiagnosticRenderer.json(diagnostics)) }
    Printer.note(DiagnosticRenderer.text(diagnostics))
    return .failure
  }
}

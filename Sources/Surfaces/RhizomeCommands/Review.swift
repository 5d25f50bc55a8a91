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
    let files: [ManifestFile]
  }

  /// Prints the plan, or what is wrong with the manifests.
  /// - Throws: `ExitCode` as `plan` ends with; `SourceError`, `GitFailure` when a side cannot be read.
  func run(_ format: OutputFormat) async throws {
    let repository = try await LocalRepository.around(revisions.repository)
    let path = try RevisionOptions.path(folder, in: repository)
    let before = try await start(repository, path)
    let after = try await telling(format) { try await goal(repository, path) }
    let (running, doubt) = desired(before)
    let result = Manifest.load(after.files, source: after.name, now: .now)
    guard let wanted = result.desired else { throw mistakes(result.diagnostics, format) }
    PlanOutput.note(result.diagnostics)
    let plan = plan(from: running, to: wanted)
    let care = DeclarationComparison.changesOfCare(from: running, to: wanted).map { " \($0)" }.joined()
    let note = (doubt ?? note(before, after, plan)) + care
    if format != .markdown { Printer.note(note) }
    try PlanOutput.write(plan, as: format, note: note)
    try PlanOutput.finish(plan)
  }

  private func plan(from running: DesiredState, to wanted: DesiredState) -> RhizomeModel.Plan {
    let policy = wanted.cluster?.attributes["policy"]["prune"].boolean ?? false
    return DeclarationComparison.plan(
      from: running,
      to: wanted,
      prune: choices.prune || policy,
      allowedDeletions: choices.allowDeletions,
      now: .now
    )
  }
}

// MARK: - The two sides

extension Review {
  /// A commit without manifests is one before the cluster: nothing runs.
  private func start(_ repository: LocalRepository, _ path: String) async throws -> Side {
    let commit = try await repository.commit(revisions.from ?? "HEAD")
    do {
      let files = try await repository.snapshot(commit, path: path).files
      return Side(name: commit.shortID, files: files)
    } catch let error as SourceError where error.code == .notAFolder {
      return Side(name: commit.shortID, files: [])
    }
  }

  private func goal(_ repository: LocalRepository, _ path: String) async throws -> Side {
    guard let revision = revisions.to else {
      let snapshot = try FolderReader.snapshot("\(revisions.repository)/\(folder)")
      return Side(name: "the folder", files: snapshot.files)
    }
    let commit = try await repository.commit(revision)
    return Side(name: commit.shortID, files: try await repository.snapshot(commit, path: path).files)
  }

  /// What runs. A start with mistakes never ran: who mends it can still see what is declared, and is told of it.
  private func desired(_ side: Side) -> (DesiredState, doubt: String?) {
    let nothing = DesiredState(clusterName: "", source: side.name, resources: [])
    if side.files.isEmpty { return (nothing, nil) }
    let result = Manifest.load(side.files, source: side.name)
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
      before.files.isEmpty
      ? "From nothing (\(before.name) has no manifests here) to \(after.name)"
      : "From \(before.name) to \(after.name), as if \(before.name) ran and all were well"
    let isWaiting = !plan.refusals.isEmpty && plan.refusals.allSatisfy { $0.rule == .tooManyDeletions }
    let help = isWaiting ? " As a commit it would wait for: rhizome approve." : ""
    return "\(start); nothing was looked at.\(help)"
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
    if format == .json { Printer.out(DiagnosticRenderer.json(diagnostics)) }
    Printer.note(DiagnosticRenderer.text(diagnostics))
    return .failure
  }
}

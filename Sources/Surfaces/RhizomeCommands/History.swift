package import ArgumentParser
import RhizomeAPI
import RhizomeClient
import RhizomeModel
import RhizomePlanner

/// `rhizome history`
package struct History: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "List the revisions that were applied, and tell what was done for one.",
    subcommands: [ListRevisions.self, ShowRevision.self],
    defaultSubcommand: ListRevisions.self
  )

  package init() {}
}

/// `rhizome history list`, which is `rhizome history`
struct ListRevisions: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the revisions.")

  @OptionGroup var output: OutputOptions<ListFormats>
  @OptionGroup var connection: ConnectionOptions

  func run() async throws {
    let revisions = try await connection.client.history()
    switch output.format {
    case .json: try Printer.json(revisions)
    case .yaml: Printer.out(try YAMLText.encode(revisions))
    case .name: revisions.forEach { Printer.out(String($0.number)) }
    default: Printer.out(table(revisions))
    }
  }

  private func table(_ revisions: [RevisionView]) -> String {
    guard !revisions.isEmpty else { return "Nothing was applied yet." }
    var table = TextTable(["Revision", "Time", "Author", "Files", "Done", "Origin"])
    for revision in revisions {
      table.append([
        "\(revision.number)" + (revision.isCurrent ? " (current)" : ""), revision.at.description, revision.author,
        "\(revision.fileCount)", HistoryText.counts(revision.counts), revision.origin,
      ])
    }
    return table.text
  }
}

/// `rhizome history show N`
struct ShowRevision: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Tell what a revision was, and what was done for it."
  )

  @Argument(help: "The number of a revision, from `rhizome history`.")
  var revision: Int
  @Flag(help: "Print the manifests of the revision, too.")
  var files = false
  @OptionGroup var output: OutputOptions<PageFormats>
  @OptionGroup var connection: ConnectionOptions

  func run() async throws {
    let detail = try await connection.client.revision(revision)
    switch output.format {
    case .json: try Printer.json(detail)
    case .yaml: Printer.out(try YAMLText.encode(detail))
    default: Printer.out(HistoryText.page(detail, withFiles: files))
    }
  }
}

/// Revisions in words.
enum HistoryText {
  static func page(_ detail: RevisionDetail, withFiles: Bool) -> String {
    let view = detail.revision
    var lines = ["Revision \(view.number)" + (view.isCurrent ? " (current)" : "")]
    lines.append("Time:    \(view.at)")
    lines.append("Author:  \(ValueText.escaped(view.author))")
    if let approval = view.approval {
      let reason = approval.reason.map { ": \(ValueText.escaped($0))" } ?? ""
      lines.append("Approval: by \(ValueText.escaped(approval.by))\(reason)")
    }
    lines.append("Origin:  \(ValueText.escaped(view.origin))")
    lines.append("Files:   \(detail.files.keys.sorted().map { ValueText.escaped($0) }.joined(separator: ", "))")
    lines.append("Done:    \(counts(view.counts))")
    lines += detail.actions.flatMap(action)
    if withFiles { lines += detail.files.sorted { $0.key < $1.key }.flatMap(file) }
    return lines.joined(separator: "\n")
  }

  /// Such as `2 create, 1 failed`.
  static func counts(_ counts: [String: Int]) -> String {
    let order = Action.Verb.allCases.map(\.rawValue) + ["failed"]
    let parts = order.compactMap { word in counts[word].map { "\($0) \(word)" } }
    return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
  }

  private static func action(_ action: ActionRecord) -> [String] {
    let outcome = action.error.map { "failed: \(ValueText.escaped($0))" } ?? "done"
    let head = "  \(action.startedAt)  \(action.verb.rawValue) \(action.address)  \(outcome) (\(action.duration) ms)"
    let changes = action.changes.map { change in
      "      \(change.path): \(ValueText.change(change, Schema.type(of: action.address.kind, at: change.path)))"
    }
    return [head] + changes
  }

  private static func file(_ path: String, _ text: String) -> [String] {
    ["", "# \(ValueText.escaped(path))"]
      + text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        line.split(separator: "\t", omittingEmptySubsequences: false).map { ValueText.escaped(String($0)) }
          .joined(separator: "\t")
      }
  }
}

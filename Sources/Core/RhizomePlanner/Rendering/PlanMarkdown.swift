package import RhizomeModel

/// A plan as Markdown for a pull request: the count, then what can hurt, then the rest folded, in no more than a comment
/// of a forge holds.
package enum PlanMarkdown {
  /// GitHub takes 65,536 characters in a comment, and the others take more; some room is left for words around it.
  package static let commentBytes = 60_000

  /// - Parameters:
  ///   - note: what the plan rests on, as one line below the count.
  ///   - limit: the most bytes; what does not fit is counted at the end.
  package static func render(_ plan: Plan, note: String? = nil, limit: Int = commentBytes) -> String {
    var page = MarkdownPage(limit: limit)
    page.add(title(plan))
    if let note { page.add(Markdown.escaped(String(note.prefix(500)))) }
    refusals(plan, &page)
    for (verb, title) in order { section(title, plan.actions.filter { $0.verb == verb }, &page) }
    list("Not known, and so not touched", plan.unknown.map(line), &page)
    list("No longer declared, and kept", plan.unpruned.map { "- \(Markdown.code($0.description))" }, &page)
    for sentence in plan.takeover?.sentences ?? [] { page.add(Markdown.escaped(sentence)) }
    list(
      "Made here, driven by another machine now, and left as they are",
      (plan.share?.held ?? []).map { "- \(Markdown.code($0.address.description)) – \(Markdown.escaped($0.caretaker))" },
      &page
    )
    return page.text
  }

  /// Mistakes in the place of a plan.
  package static func render(mistakes: [Diagnostic], limit: Int = commentBytes) -> String {
    let errors = mistakes.filter { $0.severity == .error }
    var page = MarkdownPage(limit: limit)
    page.add(
      "**Not valid** – \(errors.count) mistake\(errors.count == 1 ? "" : "s"); nothing of this would be applied."
    )
    page.add(items: errors.map { .init(line($0)) }, of: "Mistakes", separator: "\n")
    return page.text
  }

  private static func line(_ error: Diagnostic) -> String {
    let help = error.suggestion.map { " (\(Markdown.escaped($0)))" } ?? ""
    let related = error.related.map { "; \(Markdown.escaped($0.message)): \(Markdown.code("\($0.location)"))" }.joined()
    return "- \(Markdown.code("\(error.location)")) \(Markdown.escaped(error.message))\(help)\(related)"
  }

  /// Destructive first.
  private static let order: [(Action.Verb, String)] = [
    (.delete, "Delete"), (.blocked, "Blocked"), (.forget, "Forget"), (.update, "Update"), (.adopt, "Adopt"),
    (.create, "Create"),
  ]

  private static func title(_ plan: Plan) -> String {
    let share = plan.share.map { " " + Markdown.escaped($0.sentence) } ?? ""
    // Nobody may know of what cluster a plan is that was refused before it was made.
    let name = plan.clusterName.isEmpty ? "" : "**\(Markdown.escaped(plan.clusterName))** – "
    return "\(name)\(PlanSummary(plan).sentence)\(share)"
  }

  private static func refusals(_ plan: Plan, _ page: inout MarkdownPage) {
    guard !plan.refusals.isEmpty else { return }
    let items = plan.refusals.prefix(20).map { refusal in
      "> - **\(refusal.rule.rawValue)**: \(Markdown.escaped(String(refusal.message.prefix(1_500))))"
    }
    page.add((["> **Refused: nothing of this plan will run.**", ">"] + items).joined(separator: "\n"))
  }

  /// Those that somebody notices come first; among them the order in which they run.
  private static func section(_ title: String, _ actions: [Action], _ page: inout MarkdownPage) {
    let felt = actions.filter { $0.cost?.impact != nil }
    let items = (felt + actions.filter { $0.cost?.impact == nil }).map { action in
      MarkdownPage.Item(block(action), short: headline(action))
    }
    page.add(items: items, of: title, heading: "### \(title) (\(actions.count))")
  }

  private static func list(_ title: String, _ lines: [String], _ page: inout MarkdownPage) {
    page.add(items: lines.map { .init($0) }, of: title, heading: "### \(title)", separator: "\n")
  }

  private static func line(_ resource: UnknownResource) -> String {
    "- \(Markdown.code(resource.address.description)) – \(Markdown.escaped(resource.reason))"
      + (resource.isRemoval ? "; removed as soon as it can be seen" : "")
  }
}

// MARK: - Actions

extension PlanMarkdown {
  /// So many fields of one action are shown, each in so many characters.
  private static let (fields, fieldLength) = (60, 400)

  private static func block(_ action: Action) -> String {
    let changes = action.shownChanges
    guard !changes.isEmpty else { return headline(action) }
    let why = action.tellingReason.map { " – \(Markdown.html($0))" } ?? ""
    let head = "<code>\(Markdown.html(action.address.description))</code>\(why)"
    var lines = changes.prefix(fields).map { change in
      let line = ChangeText.line(change, action)
      return "\(action.verb.sign) \(line.prefix(fieldLength))\(line.count > fieldLength ? "…" : "")"
    }
    if changes.count > fields { lines.append("… and \(changes.count - fields) more fields") }
    let cost = cost(action)
    return """
      <details><summary>\(head)</summary>

      ~~~diff
      \(lines.joined(separator: "\n"))
      ~~~
      </details>\(cost.isEmpty ? "" : "\n\n" + cost)
      """
  }

  private static func headline(_ action: Action) -> String {
    let why = action.tellingReason.map { " – \(Markdown.escaped($0))" } ?? ""
    let cost = cost(action)
    return "- \(Markdown.code(action.address.description))\(why)\(cost.isEmpty ? "" : " " + cost)"
  }

  /// Who notices, and what has to be moved for how long.
  private static func cost(_ action: Action) -> String {
    let words = [action.cost?.impact, action.cost?.transfer.map { "\($0)." }].compactMap { $0 }
    return words.isEmpty ? "" : "**\(Markdown.escaped(words.joined(separator: " ")))**"
  }
}

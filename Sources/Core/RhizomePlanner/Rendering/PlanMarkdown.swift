package import RhizomeModel

/// A plan as Markdown for a pull request: the count, then what can hurt, then the rest folded.
package enum PlanMarkdown {
  package static func render(_ plan: Plan) -> String {
    let blocks =
      [title(plan), refusals(plan)] + Self.order.map { section($0, plan) } + [
        unknown(plan), unpruned(plan), held(plan),
      ]
    return blocks.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  /// Destructive first.
  private static let order: [(Action.Verb, String)] = [
    (.delete, "Delete"), (.blocked, "Blocked"), (.forget, "Forget"), (.update, "Update"), (.adopt, "Adopt"),
    (.create, "Create"),
  ]

  private static func title(_ plan: Plan) -> String {
    let share = plan.share.map { " " + Markdown.escaped($0.sentence) } ?? ""
    return "**\(Markdown.escaped(plan.clusterName))** – \(PlanSummary(plan).sentence)\(share)"
  }

  private static func refusals(_ plan: Plan) -> String {
    guard !plan.refusals.isEmpty else { return "" }
    let items = plan.refusals.map { "> - \(Markdown.escaped($0.message))" }
    return (["> **Refused: nothing of this plan will run.**", ">"] + items).joined(separator: "\n")
  }

  private static func section(_ part: (verb: Action.Verb, title: String), _ plan: Plan) -> String {
    let actions = plan.actions.filter { $0.verb == part.verb }
    guard !actions.isEmpty else { return "" }
    return (["### \(part.title) (\(actions.count))"] + actions.map(block)).joined(separator: "\n\n")
  }

  private static func block(_ action: Action) -> String {
    let impact = action.cost?.impact.map { " **\(Markdown.escaped($0))**" } ?? ""
    let why = action.tellingReason
    let head = "<code>\(Markdown.html(action.address.description))</code>\(why.map { " – \(Markdown.html($0))" } ?? "")"
    let changes = action.shownChanges
    guard !changes.isEmpty else {
      return "- `\(action.address)`\(why.map { " – \(Markdown.escaped($0))" } ?? "")\(impact)"
    }
    let lines = changes.map { "\(action.verb.sign) \(ChangeText.line($0, action))" }
    return """
      <details><summary>\(head)</summary>

      ~~~diff
      \(lines.joined(separator: "\n"))
      ~~~
      </details>\(impact.isEmpty ? "" : "\n\n" + impact.dropFirst())
      """
  }

  private static func unknown(_ plan: Plan) -> String {
    guard !plan.unknown.isEmpty else { return "" }
    let items = plan.unknown.map { resource in
      "- `\(resource.address)` – \(Markdown.escaped(resource.reason))"
        + (resource.isRemoval ? "; removed as soon as it can be seen" : "")
    }
    return (["### Not known, and so not touched", ""] + items).joined(separator: "\n")
  }

  private static func held(_ plan: Plan) -> String {
    guard let held = plan.share?.held, !held.isEmpty else { return "" }
    let items = held.map { "- `\($0.address)` – \(Markdown.escaped($0.caretaker))" }
    return (["### Made here, driven by another machine now, and left as they are", ""] + items).joined(separator: "\n")
  }

  private static func unpruned(_ plan: Plan) -> String {
    guard !plan.unpruned.isEmpty else { return "" }
    return (["### No longer declared, and kept", ""] + plan.unpruned.map { "- `\($0)`" }).joined(separator: "\n")
  }
}

/// Text inside Markdown that must stay text.
enum Markdown {
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in ValueText.escaped(text) {
      switch character {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "|", "`", "*", "_", "[", "]", "\\", "#", "~", "@": result += "\\\(character)"
      default: result.append(character)
      }
    }
    return result
  }

  /// For inside an HTML element.
  static func html(_ text: String) -> String {
    var result = ""
    for character in ValueText.escaped(text) {
      switch character {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "`": result += "&#96;"
      default: result.append(character)
      }
    }
    return result
  }
}

package import RhizomeModel

/// A plan as text for a terminal: what comes (`+`), changes (`~`), goes (`-`), is taken over (`<=`), is let go (`=>`) and
/// needs a person (`!`), field by field.
package struct PlanText {
  private let plan: Plan
  private let goal: String
  private let paint: Paint

  /// - Parameters:
  ///   - goal: what is to be achieved, where that is not what the manifests say: `delete what was named`.
  ///   - usesColour: add ANSI colours.
  package static func render(_ plan: Plan, goal: String? = nil, usesColour: Bool = false) -> String {
    let goal = goal ?? "make cluster \(plan.clusterName) what its manifests say"
    let text = PlanText(plan: plan, goal: goal, paint: Paint(isOn: usesColour))
    return text.sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  private var sections: [[String]] {
    [share, [header], refusals, actions, drift, objects, unknown, unpruned, takeover, held, [summary]]
  }

  private var header: String {
    if !plan.refusals.isEmpty { return paint("Rhizome refuses this plan for cluster \(plan.clusterName).", .red) }
    if !plan.actions.isEmpty { return "To \(goal), Rhizome would:" }
    if !plan.unknown.isEmpty { return "Cluster \(plan.clusterName) could not be looked at in full." }
    if !leftAlone.isEmpty { return "Nothing to do for cluster \(plan.clusterName), and yet not all is as it was made." }
    return "Nothing to do: cluster \(plan.clusterName) is what its manifests say."
  }

  private var share: [String] { plan.share.map { [$0.sentence] } ?? [] }

  private var refusals: [String] {
    plan.refusals.map { paint("  !! \($0.rule.rawValue): \(ValueText.escaped($0.message))", .red) }
  }

  /// Actions with details stand apart; those of one line stand together.
  private var actions: [String] {
    var result: [String] = []
    var wasLong = false
    for block in plan.actions.map(lines) {
      let isLong = block.count > 1
      if !result.isEmpty, isLong || wasLong { result.append("") }
      result += block
      wasLong = isLong
    }
    return result
  }

  private func lines(_ action: Action) -> [String] {
    let sign = paint(action.verb.sign.padding(to: 2), action.verb.colour)
    let reason = [action.seatbelt?.rawValue, action.tellingReason].compactMap { $0 }.joined(separator: ": ")
    let why = reason.isEmpty ? "" : "  " + paint("(" + ValueText.escaped(reason) + ")", .dim)
    let head = "  \(sign) \(action.address)\(why)"
    let fields = action.shownChanges.map { "       " + ChangeText.line($0, action) }
    return [head] + fields + (action.cost.map(lines) ?? [])
  }

  private func lines(_ cost: Cost) -> [String] {
    let moved = cost.transfer.map { "       \($0)" }
    let impact = cost.impact.map { "       \(ValueText.escaped($0))" }
    return [moved, impact].compactMap { $0 }
  }

  /// What somebody else changed in ours, and nothing is done about.
  private var leftAlone: [DriftEntry] {
    let actions = Dictionary(plan.actions.map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
    return plan.drift.filter { entry in
      entry.kind != .unknown && !entry.isObject && actions[entry.address]?.deals(with: entry) != true
    }
  }

  private var drift: [String] {
    guard !leftAlone.isEmpty else { return [] }
    return ["Changed by somebody else, and left as it is:"] + leftAlone.map { "  " + DriftText.sentence($0) }
  }

  private var objects: [String] {
    let objects = plan.drift.filter(\.isObject)
    guard !objects.isEmpty else { return [] }
    return ["There beside what is declared, and left alone:"] + objects.map { "  " + DriftText.sentence($0) }
  }

  private var unknown: [String] {
    guard !plan.unknown.isEmpty else { return [] }
    return ["Not known, and so not touched:"]
      + plan.unknown.map { resource in
        let later = resource.isRemoval ? "; removed as soon as it can be seen" : ""
        return "  \(paint("?", .yellow)) \(resource.address)  (\(ValueText.escaped(resource.reason))\(later))"
      }
  }

  private var unpruned: [String] {
    guard !plan.unpruned.isEmpty else { return [] }
    return ["No longer declared, and kept; --prune removes them:"] + plan.unpruned.map { "  \($0)" }
  }

  private var takeover: [String] { (plan.takeover?.sentences ?? []).map { ValueText.escaped($0) } }

  private var held: [String] {
    guard let held = plan.share?.held, !held.isEmpty else { return [] }
    return ["Made here, driven by another machine now, and left as they are:"]
      + held.map { "  \($0.address)  (\($0.caretaker))" }
  }

  private var summary: String {
    let text = PlanSummary(plan).sentence
    return plan.refusals.isEmpty ? text : text + " Refused: nothing of it will run."
  }
}

extension Action {
  /// An update may leave fields as they are; every other action is about the whole resource.
  fileprivate func deals(with entry: DriftEntry) -> Bool {
    guard let field = entry.field, verb == .update else { return true }
    return Set(changes.map(\.path)).covers(field)
  }
}

/// The lines that text and Markdown share.
enum ChangeText {
  static func line(_ change: FieldChange, _ action: Action) -> String {
    let type = Schema.type(of: action.address.kind, at: change.path)
    let path = ValueText.escaped(change.path.description)
    let isNew = action.verb == .create && change.from.isNull
    return "\(path): \(isNew ? ValueText.text(change.to, type) : ValueText.change(change, type))"
  }
}

extension Action {
  /// The changes worth showing: what is created with a default goes without saying.
  var shownChanges: [FieldChange] {
    guard verb == .create else { return changes }
    return changes.filter { $0.to != Schema.defaultValue(of: address.kind, at: $0.path) }
  }
}

extension Action.Verb {
  /// The sign before the address.
  package var sign: String {
    switch self {
    case .create: "+"
    case .update: "~"
    case .delete: "-"
    case .adopt: "<="
    case .forget: "=>"
    case .blocked: "!"
    }
  }

  fileprivate var colour: Paint.Colour {
    switch self {
    case .create: .green
    case .update, .forget: .yellow
    case .delete, .blocked: .red
    case .adopt: .cyan
    }
  }
}

extension Cost {
  /// What has to be moved and how long that takes; nil when nothing has to.
  var transfer: String? {
    guard bytes > 0 else { return nil }
    let size = "\(Quantity.approximate(bytes: bytes)) to copy"
    guard duration > 0 else { return size + ", over an uplink of unknown speed" }
    let minutes = max(1, duration / 60_000)
    return size + ", about " + (minutes < 120 ? "\(minutes) min" : "\(minutes / 60) h")
  }
}

/// ANSI colours, or nothing.
struct Paint {
  enum Colour: String { case red = "31", green = "32", yellow = "33", cyan = "36", dim = "2" }

  let isOn: Bool

  func callAsFunction(_ text: String, _ colour: Colour) -> String {
    isOn ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }
}

extension String {
  func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

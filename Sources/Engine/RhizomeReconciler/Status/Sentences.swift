import RhizomeModel

/// What the reconciler says to people.
enum Sentences {
  /// How many names a sentence lists before it counts the rest.
  private static let namesListed = 3

  static func list(_ names: [String]) -> String {
    let rest = names.count - namesListed
    let shown = names.prefix(namesListed).joined(separator: ", ")
    return rest > 0 ? "\(shown) and \(rest) more" : shown
  }

  static func waiting(_ addresses: [Address]) -> String {
    "It waits for \(list(addresses.map(\.description)))."
  }

  /// - Parameters:
  ///   - left: what somebody else changed, and nothing is done about.
  ///   - ignored: the same, where nobody is to be told in reports.
  static func converged(_ left: [Address], ignored: [Address]) -> String {
    guard !left.isEmpty || !ignored.isEmpty else { return "Everything is as declared." }
    let told =
      "Not as declared, and left so by the drift policy: \(list(left.map(\.description))); see `rhizome drift`."
    let untold =
      "Not as declared, and ignored by the drift policy: \(list(ignored.map(\.description))); see `rhizome describe`."
    return (["Everything is done."] + (left.isEmpty ? [] : [told]) + (ignored.isEmpty ? [] : [untold]))
      .joined(separator: " ")
  }

  /// - Parameters:
  ///   - stuck: what somebody has to see to.
  ///   - unseen: what could not be looked at.
  static func stuck(_ stuck: [Address], unseen: [Address]) -> String {
    let told = "Not ready, and not by itself: \(list(stuck.map(\.description)))."
    let unknown = "Could not be looked at, and is looked at again by itself: \(list(unseen.map(\.description)))."
    return ((stuck.isEmpty ? [] : [told]) + (unseen.isEmpty ? [] : [unknown])).joined(separator: " ")
  }

  static func unknown(_ reason: String) -> String { "It could not be looked at: " + reason.asSentence }

  static func drifted(_ entries: [DriftEntry]) -> String {
    let fields = entries.compactMap { $0.field?.description }
    if fields.isEmpty { return "It is gone, and the policy says to leave it." }
    return "Not as Rhizome made it any more: \(list(fields)). The policy says to leave that."
  }

  static func ignored(_ entries: [DriftEntry]) -> String {
    let fields = entries.compactMap { $0.field?.description }
    if fields.isEmpty { return "It is gone, and the policy says to ignore that." }
    return "Not as Rhizome made it any more: \(list(fields)). The policy says to ignore that."
  }

  static func driftFound(_ entries: [DriftEntry]) -> String {
    let fields = entries.compactMap { $0.field?.description }
    return fields.isEmpty
      ? "It is gone, and Rhizome did not remove it." : "Not as Rhizome made it any more: \(list(fields))."
  }

  /// - Parameter isWhole: nothing else differs that the policy says to leave.
  static func driftHealed(isWhole: Bool) -> String {
    isWhole ? "It is as declared again." : "What is to be put back is as declared again; the rest is left as it is."
  }

  static func workingReason(_ verb: Action.Verb) -> String {
    switch verb {
    case .create: "Creating"
    case .update: "Updating"
    case .delete: "Deleting"
    case .adopt: "Adopting"
    case .forget: "Forgetting"
    case .blocked: "Blocked"
    }
  }

  static func working(_ verb: Action.Verb, _ reason: String) -> String { "\(workingReason(verb)): \(reason)." }

  static func doneReason(_ verb: Action.Verb) -> String {
    switch verb {
    case .create: "Created"
    case .update: "Updated"
    case .delete: "Deleted"
    case .adopt: "Adopted"
    case .forget: "Forgotten"
    case .blocked: "Blocked"
    }
  }

  static func done(_ action: Action) -> String {
    let fields = action.changes.map(\.path.description)
    let what = action.verb == .update && !fields.isEmpty ? "\(list(fields)) changed" : doneReason(action.verb)
    return action.tellingReason.map { "\(what): \($0)." } ?? "\(what)."
  }
}

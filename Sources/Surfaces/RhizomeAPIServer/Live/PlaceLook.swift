package import RhizomeAPI
import RhizomeModel

/// What came of a look at the place that manifests say to follow from now on.
package enum PlaceLook: Sendable, Hashable {
  /// Nothing else is followed than before, or all is well there.
  case fine
  /// What was found, in sentences without advice.
  case wrong(String)
  /// Why it could not be looked at, likewise.
  case unknown(String)

  /// Who is told.
  package enum Asker: Sendable, Hashable {
    /// Somebody at a keyboard, who may know better.
    case person
    /// A commit that is to be applied: what cannot be looked at now is tried again.
    case program
  }

  /// What stands against applying them; nil where nothing does.
  package func error(for asker: Asker) -> APIError? {
    switch (self, asker) {
    case (.fine, _): nil
    case (.unknown(let reason), .program): APIError(.notReady, reason)
    case (.wrong(let reason), _), (.unknown(let reason), .person): PlaceLook.refused(reason)
    }
  }

  private static func refused(_ reason: String) -> APIError {
    let advice =
      "Mend 'git' in the Cluster, or that place. Where you know that it will be right: --allow-unseen-git."
    let refusal = Refusal(.nothingToFollow, reason, advice: advice)
    return APIError(.refused, refusal.message, refusals: [refusal])
  }
}

package import RhizomeModel

/// How it stands with the listener for webhooks, and what of it is worth an event.
package struct GitWebhookState: Sendable, Hashable {
  /// An event for people.
  package struct News: Sendable, Hashable {
    package let level: Event.Level
    package let reason: String
    package let message: String
  }

  /// Address and port as declared.
  package let place: String
  /// It listens, and a forge could reach it.
  package private(set) var isListening = false
  /// Why it does not.
  package private(set) var failure: String?
  /// The last webhook that the forge had signed.
  package private(set) var heardAt: Timestamp?
  /// Those without the right signature since then.
  package private(set) var refusedCount = 0
  package private(set) var refusedAt: Timestamp?
  private var toldAt: Timestamp?

  /// Strangers who knock are told of so often at most, in milliseconds.
  static let quiet: Int64 = 3_600_000

  package init(place: String) { self.place = place }

  /// It listens.
  package mutating func listens() -> News? {
    let wasDeaf = failure != nil
    (isListening, failure) = (true, nil)
    guard wasDeaf else { return nil }
    return News(level: .normal, reason: "GitWebhookListens", message: "Webhooks are heard again at \(place).")
  }

  /// It cannot listen, or no longer.
  package mutating func failed(_ reason: String) -> News? {
    let isNews = failure != reason
    (isListening, failure) = (false, reason)
    guard isNews else { return nil }
    let message =
      "Webhooks are not heard at \(place): \(reason). Commits are seen at the next look, and it is tried again."
    return News(level: .warning, reason: "GitWebhookDeaf", message: message)
  }

  /// A genuine one has come.
  package mutating func heard(at moment: Timestamp) {
    (heardAt, refusedCount, toldAt) = (moment, 0, nil)
  }

  /// One without the right signature has come.
  package mutating func refused(at moment: Timestamp) -> News? {
    refusedCount += 1
    refusedAt = moment
    if let toldAt, moment.milliseconds - toldAt.milliseconds < GitWebhookState.quiet { return nil }
    toldAt = moment
    let message =
      "A webhook without the right signature was refused. Where it was the forge's: give the forge the value of the Secret "
      + "that Cluster.spec.git.webhook names."
    return News(level: .warning, reason: "GitWebhookRefused", message: message)
  }
}

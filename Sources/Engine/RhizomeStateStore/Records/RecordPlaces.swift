/// Where the records lie in the state store. Changing one is a migration.
package enum RecordPlaces {
  package static let inventory = "prior/inventory/"
  package static let intents = "prior/intent/"
  package static let letGo = "prior/let-go/"
  /// All of these together, so that one snapshot holds them.
  package static let prior = "prior/"
  package static let status = "status/"
  package static let drift = "drift/"
  /// By resource: differences that are no longer there.
  package static let resolvedDrift = "drift-resolved/"
  package static let driftMutes = "drift-mute/"
  package static let foreign = "foreign/"
  package static let eventEntries = "event/entry/"
  package static let eventSequence = "event/sequence"
  package static let revisionHeads = "revision/head/"
  package static let revisionParts = "revision/part/"
  /// Below it the revision, and the time.
  package static let actions = "action/"
  package static let secrets = "secret/"
  /// What is remembered of homes and their routers, by zone.
  package static let homes = "home/"
  /// What is followed, with its credential, and what came of it.
  package static let git = "git/"

  /// What came of scheduled reports, by name.
  package static let reports = "report/"

  /// What `SealedStateStore` encrypts: secrets, and manifests, in which people may have written some.
  package static func sealed() throws -> [StatePrefix] { try [secrets, revisionParts, git].map(StatePrefix.init) }

  /// A number as text that sorts like the number.
  static func sortable(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 16 - digits.count)) + digits
  }
}

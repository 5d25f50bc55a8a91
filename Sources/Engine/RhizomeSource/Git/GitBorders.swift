package import RhizomeManifest
package import RhizomeModel

/// The rest of the program, as the follower sees it.
package protocol GitConsumer: Sendable {
  /// What was remembered before the last stop.
  func load() async throws -> GitRecord
  func save(_ record: GitRecord) async throws
  /// Plans, and where nothing stands against it applies. Never throws: what goes wrong is an outcome.
  func apply(_ candidate: GitCandidate) async -> GitApplyOutcome
  /// What would come of a commit that a person lets pass.
  func forecast(_ candidate: GitCandidate) async -> GitForecast
  /// Something has become of a commit, for those who look at it on their forge. Returns at once.
  func judged(_ verdict: CommitVerdict) async
  /// Something that people may want to know.
  func tell(_ level: Event.Level, _ reason: String, _ message: String) async
}

/// The repository, as the follower sees it: `GitMirror`, or a stand-in for tests.
package protocol GitRepository: Sendable {
  func fetch(_ settings: GitSettings, known: String?) async throws -> String
  func commit(_ id: String) async throws -> GitCommit
  func isAncestor(_ earlier: String, of later: String) async throws -> Bool
  func signature(of commit: String, _ signers: GitSigners, now: Timestamp) async throws -> GitSignature
  func snapshot(_ commit: String, _ settings: GitSettings, limits: ManifestLimits) async throws -> ManifestSnapshot
  func keep(_ commit: String) async throws
  func move(of settings: GitSettings, from earlier: String, to later: String) async -> GitMove?
}

extension GitMirror: GitRepository {}

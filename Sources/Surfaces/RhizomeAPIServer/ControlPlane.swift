package import RhizomeAPI
package import RhizomeModel
package import RhizomePlanner

/// What the API offers, without its wire: one method a route.
///
/// Methods throw `APIError` for everything that a caller can do something about.
package protocol ControlPlane: Sendable {
  func version() async throws -> VersionView
  func sealingCertificate() async throws -> SealingView
  func plan(_ request: PlanRequest) async throws -> PlanResponse
  func apply(_ request: ApplyRequest) async throws -> ApplyResponse
  /// Does exactly what a saved plan says, or names what has changed.
  func applySaved(_ request: SavedPlanRequest) async throws -> ApplyResponse
  func delete(_ request: DeleteRequest) async throws -> ApplyResponse
  /// What `delete` would do.
  func planDeletion(_ request: DeleteRequest) async throws -> PlanResponse
  func resources(showSecrets: Bool) async throws -> [ResourceView]
  func history() async throws -> [RevisionView]
  /// How the firewall of this machine stands, after doing what is asked for.
  func firewall(_ step: FirewallStep) async throws -> FirewallView
  func revision(_ number: Int) async throws -> RevisionDetail
  func compare(_ request: CompareRequest) async throws -> PlanResponse
  func rollBack(_ request: RollbackRequest) async throws -> ApplyResponse
  /// What `rollBack` would do.
  func planRollback(_ request: RollbackRequest) async throws -> PlanResponse
  /// - Parameter since: also tell what went away after this moment; nil for no such thing.
  func drift(refresh: Bool, since: Timestamp?) async throws -> DriftReport
  /// What exists in the engines of these components and is not declared, as declarations.
  func adoption(_ components: [Component]) async throws -> AdoptionView
  /// The mutes that have not ended.
  func mutes() async throws -> [DriftMute]
  /// - Returns: the mutes that hold now.
  func mute(_ request: MuteRequest) async throws -> [DriftMute]
  func unmute(_ request: UnmuteRequest) async throws -> [DriftMute]
  /// Ends after the line whose `isLast` is true.
  func progress(revision: Int) async throws -> AsyncStream<ProgressLine>
  /// Events after `since`, oldest first; ends there unless `follow` is true.
  func events(since: Int, follow: Bool) async throws -> AsyncStream<Event>
  /// What a service wrote: its last `tail` lines, and what follows where it is asked for.
  func logs(service: String, tail: Int, follow: Bool) async throws -> AsyncStream<[UInt8]>
}

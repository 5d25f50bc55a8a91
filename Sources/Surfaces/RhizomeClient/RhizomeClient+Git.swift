package import RhizomeAPI

/// The followed repository.
extension RhizomeClient {
  package func gitStatus() async throws -> GitStatusView { try await get("/v1/git") }

  /// Looks and applies now; returns when that has come to its end.
  package func gitSync() async throws -> GitStatusView { try await post("/v1/git/sync", EmptyRequest()) }

  package func gitSuspend(_ request: GitSuspendRequest) async throws -> GitStatusView {
    try await post("/v1/git/suspend", request)
  }

  package func gitResume(_ request: GitResumeRequest) async throws -> GitStatusView {
    try await post("/v1/git/resume", request)
  }

  package func gitApprove(_ request: GitApproveRequest) async throws -> GitStatusView {
    try await post("/v1/git/approve", request)
  }
}

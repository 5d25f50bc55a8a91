import Hummingbird
package import RhizomeAPI

/// What the API offers about the followed repository. Methods throw `APIError`.
package protocol GitControl: Sendable {
  func gitStatus() async throws -> GitStatusView
  /// Looks and applies now; returns when that has come to its end.
  func gitSync() async throws -> GitStatusView
  /// Follows no more until resumed.
  func gitSuspend(_ request: GitSuspendRequest) async throws -> GitStatusView
  func gitResume(_ request: GitResumeRequest) async throws -> GitStatusView
  /// Lets a refused commit pass; returns when it is applied, or was refused again.
  func gitApprove(_ request: GitApproveRequest) async throws -> GitStatusView
}

extension APIRoutes {
  static func addGit(to routes: RouterGroup<BasicRequestContext>, _ git: any GitControl) {
    routes.get("git") { _, _ in try answer(await git.gitStatus()) }
    routes.post("git/sync") { _, _ in try answer(await git.gitSync()) }
    routes.post("git/resume") { request, _ in try answer(await git.gitResume(try await decode(request))) }
    routes.post("git/suspend") { request, _ in try answer(await git.gitSuspend(try await decode(request))) }
    routes.post("git/approve") { request, _ in try answer(await git.gitApprove(try await decode(request))) }
  }
}

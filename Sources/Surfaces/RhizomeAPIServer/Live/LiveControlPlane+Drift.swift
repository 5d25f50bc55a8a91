package import RhizomeAPI
package import RhizomeModel
package import RhizomePlanner
import RhizomeReconciler
import RhizomeStateStore

// MARK: - Drift

extension LiveControlPlane {
  package func drift(refresh: Bool, since: Timestamp?) async throws -> DriftReport {
    let entries = try await refusing { try await reconciler.driftReport(refresh: refresh) }
    let desired = await reconciler.desired
    let resolved = if let since { await reconciler.resolvedDrift(since: since) } else { [ResolvedDrift]() }
    return DriftReport(
      cluster: desired.clusterName,
      generatedAt: parts.now(),
      entries: entries,
      declarations: desired.resources.compactMapValues(\.declaredAt),
      mutes: try await mutes(),
      resolved: resolved
    )
  }

  package func mutes() async throws -> [DriftMute] { try await parts.mutes.active(now: parts.now()) }

  package func mute(_ request: MuteRequest) async throws -> [DriftMute] {
    let now = parts.now()
    guard request.until > now else {
      let help =
        "a date is its beginning (00:00 UTC): for the rest of today, say tomorrow's date, or how long, such as 12h"
      throw APIError(.badRequest, "\(request.until) has passed already; \(help)")
    }
    try StatedReason.check(request.because, orSay: "say why, so that others need not ask")
    try await check(request)
    let mute = DriftMute(
      address: request.address,
      field: request.field,
      until: request.until,
      because: request.because,
      author: request.author,
      at: now
    )
    let replaced = try await mutes().first { $0.subject == mute.subject }
    try await parts.mutes.put(mute)
    let message = "Drift of \(mute.subject) is muted until \(mute.until) by \(mute.author): \(mute.because)"
    let instead = replaced.map { "; in place of: until \($0.until) by \($0.author): \($0.because)" } ?? ""
    await reconciler.note(mute.address, "DriftMuted", message + instead)
    return try await mutes()
  }

  /// A mute of something that is not there would silence nothing, and look as if it did.
  private func check(_ request: MuteRequest) async throws {
    let known = try await reconciler.snapshot()
    let isKnown = known.desired.resources[request.address] != nil || known.records[request.address] != nil
    let told = try await reconciler.driftReport(refresh: false).filter { $0.address == request.address }
    guard isKnown || !told.isEmpty else {
      throw APIError(
        .notFound,
        "there is no \(request.address); `rhizome drift` and `rhizome get` tell the names of what there is"
      )
    }
    // What is told can be muted, also where no table names it.
    guard let field = request.field, !told.contains(where: { $0.field?.isAtOrBelow(field) == true }) else { return }
    if let problem = Schema.problem(with: field, of: request.address.kind) {
      throw APIError(.badRequest, "\(problem); see Docs/Manifest.md")
    }
    if let (reason, help) = Schema.steadiness(of: field, of: request.address.kind) {
      throw APIError(.badRequest, "\(reason); \(help)")
    }
  }

  package func unmute(_ request: UnmuteRequest) async throws -> [DriftMute] {
    guard try await parts.mutes.remove(request.address, request.field) else {
      throw APIError(.notFound, "nothing is muted for exactly this; `rhizome drift mutes` lists what is")
    }
    let subject = request.address.description + (request.field.map { " \($0)" } ?? "")
    await reconciler.note(request.address, "DriftUnmuted", "Drift of \(subject) is told again, by \(request.author).")
    return try await mutes()
  }
}

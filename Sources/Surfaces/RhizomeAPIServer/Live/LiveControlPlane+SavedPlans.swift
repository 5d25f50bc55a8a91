import Foundation
package import RhizomeAPI
import RhizomeModel
import RhizomePlanner
import RhizomeReconciler
import RhizomeStateStore

// MARK: - Saved plans

extension LiveControlPlane {
  package func applySaved(_ request: SavedPlanRequest) async throws -> ApplyResponse {
    let made = try open(request.sealed)
    let declared = try await changedDeclarations(made.bundle, request.present)
    guard declared.isEmpty else { throw LiveControlPlane.changed(declared) }
    do {
      return try await apply(
        ApplyRequest(bundle: made.bundle, choices: made.choices, expectedPlan: request.plan)
      )
    } catch let error as APIError where error.code == .planChanged {
      let newer = try await newerRevisions(than: request.revision)
      throw newer.isEmpty ? error : APIError(.planChanged, (newer + [error.message]).joined(separator: "\n"))
    }
  }

  private func open(_ sealed: String) throws -> PlanRequest {
    let text: String
    do {
      text = try parts.unseal(sealed)
    } catch {
      throw APIError(.badRequest, "The plan was made for another cluster, or its file was changed: \(error)")
    }
    guard let made = try? WireFormat.decode(PlanRequest.self, from: Data(text.utf8)) else {
      throw APIError(.badRequest, "The plan was made by another version of rhizome; make it again.")
    }
    return made
  }

  /// What the folder declares otherwise by now than when the plan was made; remarks and order do not count.
  private func changedDeclarations(_ made: ManifestBundle, _ present: ManifestBundle?) async throws -> [String] {
    guard let present, present.files != made.files else { return [] }
    guard let now = try? await load(present, from: SourceName.folder).desired else {
      return ["declared: \(present.origin) has mistakes by now; `rhizome validate` tells them"]
    }
    let plan = DeclarationComparison.plan(
      from: try await load(made, from: SourceName.folder).desired,
      to: now,
      prune: true,
      allowedDeletions: .max,
      now: parts.now()
    )
    return plan.actions.flatMap { LiveControlPlane.sentences($0, present.origin) }
  }

  private static func sentences(_ action: Action, _ folder: String) -> [String] {
    switch action.verb {
    case .create, .adopt: ["declared: \(action.address) has been added to \(folder)"]
    case .delete, .forget, .blocked: ["declared: \(action.address) is no longer in \(folder)"]
    case .update:
      action.changes.map { change in
        let type = Schema.type(of: action.address.kind, at: change.path)
        return "declared: \(action.address) \(change.path) in \(folder): \(ValueText.change(change, type))"
      }
    }
  }

  /// Who has applied what since.
  private func newerRevisions(than revision: Int?) async throws -> [String] {
    try await reconciler.revisions().filter { $0.number > revision ?? 0 }.suffix(5).map {
      "declared: revision \($0.number) was applied by \($0.author) from \($0.origin) since."
    }
  }

  private static func changed(_ sentences: [String]) -> APIError {
    let rest = sentences.count > 50 ? ["and \(sentences.count - 50) more"] : []
    let lines = (sentences.prefix(50) + rest).joined(separator: "\n  ")
    return APIError(.planChanged, "Something has changed since the plan was made:\n  \(lines)\nMake a new plan.")
  }
}

package import RhizomeAPI
import RhizomeManifest
package import RhizomeModel
import RhizomeReconciler

extension LiveControlPlane {
  package func adoption(_ components: [Component]) async throws -> AdoptionView {
    let survey = try await refusing { try await reconciler.survey(components) }
    let known = try await refusing { try await reconciler.snapshot() }
    let context = Adoption.Context(
      clusterID: parts.identity.clusterID,
      taken: Set(known.desired.resources.keys).union(known.records.keys),
      desired: known.desired
    )
    let draft = Adoption.draft(survey, context)
    return AdoptionView(
      documents: draft.declarations.map { .init(address: $0.address, text: ManifestWriter.text([$0])) },
      remarks: draft.remarks,
      hasCluster: known.desired.cluster != nil
    )
  }
}

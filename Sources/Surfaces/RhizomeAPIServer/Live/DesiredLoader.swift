import RhizomeAPI
package import RhizomeManifest
package import RhizomeModel

/// Turns files into the resolved desired state: the whole manifest language, with the running cluster's keys.
package struct DesiredLoader: Sendable {
  /// What resolving needs; the argument is the Node that the manifests leave as the only choice.
  package typealias MakeContext = @Sendable (_ onlyNode: String?) -> ResolutionContext

  private let makeContext: MakeContext

  package init(makeContext: @escaping MakeContext) { self.makeContext = makeContext }

  /// - Throws: `APIError` with all diagnostics when anything is wrong.
  package func load(_ files: [String: String], source: String, now: Timestamp) throws -> (
    desired: DesiredState, warnings: [Diagnostic]
  ) {
    let manifests = files.map { ManifestFile(path: $0.key, bytes: Array($0.value.utf8)) }
    let result = Manifest.load(manifests, source: source, now: now)
    guard let declared = result.desired else { throw DesiredLoader.refusal(result.diagnostics) }
    let nodes = declared.addresses.filter { $0.kind == .node }
    let (desired, problems) = Resolver.resolve(
      declared,
      with: makeContext(nodes.count == 1 ? nodes.first?.name : nil)
    )
    guard !problems.contains(where: { $0.severity == .error }) else { throw DesiredLoader.refusal(problems) }
    return (desired, result.diagnostics + problems)
  }

  private static func refusal(_ diagnostics: [Diagnostic]) -> APIError {
    APIError(.invalidManifests, "the manifests are not valid", diagnostics: diagnostics)
  }
}

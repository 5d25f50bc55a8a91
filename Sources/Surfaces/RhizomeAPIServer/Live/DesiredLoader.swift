import RhizomeAPI
package import RhizomeManifest
package import RhizomeModel
import Synchronization

/// Turns files into the resolved desired state of this machine: the whole manifest language, with the running cluster's
/// keys. Everything that speaks of what is desired (plans, applies, reports) gets it here, and so speaks of this
/// machine's share.
package struct DesiredLoader: Sendable {
  /// What resolving needs; the argument is the Node that this machine is, where that is known.
  package typealias MakeContext = @Sendable (_ node: String?) -> ResolutionContext

  private let node: String?
  private let makeContext: MakeContext
  private let memory = LoaderMemory()

  /// - Parameter node: which declared Node this machine is; not needed where there is one.
  package init(node: String? = nil, makeContext: @escaping MakeContext) {
    self.node = node
    self.makeContext = makeContext
  }

  /// - Throws: `APIError` with all diagnostics when anything is wrong.
  package func load(_ files: [String: String], source: String, now: Timestamp) throws -> (
    desired: DesiredState, warnings: [Diagnostic]
  ) {
    let manifests = files.map { ManifestFile(path: $0.key, bytes: Array($0.value.utf8)) }
    var known = memory.copy
    let result = Manifest.load(manifests, source: source, now: now, memory: &known.files)
    guard let declared = result.desired else { throw DesiredLoader.refusal(result.diagnostics) }
    let share = try share(of: declared)
    let (desired, problems) = Resolver.resolve(
      share,
      within: declared,
      with: makeContext(share.localNode?.address.name),
      memory: &known.references
    )
    memory.keep(known)
    guard !problems.contains(where: { $0.severity == .error }) else { throw DesiredLoader.refusal(problems) }
    return (desired, result.diagnostics + problems)
  }

  private func share(of declared: DesiredState) throws -> DesiredState {
    do {
      return try declared.share(of: node)
    } catch {
      throw APIError(.refused, error.description)
    }
  }

  private static func refusal(_ diagnostics: [Diagnostic]) -> APIError {
    APIError(.invalidManifests, "the manifests are not valid", diagnostics: diagnostics)
  }
}

/// What the last revision came to, so that the next one costs what differs. Loads side by side each begin with what the
/// last finished one left.
private final class LoaderMemory: Sendable {
  struct Known: Sendable {
    var files = ManifestMemory()
    var references = ResolverMemory()
  }

  private let known = Mutex(Known())

  var copy: Known { known.withLock { $0 } }

  func keep(_ newer: Known) { known.withLock { $0 = newer } }
}

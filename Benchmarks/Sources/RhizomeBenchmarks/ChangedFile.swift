import Foundation
import OpenSSL
import RhizomeManifest
import RhizomeModel
import RhizomePlanner

/// What it takes to plan anew when one file among many has changed: reading it, checking everything, putting values in
/// place of references, and comparing all of it with what was seen. Beside it the same from the beginning.
struct ChangedFile {
  private let files: [ManifestFile]
  private var observed: ObservedState
  private var prior: PriorState
  private let context: PlanningContext

  init(_ cluster: LargeCluster, _ context: PlanningContext) {
    (files, self.context) = (cluster.files, context)
    let resolved = cluster.resolved(ChangedFile.resolution)
    (observed, prior) = (resolved.observed, resolved.prior)
  }

  /// Prints a line for each way.
  mutating func measure() {
    var (memory, resolved) = (ManifestMemory(), ResolverMemory())
    var edition = 0
    prior.share(with: desired(edition, &memory, &resolved))
    let apart = Measurement(count: 31) {
      edition += 1
      plan(edition, &memory, &resolved)
    }
    takeLook()
    let again = Measurement(count: 31) {
      edition += 1
      plan(edition, &memory, &resolved)
    }
    let anew = Measurement(count: 7) {
      edition += 1
      var (nothing, unresolved) = (ManifestMemory(), ResolverMemory())
      plan(edition, &nothing, &unresolved)
    }
    print("re-plan after a change of one file of \(files.count): \(again.sentence)")
    print("the same where nothing that was seen is shared: \(apart.sentence)")
    print("the same from the beginning: \(anew.sentence)")
  }

  /// Leaves what was seen as the daemon does when a look comes in.
  private mutating func takeLook() {
    for (address, record) in prior.records {
      observed.resources[address] = observed.resources[address]?.sharing(record.attributes)
    }
  }

  private func plan(_ edition: Int, _ memory: inout ManifestMemory, _ resolved: inout ResolverMemory) {
    let desired = desired(edition, &memory, &resolved)
    let plan = Planner.plan(desired: desired, observed: observed, prior: prior, context: context)
    precondition(plan.actions.map(\.verb) == [.update], "one person was to be changed")
  }

  private func desired(
    _ edition: Int,
    _ memory: inout ManifestMemory,
    _ resolved: inout ResolverMemory
  ) -> DesiredState {
    let result = Manifest.load(changed(edition), source: "benchmark", memory: &memory)
    guard let declared = result.desired else { preconditionFailure("the manifests were not read") }
    return Resolver.resolve(declared, within: declared, with: ChangedFile.resolution, memory: &resolved).desired
  }

  /// The files, with another name of the first person.
  private func changed(_ edition: Int) -> [ManifestFile] {
    var files = files
    let text = String(decoding: files[1].bytes, as: UTF8.self)
    let name = "displayName: Person user-0-0"
    let parts = text.components(separatedBy: name)
    precondition(parts.count == 2, "there is no such person")
    files[1] = ManifestFile(path: files[1].path, bytes: Array(parts.joined(separator: "\(name) \(edition)").utf8))
    return files
  }

  /// Keys and digests as costly as a cluster's.
  private static let resolution = ResolutionContext(
    derive: { label, count in
      Array(MessageAuthentication.hmac(Array(label.utf8), key: [1], .sha256).prefix(count))
    },
    fingerprint: { text in Hex.encode(MessageAuthentication.hmac(Array(text.utf8), key: [2], .sha256).prefix(16)) },
    unseal: { $0 },
    s3URL: "http://127.0.0.1:3900",
    webURL: "http://127.0.0.1:3902",
    ldapURL: "ldap://127.0.0.1:3890",
    serviceFolder: { "/\($0)" }
  )
}

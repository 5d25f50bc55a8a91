import Foundation
import RhizomeManifest
import RhizomeModel
import RhizomePlanner

/// A cluster of a given size in which everything is as it shall be, in the proportions of a hosting collective: of ten
/// resources one bucket with a key and its grant, six users, one group.
struct LargeCluster {
  let files: [ManifestFile]
  let desired: DesiredState
  let observed: ObservedState
  let prior: PriorState

  /// What keeps a cluster from being made.
  struct Unreadable: Error, CustomStringConvertible { let description: String }

  /// - Throws: `Unreadable` when the manifests made here are not accepted.
  init(resources count: Int) throws {
    let files = LargeCluster.manifests(count)
    let result = Manifest.load(files, source: "benchmark")
    guard let desired = result.desired else {
      throw Unreadable(description: result.diagnostics.prefix(3).map(\.message).joined(separator: "; "))
    }
    self.init(files: files, desired: desired)
  }

  private init(files: [ManifestFile], desired: DesiredState) {
    self.files = files
    self.desired = desired
    prior = PriorState(records: desired.resources.values.map(LargeCluster.record))
    observed = ObservedState(resources: desired.resources.mapValues(LargeCluster.seen))
  }

  /// The same with values in place of references.
  func resolved(_ context: ResolutionContext) -> LargeCluster {
    LargeCluster(files: files, desired: Resolver.resolve(desired, within: desired, with: context).desired)
  }

  /// What an engine shows: equal in meaning, not the same storage.
  private static func seen(_ resource: Resource) -> Observation {
    .present(ObservedResource(attributes: copy(resource.attributes)))
  }

  private static func record(_ resource: Resource) -> InventoryRecord {
    InventoryRecord(
      address: resource.address,
      attributes: copy(resource.attributes),
      driver: "benchmark",
      source: "benchmark",
      revision: 1,
      policies: resource.policies,
      dependencies: resource.dependencies,
      home: resource.home
    )
  }

  private static func copy(_ value: Value) -> Value {
    switch value {
    case .list(let elements): .list(elements.map(copy))
    case .map(let members): .map(members.mapValues(copy))
    default: value
    }
  }

  /// One file for every hundred resources, as a folder of people and sites would be kept.
  private static func manifests(_ count: Int) -> [ManifestFile] {
    let head = "apiVersion: rhizome/v1\nkind: Cluster\nmetadata: {name: plant}\nspec: {domain: plant.example}\n"
    let groups = max(1, count / 10)
    let files = stride(from: 0, to: groups, by: 10).map { first in
      (first..<min(first + 10, groups)).map(group).joined(separator: "---\n")
    }
    return ([head] + files).enumerated().map { index, text in
      ManifestFile(path: "part-\(index).yaml", bytes: Array(text.utf8))
    }
  }

  /// Ten resources: a grant follows from the bucket.
  private static func group(_ index: Int) -> String {
    let people = (0..<7).map { "user-\(index)-\($0)" }
    let users = people.map { name in
      declaration("User", name, "displayName: Person \(name)\n  mail: [\(name)@plant.example]")
    }
    let access = "access:\n    - {key: key-\(index), permissions: [read, write]}"
    let storage = [
      declaration("AccessKey", "key-\(index)", "displayName: Key \(index)"),
      declaration("Bucket", "bucket-\(index)", "quotas: {size: 10GiB, objects: 1000}\n  \(access)"),
    ]
    return
      (storage + users.prefix(6) + [
        declaration("Group", "group-\(index)", "members: [\(people.prefix(6).joined(separator: ", "))]")
      ])
      .joined(separator: "---\n")
  }

  private static func declaration(_ kind: String, _ name: String, _ spec: String) -> String {
    "apiVersion: rhizome/v1\nkind: \(kind)\nmetadata: {name: \(name)}\nspec:\n  \(spec)\n"
  }
}

internal import PrivateFiles
package import RhizomeModel

/// The file `cluster-id` in the data folder: the cluster's name on one line, mode 0600.
package struct ClusterIdentityFile: Sendable {
  private static let byteLimit = 64
  package let path: String

  package init(_ path: String) { self.path = path }

  /// What it says; nil when there is no file.
  /// - Throws: `notPrivate` when others may change it, `damaged` when it says something else, `unavailable` otherwise.
  package func read() throws(StateStoreError) -> ClusterID? {
    let bytes: [UInt8]
    do throws(PrivateFileError) {
      bytes = try PrivateFiles.read(path, limit: Self.byteLimit)
    } catch {
      if error.code == .missing { return nil }
      throw explain(error)
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    guard let line = lines.first, lines.dropFirst().allSatisfy(\.isEmpty), let id = ClusterID(String(line)) else {
      throw notAnID
    }
    return id
  }

  /// Writes it so that it lasts, whole or not at all. A file that is there is left as it is.
  package func create(_ id: ClusterID) throws(StateStoreError) {
    do throws(PrivateFileError) {
      try PrivateFiles.create(path, with: Array("\(id)\n".utf8))
    } catch {
      if error.code != .exists { throw explain(error) }
    }
  }

  private var notAnID: StateStoreError {
    StateStoreError(
      .damaged,
      """
      \(path) does not hold the id of a cluster, which is one line of \(ClusterID.length) digits and letters a to f. Put it \
      back from a copy; or, if state.sqlite is there and right, remove it, and it is written anew
      """
    )
  }

  private func explain(_ error: PrivateFileError) -> StateStoreError {
    switch error.code {
    case .notPrivate, .notOurs: StateStoreError(.notPrivate, error.message)
    case .tooLarge: notAnID
    case .missing, .exists, .system: StateStoreError(.unavailable, error.message)
    }
  }
}

extension ClusterIdentity {
  private static let place = "meta/cluster-id"

  /// Settles the name at the start of a daemon, and sees to it that both places have it from then on.
  ///
  /// The records come first: of several daemons that start on the same new records one writes, and all read the same.
  /// - Parameter found: the clusters whose marks the engines of the data folder carry.
  /// - Throws: `ClusterIdentityConflict` when two places name two clusters, and what reading and writing throws.
  package static func settle(
    in store: any StateStore,
    file: ClusterIdentityFile,
    told: ClusterID?,
    found: () async throws -> Set<ClusterID> = { [] },
    fresh: ClusterID,
    folder: String
  ) async throws -> ClusterIdentity {
    let key = try StateKey(place)
    let kept = try file.read()
    let records = try await recorded(in: store)
    let choice = try decide(
      records: records,
      file: kept,
      told: told,
      found: records == nil ? try await found() : [],
      fresh: fresh,
      folder: folder
    )
    try await store.transact(if: [.absent(key)], then: [.put(key, Array(choice.id.description.utf8))])
    let settled = try await recorded(in: store) ?? choice.id
    // Somebody else was first: then theirs holds, or contradicts what is known here.
    let identity =
      settled == choice.id
      ? choice : try decide(records: settled, file: kept, told: told, fresh: fresh, folder: folder)
    if kept == nil { try file.create(identity.id) }
    return identity
  }

  private static func recorded(in store: any StateStore) async throws -> ClusterID? {
    guard let entry = try await store.get(try StateKey(place)) else { return nil }
    guard let id = ClusterID(String(decoding: entry.value, as: UTF8.self)) else {
      throw StateStoreError(.damaged, "the records do not say which cluster they are of; put them back from a copy")
    }
    return id
  }
}

package import RhizomeModel

/// Under which name this cluster marks what it makes, and how that is known.
///
/// The name is kept twice: with the records, and in a small file beside them. Who loses the records comes back under the
/// same name, so that what the engines hold is still known as ours. It does not follow from the master key: machines of
/// one collective may share that, and each removes what carries its own name and nobody declares.
package struct ClusterIdentity: Sendable, Hashable {
  package enum Origin: Sendable, Hashable {
    /// The records have it: the ordinary start.
    case records
    /// There are no records; the file beside them has it. So they were lost.
    case file
    /// There are neither; the one who started the daemon said it.
    case told
    /// There are neither, and nobody said anything: a new cluster.
    case new
  }

  package let id: ClusterID
  package let origin: Origin
  /// The clusters whose marks the engines carry, where the records began anew and no mark is of this one.
  package let strangers: Set<ClusterID>
}

/// Two places name two clusters. Nothing is decided here: a person has to say which one is right.
package struct ClusterIdentityConflict: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is the matter, and what to do.
  package let description: String
}

extension ClusterIdentity {
  /// Decides what this cluster is called.
  /// - Parameters:
  ///   - records: what the records say; nil when they are new.
  ///   - file: what the file beside them says; nil when there is none.
  ///   - told: the name that was given at the start.
  ///   - found: the clusters whose marks the engines of the data folder carry; asked only where there are no records.
  ///   - fresh: a new name, used when nobody knows one.
  ///   - folder: where records and file are, for the sentences.
  package static func decide(
    records: ClusterID?,
    file: ClusterID?,
    told: ClusterID?,
    found: Set<ClusterID> = [],
    fresh: ClusterID,
    folder: String
  ) throws(ClusterIdentityConflict) -> ClusterIdentity {
    if let records {
      if let file, file != records { throw .between(file: file, records: records, folder) }
      if let told, told != records { throw .between(told: told, records: records, folder) }
      return ClusterIdentity(id: records, origin: .records, strangers: [])
    }
    if let file {
      if let told, told != file { throw .between(told: told, file: file, folder) }
      return begun(file, .file, found)
    }
    if let told { return begun(told, .told, found) }
    guard found.isEmpty else { throw .unnamed(found, fresh: fresh, folder) }
    return begun(fresh, .new, found)
  }

  private static func begun(_ id: ClusterID, _ origin: Origin, _ found: Set<ClusterID>) -> ClusterIdentity {
    ClusterIdentity(id: id, origin: origin, strangers: found.contains(id) ? [] : found)
  }
}

extension ClusterIdentityConflict {
  /// What these made would be nobody's, and a new cluster would stand in front of it.
  fileprivate static func unnamed(_ found: Set<ClusterID>, fresh: ClusterID, _ folder: String) -> Self {
    let names = found.map(\.description).sorted()
    return Self(
      description: """
        what \(folder)/objects holds carries the mark of the cluster \(names.prefix(5).joined(separator: ", ")), and there \
        are no records, nor a cluster-id, that say which cluster this is. To be \(names.count == 1 ? "it" : "the first") \
        again, start once with --cluster-id \(names[0]). To begin a new cluster beside it all the same, which then cannot \
        touch what is marked, start once with --cluster-id \(fresh); or choose an empty --data-dir
        """
    )
  }

  fileprivate static func between(file: ClusterID, records: ClusterID, _ folder: String) -> Self {
    Self(
      description: """
        \(folder)/cluster-id names the cluster \(file), but \(folder)/state.sqlite holds the records of \(records): one of \
        the two is of another cluster. If the records are the wrong ones, put the right state.sqlite back from a copy; if \
        they are right, remove cluster-id, and it is written anew from them
        """
    )
  }

  fileprivate static func between(told: ClusterID, records: ClusterID, _ folder: String) -> Self {
    Self(
      description: """
        --cluster-id says \(told), but the records in \(folder) are those of the cluster \(records). To go on with them, \
        start without --cluster-id. To be \(told) again, choose another --data-dir; or, where what \(told) made is in this \
        one, move everything but objects, master.key, seal.key and seal.pem out of it, and what \(records) knew of people, \
        revisions and history with that
        """
    )
  }

  fileprivate static func between(told: ClusterID, file: ClusterID, _ folder: String) -> Self {
    Self(
      description: """
        --cluster-id says \(told), but \(folder)/cluster-id names the cluster \(file). To be \(file) again, start without \
        --cluster-id; if \(told) is right, remove that file first
        """
    )
  }
}

import RhizomeModel

/// Remembers since when objects are there that no resource stands for.
enum ForeignMemory {
  /// How many of them a driver's report keeps.
  private static let capacity = 500

  static func merge(
    _ objects: [ForeignObject],
    into before: [DriftEntry],
    clusterID: String,
    letGo: [Address: LetGo],
    now: Timestamp
  ) -> [DriftEntry] {
    let known = Dictionary(before.map { ($0.address, $0.since) }, uniquingKeysWith: { first, _ in first })
    return objects.sorted().prefix(capacity).map { object in
      DriftEntry.extra(
        object,
        clusterID: clusterID,
        letGo: object.mark.flatMap { letGo[$0.address] },
        since: (known[object.address] ?? nil) ?? now
      )
    }
  }
}

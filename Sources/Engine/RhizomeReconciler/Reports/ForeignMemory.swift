import RhizomeModel

/// Remembers since when objects are there that no resource stands for.
enum ForeignMemory {
  /// How many of them a driver's report keeps.
  private static let capacity = 500

  static func merge(
    _ objects: [ForeignObject],
    into before: [DriftEntry],
    clusterID: String,
    now: Timestamp
  ) -> [DriftEntry] {
    let known = Dictionary(before.map { ($0.address, $0.since) }, uniquingKeysWith: { first, _ in first })
    return objects.sorted().prefix(capacity).map { object in
      let isOrphan = object.mark?.clusterID == clusterID
      let detail =
        isOrphan ? "orphan: \(object.summary); it carries our mark, and there is no record of it" : object.summary
      return DriftEntry(
        address: object.address,
        kind: .extra,
        policy: .report,
        detail: detail,
        since: (known[object.address] ?? nil) ?? now
      )
    }
  }
}

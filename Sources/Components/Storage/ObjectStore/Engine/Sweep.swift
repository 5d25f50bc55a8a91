internal import GRDB

/// The clearing up at each start: files and rows are brought together again (see `BlobDirectory` for why only files
/// without rows can be left over).
struct Sweep {
  let metadata: MetadataDatabase
  let blobs: BlobDirectory
  /// In seconds since 1970.
  let now: Int64

  /// How long files that nothing refers to are kept, in seconds: long enough for somebody to notice what is missing.
  static let patience: Int64 = 30 * 86_400

  func run() throws -> ObjectStore.StartupReport {
    var report = ObjectStore.StartupReport()
    report.removedTemporaryFiles = try blobs.sweepTemporary()
    let aside = try blobs.setAside()
    for shard in BlobDirectory.shards {
      let found = try blobs.sweep(shard: shard, expected: try expectedFiles(in: shard), aside: aside)
      report.setAsideFiles += found.setAside
      report.takenBackFiles += found.takenBack
      report.damagedFiles += found.damaged
    }
    report.removedOrphanFiles = try blobs.sweepUnreferenced(before: now - Sweep.patience)
    return report
  }

  /// One shard at a time, so that memory stays small however many objects there are.
  private func expectedFiles(in shard: String) throws -> [String: Int64] {
    let sql = """
      SELECT content, size FROM object WHERE content_kind = 'file' AND content >= :low AND content < :high
      UNION ALL SELECT file, size FROM part WHERE file >= :low AND file < :high
      """
    // "g" is behind every hexadecimal digit.
    let rows = try metadata.readBlocking { db in
      try Row.fetchAll(db, sql: sql, arguments: ["low": shard, "high": "\(shard)g"])
    }
    return Dictionary(rows.map { ($0[0] as String, $0[1] as Int64) }) { first, _ in first }
  }
}

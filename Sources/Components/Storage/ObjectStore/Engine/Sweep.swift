internal import GRDB

/// The clearing up at each start: files and rows are brought together again (see `BlobDirectory` for why only files
/// without rows can be left over).
struct Sweep {
  let metadata: MetadataDatabase
  let blobs: BlobDirectory

  func run() throws -> ObjectStore.StartupReport {
    var report = ObjectStore.StartupReport()
    report.removedTemporaryFiles = try blobs.sweepTemporary()
    for shard in BlobDirectory.shards {
      let (removed, damaged) = try blobs.sweep(shard: shard, expected: try expectedFiles(in: shard))
      report.removedOrphanFiles += removed
      report.damagedFiles += damaged
    }
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

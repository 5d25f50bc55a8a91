#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import OpenSSL
package import RhizomeModel

/// A revision without its files, for lists.
package struct RevisionSummary: Sendable, Hashable, Codable {
  package let number: Int
  package let at: Timestamp
  package let source: String
  package let origin: String
  package let author: String
  package let approvedDeletions: [Address]
  package let excluded: [Address]
  /// Nil where nobody had to let it pass.
  package let approval: RevisionApproval?
  package let fileCount: Int
  /// Names the stored files by their content.
  let contentID: String
  let partCount: Int
}

/// The revisions that were applied, the last of them kept whole.
///
/// The files are stored in parts small enough for one transaction each, named by the digest of them all; the summary
/// is written last, so that a crash leaves no revision with missing files. Equal sets of files are stored once.
package struct RevisionHistory: Sendable {
  private static let partBytes = 512 << 10

  private let store: any StateStore
  private let heads: RecordTable<RevisionSummary>
  private let parts: StatePrefix
  private let capacity: Int

  /// - Parameter capacity: how many revisions are kept.
  package init(_ store: any StateStore, capacity: Int = 100) throws {
    self.store = store
    self.capacity = capacity
    heads = RecordTable(store, prefix: try StatePrefix(RecordPlaces.revisionHeads))
    parts = try StatePrefix(RecordPlaces.revisionParts)
  }

  /// Stores a revision under the next number, and drops the oldest ones beyond the capacity.
  package func append(
    at: Timestamp,
    source: String,
    origin: String,
    author: String,
    files: [String: String],
    approvedDeletions: [Address] = [],
    excluded: [Address] = [],
    approval: RevisionApproval? = nil
  ) async throws -> Revision {
    let content = try RecordTable<[String: String]>.encode(files)
    let contentID = Hex.encode(Digest.of(content, .sha256).prefix(16))
    let partCount = try await storeParts(content, contentID)
    for _ in 0..<StateStoreLimits.updateAttempts {
      let number = (try await summaries().last?.number ?? 0) + 1
      let summary = RevisionSummary(
        number: number,
        at: at,
        source: source,
        origin: origin,
        author: author,
        approvedDeletions: approvedDeletions.sorted(),
        excluded: excluded.sorted(),
        approval: approval,
        fileCount: files.count,
        contentID: contentID,
        partCount: partCount
      )
      let operation = try heads.putting(RecordPlaces.sortable(number), summary)
      let condition = StateCondition.absent(try heads.prefix.key(RecordPlaces.sortable(number)))
      guard try await store.transact(if: [condition], then: [operation]).isCommitted else { continue }
      try await trim()
      return summary.revision(files: files)
    }
    throw StateStoreError(.contended, "others stored revisions on every attempt; try again")
  }

  /// All kept revisions, oldest first.
  package func summaries() async throws -> [RevisionSummary] { try await heads.all().records.map(\.record) }

  package func latest() async throws -> Revision? {
    guard let summary = try await summaries().last else { return nil }
    return try await whole(summary)
  }

  /// The revision of this number; nil when there is none or it is no longer kept.
  package func get(_ number: Int) async throws -> Revision? {
    guard let summary = try await heads.get(RecordPlaces.sortable(number)) else { return nil }
    return try await whole(summary)
  }

  private func storeParts(_ content: [UInt8], _ contentID: String) async throws -> Int {
    let starts = stride(from: 0, to: max(content.count, 1), by: RevisionHistory.partBytes)
    for (index, start) in starts.enumerated() {
      let part = content[start..<min(start + RevisionHistory.partBytes, content.count)]
      try await store.put(partKey(contentID, index), Array(part))
    }
    return Array(starts).count
  }

  private func whole(_ summary: RevisionSummary) async throws -> Revision {
    var content: [UInt8] = []
    for index in 0..<summary.partCount {
      guard let part = try await store.get(partKey(summary.contentID, index)) else { throw missing(summary) }
      content += part.value
    }
    guard let files = try? JSONDecoder().decode([String: String].self, from: Data(content)) else {
      throw missing(summary)
    }
    return summary.revision(files: files)
  }

  private func partKey(_ contentID: String, _ index: Int) throws -> StateKey {
    try parts.key("\(contentID)/\(RecordPlaces.sortable(index))")
  }

  private func missing(_ summary: RevisionSummary) -> StateStoreError {
    StateStoreError(
      .unreadableRecord,
      "the files of revision \(summary.number) are not whole; apply the manifests again"
    )
  }

  /// Drops the oldest revisions, and the files that no remaining one has.
  private func trim() async throws {
    let all = try await summaries()
    let kept = Set(all.suffix(capacity).map(\.contentID))
    for summary in all.dropLast(capacity) {
      var operations = [try heads.removing(RecordPlaces.sortable(summary.number))]
      if !kept.contains(summary.contentID) {
        operations.append(.deleteAll(try StatePrefix("\(parts.text)\(summary.contentID)/")))
      }
      try await store.transact(then: operations)
    }
  }
}

extension RevisionSummary {
  fileprivate func revision(files: [String: String]) -> Revision {
    Revision(
      number: number,
      at: at,
      source: source,
      origin: origin,
      author: author,
      files: files,
      approvedDeletions: approvedDeletions,
      excluded: excluded,
      approval: approval
    )
  }
}

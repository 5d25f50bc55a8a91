internal import Synchronization

/// One stored entry: its normalised name and its bytes.
package struct DirectoryBackendRecord: Sendable, Hashable {
  package let key: String
  package let value: [UInt8]

  package init(key: String, value: [UInt8]) {
    self.key = key
    self.value = value
  }
}

/// One step of a transaction on the stored entries.
package enum DirectoryBackendChange: Sendable, Hashable {
  case put(DirectoryBackendRecord)
  case remove(key: String)
}

/// Where a directory keeps its entries between runs. A client is answered only after `commit` returned.
package protocol DirectoryBackend: Sendable {
  /// All entries, in any order.
  func load() async throws -> [DirectoryBackendRecord]

  /// Stores the changes durably, all or none, in order.
  /// - Throws: when nothing was stored; the client then gets `unavailable`.
  func commit(_ changes: [DirectoryBackendChange]) async throws
}

/// Entries kept for the life of the process only.
package final class InMemoryDirectoryBackend: DirectoryBackend {
  private let records = Mutex<[String: [UInt8]]>([:])

  package init() {}

  package func load() async throws -> [DirectoryBackendRecord] {
    records.withLock { records in
      records.map { DirectoryBackendRecord(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
    }
  }

  package func commit(_ changes: [DirectoryBackendChange]) async throws {
    records.withLock { records in
      for change in changes {
        switch change {
        case .put(let record): records[record.key] = record.value
        case .remove(let key): records[key] = nil
        }
      }
    }
  }
}

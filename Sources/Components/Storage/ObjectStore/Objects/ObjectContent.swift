internal import Foundation
internal import GRDB
internal import Logging
internal import S3Protocol

/// The bytes of an object, found for reading.
enum ObjectContent: Sendable {
  case bytes([UInt8])
  /// An open file stays readable even if the object is replaced or deleted.
  case file(OpenFile, size: Int64)
  /// Parts are opened one after the other, since there may be 10,000: if the object is replaced meanwhile, reading
  /// fails, the connection is cut, and the client reads the new object on its next try.
  case parts([UploadRecords.Part])

  /// A run of bytes in one file.
  struct Piece: Sendable {
    enum Source: Sendable {
      case open(OpenFile)
      case identifier(String)
    }

    let source: Source
    let range: ByteRange
  }

  /// The runs of bytes that make up one range of an object in files.
  func pieces(of range: ByteRange) -> [Piece] {
    switch self {
    case .bytes: return []
    case .file(let file, _): return [Piece(source: .open(file), range: range)]
    case .parts(let parts):
      var start: Int64 = 0
      return parts.compactMap { part in
        let offset = max(range.offset - start, 0)
        let end = min(range.offset + range.length - start, part.size)
        start += part.size
        guard offset < end else { return nil }
        return Piece(source: .identifier(part.file), range: ByteRange(offset: offset, length: end - offset))
      }
    }
  }
}

extension ObjectStore {
  /// Looks an object up and opens its content.
  ///
  /// Between the two the object may be replaced and its file removed: then it is looked up again.
  /// - Throws: `S3Error` with `NoSuchKey`, or `InternalError` when the file is really missing.
  func open(bucketID: String, key: String) async throws -> (ObjectRecord, ObjectContent) {
    var previous: ObjectRecord.Content?
    while true {
      let (record, content) = try await lookUp(bucketID: bucketID, key: key)
      if let content { return (record, content) }
      do {
        let file = try await blocking { [blobs] in try blobs.open(record.content.id) }
        return (record, .file(file, size: record.size))
      } catch let error as FileSystemError where error.isNotFound {
        if previous == record.content {
          logger.error("the file of an object is missing", metadata: ["error": "\(error)"])
          throw S3Error(.internalError, "The content of this object is missing on the server's disk.")
        }
        previous = record.content
      }
    }
  }

  /// - Returns: no content when it is in one file, still to be opened.
  private func lookUp(bucketID: String, key: String) async throws -> (ObjectRecord, ObjectContent?) {
    try await metadata.read { db in
      guard let record = try ObjectRecords.fetch(db, bucketID: bucketID, key: key) else {
        throw S3Error(.noSuchKey, "The specified key does not exist.")
      }
      switch record.content {
      case .inline(let id):
        let statement = try db.cachedStatement(sql: "SELECT bytes FROM inline_content WHERE id = ?")
        return (record, .bytes(Array(try Data.fetchOne(statement, arguments: [id]) ?? Data())))
      case .file: return (record, nil)
      case .parts(let upload): return (record, .parts(try UploadRecords.parts(db, upload: upload)))
      }
    }
  }

  /// Hands the bytes of a range over, in runs of at most 256 KiB; the next is read when the last was taken.
  /// - Throws: `S3Error` when a file is shorter than its row says, `FileSystemError`, and what `body` throws.
  func read(_ content: ObjectContent, _ range: ByteRange, _ body: ([UInt8]) async throws -> Void) async throws {
    if case .bytes(let bytes) = content {
      return try await body(Array(bytes[Int(range.offset)..<Int(range.offset + range.length)]))
    }
    for piece in content.pieces(of: range) {
      let file = try await open(piece.source)
      let end = piece.range.offset + piece.range.length
      var offset = piece.range.offset
      while offset < end {
        let count = Int(min(end - offset, Self.readByteCount))
        let bytes = try await blocking { [offset] in try Self.read(file, count, at: offset) }
        try await body(bytes)
        offset += Int64(bytes.count)
      }
    }
  }

  private static let readByteCount: Int64 = 256 * 1024

  private func open(_ source: ObjectContent.Piece.Source) async throws -> OpenFile {
    switch source {
    case .open(let file): file
    case .identifier(let id): try await blocking { [blobs] in try blobs.open(id) }
    }
  }

  private static func read(_ file: OpenFile, _ count: Int, at offset: Int64) throws -> [UInt8] {
    let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
    }
    guard bytes.count == count else {
      throw S3Error(.internalError, "A file of this object is shorter than it was when it was stored.")
    }
    return bytes
  }
}

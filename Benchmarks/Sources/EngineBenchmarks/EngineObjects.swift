import Foundation
import Logging
@testable import ObjectStore
import OpenSSL
import S3Protocol

/// What is stored, with the digest that a client would announce.
struct Body: Sendable {
  let bytes: [UInt8]
  let sha256: [UInt8]

  init(byteCount: Int) {
    bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    sha256 = Digest.of(bytes, .sha256)
  }
}

/// Objects in an `ObjectStore`, put and got as its HTTP server does it once the caller is let in.
struct EngineObjects: Sendable {
  /// What the server hands over to a thread that may block.
  private static let pieceByteCount = 256 << 10

  private let store: ObjectStore
  private let bucket: OpenBucket

  init(directory: String) async throws {
    let configuration = ObjectStore.Configuration(
      directory: directory,
      encryptionKey: [UInt8](repeating: 7, count: 32),
      clock: { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) }
    )
    store = try await ObjectStore.open(configuration, logger: Logger(label: "benchmark"))
    let durability = try store.durability()
    try WrongAnswer.unless(durability == ("wal", 2), "commits are not synced")
    let made = try await store.createBucket(BucketSettings(aliases: ["benchmark"]), mark: nil)
    bucket = OpenBucket(id: made.id, name: "benchmark")
  }

  func close() async throws { try await store.close() }

  /// Returns when the object is durable.
  func put(_ key: String, _ body: Body) async throws {
    let sink = store.makeSink(
      .init(
        payload: .hash(body.sha256),
        byteCount: Int64(body.bytes.count),
        inlineByteCount: store.configuration.inlineByteCount
      )
    )
    _ = try await store.commit(
      try await receive(body.bytes, into: sink),
      sink,
      in: bucket,
      key: key,
      headers: ["content-type": "binary/octet-stream"],
      preconditions: nil
    )
  }

  private func receive(_ bytes: [UInt8], into sink: UploadSink) async throws -> UploadSink.Finished {
    if sink.keepsInMemory(bytes.count) {
      try bytes.withUnsafeBytes { try sink.write($0) }
      return try sink.finish()
    }
    for start in stride(from: 0, to: bytes.count, by: Self.pieceByteCount) {
      try await store.blocking {
        let piece = bytes[start..<min(start + Self.pieceByteCount, bytes.count)]
        try piece.withUnsafeBytes { try sink.write($0) }
      }
    }
    return try await store.blocking { try sink.finish() }
  }

  /// - Returns: how many bytes there were.
  func get(_ key: String) async throws -> Int {
    let (record, content) = try await store.open(bucketID: bucket.id, key: key)
    var count = 0
    try await store.read(content, ByteRange(offset: 0, length: record.size)) { count += $0.count }
    return count
  }
}

internal import S3Protocol

extension ObjectStore {
  /// Copies an object within the store: reads it and writes it anew, with a checksum of its own.
  func copy(
    _ content: ObjectContent,
    of record: ObjectRecord,
    to bucket: OpenBucket,
    key: String,
    headers: [String: String]
  ) async throws -> ObjectRecord {
    try await checkQuota(bucket, key: key, byteCount: record.size)
    var expectation = UploadSink.Expectation(inlineByteCount: configuration.inlineByteCount)
    expectation.byteCount = record.size
    let sink = makeSink(expectation)
    let finished: UploadSink.Finished
    do {
      try await read(content, ByteRange(offset: 0, length: record.size)) { bytes in
        try await blocking { try bytes.withUnsafeBytes { try sink.write($0) } }
      }
      finished = try await blocking { try sink.finish() }
    } catch {
      await discard([sink.id])
      throw error
    }
    return try await commit(finished, sink, in: bucket, key: key, headers: headers, preconditions: nil)
  }
}

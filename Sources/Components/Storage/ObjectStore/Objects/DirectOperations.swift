internal import S3Protocol

/// For those inside this program, who need no signature.
extension ObjectStore {
  /// Makes these bytes the object under `key`; returns when that is durable.
  /// - Parameters:
  ///   - type: the media type that readers are told.
  ///   - id: the bucket's identifier.
  /// - Throws: `StoreError` with `notFound` when there is no such bucket, `invalid` when its quota is used up.
  package func put(_ bytes: [UInt8], as key: String, type: String, inBucket id: String) async throws {
    let bucket = OpenBucket(id: id, name: id)
    let expectation = UploadSink.Expectation(
      byteCount: Int64(bytes.count),
      inlineByteCount: configuration.inlineByteCount
    )
    let sink = makeSink(expectation)
    do {
      let finished = try await fill(sink, bytes)
      let headers = ["content-type": type]
      _ = try await commit(finished, sink, in: bucket, key: key, headers: headers, preconditions: nil)
    } catch let error as S3Error {
      throw StoreError(error.code == .noSuchBucket ? .notFound : .invalid, error.message)
    }
  }

  private func fill(_ sink: UploadSink, _ bytes: [UInt8]) async throws -> UploadSink.Finished {
    do {
      return try await blocking {
        try bytes.withUnsafeBytes { try sink.write($0) }
        return try sink.finish()
      }
    } catch {
      await discard([sink.id])
      throw error
    }
  }
}

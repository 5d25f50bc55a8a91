internal import OpenSSL
internal import S3Protocol

/// Multipart uploads. A part is durable when its upload is answered; so is the object when the whole is.
extension ObjectStore {
  /// Amazon's least size of every part but the last, in bytes.
  private static let minimumPartByteCount: Int64 = 5 << 20

  /// - Returns: the identifier of the new upload.
  func createUpload(_ bucket: OpenBucket, key: String, headers: [String: String]) async throws -> String {
    let upload = ListedUpload(id: configuration.makeIdentifier(), key: key, started: configuration.clock())
    let headers = try ObjectRecord.encode(headers)
    try await metadata.write { db in
      try UploadRecords.create(db, upload: upload, bucketID: bucket.id, headers: headers)
    }
    return upload.id
  }

  /// - Throws: `S3Error` with `NoSuchUpload`.
  func requireUpload(_ upload: String, _ bucket: OpenBucket, key: String) async throws {
    _ = try await metadata.read { db in try UploadRecords.headers(db, upload: upload, bucketID: bucket.id, key: key) }
  }

  /// Adds a finished body as a part of an upload.
  func commitPart(
    _ finished: UploadSink.Finished,
    _ sink: UploadSink,
    upload: String,
    number: Int,
    in bucket: OpenBucket,
    key: String
  ) async throws -> UploadRecords.Part {
    let part = UploadRecords.Part(
      number: number,
      size: finished.byteCount,
      etag: Hex.encode(finished.md5),
      modified: configuration.clock(),
      file: sink.id
    )
    let replaced = try await write(sink) { db in
      _ = try UploadRecords.headers(db, upload: upload, bucketID: bucket.id, key: key)
      return try UploadRecords.put(db, part, upload: upload)
    }
    await discard(replaced)
    return part
  }

  /// Puts the chosen parts together as the object under `key`.
  /// - Throws: `S3Error`: `NoSuchUpload`, `InvalidPart`, `EntityTooSmall`, `QuotaExceeded`.
  func completeUpload(
    _ upload: String,
    _ request: CompleteUploadRequest,
    in bucket: OpenBucket,
    key: String
  ) async throws -> ObjectRecord {
    let now = configuration.clock()
    let (record, files) = try await metadata.write { db in
      let headers = try UploadRecords.headers(db, upload: upload, bucketID: bucket.id, key: key)
      let parts = try Self.choose(request.parts, from: try UploadRecords.parts(db, upload: upload))
      let record = ObjectRecord(
        key: key,
        size: parts.reduce(0) { $0 + $1.size },
        etag: Self.etag(of: parts),
        modified: now,
        headers: headers,
        content: .parts(upload: upload)
      )
      let dropped = try UploadRecords.complete(db, upload: upload, keeping: Set(parts.map(\.number)))
      let replaced = try ObjectRecords.put(db, record, bucketID: bucket.id, inline: nil, preconditions: nil)
      return (record, dropped + replaced)
    }
    await discard(files)
    return record
  }

  func abortUpload(_ upload: String, _ bucket: OpenBucket, key: String) async throws {
    let files = try await metadata.write { db in
      _ = try UploadRecords.headers(db, upload: upload, bucketID: bucket.id, key: key)
      return try UploadRecords.delete(db, upload: upload)
    }
    await discard(files)
  }

  func parts(_ upload: String, _ bucket: OpenBucket, key: String) async throws -> [ListedPart] {
    try await metadata.read { db in
      _ = try UploadRecords.headers(db, upload: upload, bucketID: bucket.id, key: key)
      return try UploadRecords.parts(db, upload: upload).map {
        ListedPart(number: $0.number, size: $0.size, etag: $0.etag, modified: $0.modified)
      }
    }
  }

  func uploads(_ bucket: OpenBucket) async throws -> [ListedUpload] {
    try await metadata.read { db in try UploadRecords.list(db, bucketID: bucket.id) }
  }

  private static func choose(
    _ chosen: [CompleteUploadRequest.Part],
    from present: [UploadRecords.Part]
  ) throws -> [UploadRecords.Part] {
    let byNumber = Dictionary(present.map { ($0.number, $0) }) { $1 }
    let parts = try chosen.map { wanted in
      guard let part = byNumber[wanted.number], part.etag == wanted.etag else {
        throw S3Error(.invalidPart, "Part \(wanted.number) was not uploaded, or its ETag is another.")
      }
      return part
    }
    if let small = parts.dropLast().first(where: { $0.size < minimumPartByteCount }) {
      throw S3Error(
        .entityTooSmall,
        "Part \(small.number) is smaller than \(minimumPartByteCount) bytes and not the last."
      )
    }
    return parts
  }

  /// The MD5 of the parts' MD5s, and how many they are: what Amazon does, and clients expect.
  private static func etag(of parts: [UploadRecords.Part]) -> String {
    let digests = parts.flatMap { Hex.decode($0.etag) ?? [] }
    return "\(Hex.encode(Digest.of(digests, .md5)))-\(parts.count)"
  }
}

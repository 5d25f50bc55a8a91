internal import HummingbirdCore
internal import S3Protocol

extension S3Responder {
  func perform(_ request: Prepared, _ body: RequestBody) async throws -> Answer {
    guard let bucket = request.bucket else { return try await performOnService(request) }
    switch request.operation {
    case .listBuckets, .createBucket: return try await performOnService(request)
    case .headBucket: return Answer(status: 200, headers: ["x-amz-bucket-region": store.configuration.region])
    case .deleteBucket:
      try await store.deleteBucket(bucket)
      return Answer(status: 204)
    case .getBucketLocation: return .xml(ResponseDocument.location(store.configuration.region))
    case .getBucketVersioning: return .xml(ResponseDocument.versioning())
    case .listObjects(_, let listing):
      return .xml(ResponseDocument.listing(try await store.list(bucket, listing), of: bucket.name, listing))
    case .deleteObjects: return try await deleteObjects(request, bucket, body)
    case .getObject(_, let key):
      let (record, content) = try await store.open(bucketID: bucket.id, key: key)
      return try .object(record, content, request.head)
    case .headObject(_, let key): return try .object(try await store.head(bucket, key: key), nil, request.head)
    case .putObject(_, let key): return try await putObject(request, bucket, key, body)
    case .copyObject(_, let key, let source): return try await copyObject(request, bucket, key, source)
    case .deleteObject(_, let key):
      try await store.deleteObject(bucket, key: key)
      return Answer(status: 204)
    case .createUpload, .uploadPart, .completeUpload, .abortUpload, .listParts, .listUploads:
      return try await performOnUpload(request, bucket, body)
    }
  }

  private func performOnService(_ request: Prepared) async throws -> Answer {
    guard case .createBucket(let name) = request.operation else {
      let buckets = try await store.buckets(visibleTo: request.caller)
      return .xml(ResponseDocument.buckets(buckets, owner: request.caller.keyID))
    }
    try await store.createBucket(name, by: request.caller)
    return Answer(status: 200, headers: ["location": "/\(name)"])
  }

  private func putObject(
    _ request: Prepared,
    _ bucket: OpenBucket,
    _ key: String,
    _ body: RequestBody
  ) async throws -> Answer {
    let headers = try request.head.headersToKeep()
    let inlineByteCount = store.configuration.inlineByteCount
    let expectation = try request.head.expectation(request.caller.verified, inlineByteCount: inlineByteCount)
    let sink = store.makeSink(expectation)
    let finished = try await store.receive(body, into: sink)
    let record = try await store.commit(
      finished,
      sink,
      in: bucket,
      key: key,
      headers: headers,
      preconditions: Preconditions(request.head)
    )
    var answer = Answer(status: 200, headers: finished.checksums)
    answer.headers["etag"] = "\"\(record.etag)\""
    return answer
  }

  private func copyObject(
    _ request: Prepared,
    _ bucket: OpenBucket,
    _ key: String,
    _ source: S3Operation.ObjectSource
  ) async throws -> Answer {
    let sourceBucket = try await store.authorize(request.caller, source.bucket, .read)
    let (record, content) = try await store.open(bucketID: sourceBucket.id, key: source.key)
    let replaces = request.head[header: "x-amz-metadata-directive"]?.uppercased() == "REPLACE"
    let headers = replaces ? try request.head.headersToKeep() : record.headers
    let copy = try await store.copy(content, of: record, to: bucket, key: key, headers: headers)
    return .xml(ResponseDocument.copied(etag: copy.etag, modified: copy.modified))
  }

  private func deleteObjects(_ request: Prepared, _ bucket: OpenBucket, _ body: RequestBody) async throws -> Answer {
    let delete = try DeleteRequest(try await readDocument(request, body))
    for key in delete.keys { try ObjectKey.validate(key) }
    try await store.deleteObjects(bucket, keys: delete.keys)
    return .xml(ResponseDocument.deleted(delete.isQuiet ? [] : delete.keys, errors: []))
  }

  /// Most bytes of XML taken: 1000 keys of 1024 bytes, each byte escaped, with room for the tags.
  private static let maximumDocumentByteCount = 8 << 20

  /// The verified body of a call whose body is a small document.
  func readDocument(_ request: Prepared, _ body: RequestBody) async throws -> [UInt8] {
    let limit = Self.maximumDocumentByteCount
    var expectation = try request.head.expectation(request.caller.verified, inlineByteCount: limit)
    expectation.maximumByteCount = Int64(limit)
    return try await store.receive(body, into: store.makeSink(expectation)).inline ?? []
  }
}

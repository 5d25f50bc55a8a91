internal import HummingbirdCore
internal import S3Protocol

extension S3Responder {
  /// The calls of multipart uploads.
  func performOnUpload(_ request: Prepared, _ bucket: OpenBucket, _ body: RequestBody) async throws -> Answer {
    switch request.operation {
    case .createUpload(let name, let key):
      let upload = try await store.createUpload(bucket, key: key, headers: try request.head.headersToKeep())
      return .xml(ResponseDocument.uploadCreated(bucket: name, key: key, upload: upload))
    case .uploadPart(_, let key, let upload, let number):
      return try await uploadPart(request, bucket, key, upload, number, body)
    case .completeUpload(let name, let key, let upload):
      let document = try CompleteUploadRequest(try await readDocument(request, body))
      let record = try await store.completeUpload(upload, document, in: bucket, key: key)
      return .xml(ResponseDocument.uploadCompleted(bucket: name, key: key, etag: record.etag))
    case .abortUpload(_, let key, let upload):
      try await store.abortUpload(upload, bucket, key: key)
      return Answer(status: 204)
    case .listParts(let name, let key, let upload):
      let parts = try await store.parts(upload, bucket, key: key)
      return .xml(ResponseDocument.parts(parts, bucket: name, key: key, upload: upload))
    default:
      return .xml(ResponseDocument.uploads(try await store.uploads(bucket), bucket: bucket.name))
    }
  }

  private func uploadPart(
    _ request: Prepared,
    _ bucket: OpenBucket,
    _ key: String,
    _ upload: String,
    _ number: Int,
    _ body: RequestBody
  ) async throws -> Answer {
    try await store.requireUpload(upload, bucket, key: key)
    let expectation = try request.head.expectation(request.caller.verified, inlineByteCount: nil)
    try await store.checkQuota(bucket, key: key, byteCount: expectation.byteCount ?? 0)
    let sink = store.makeSink(expectation)
    let finished = try await store.receive(body, into: sink)
    let part = try await store.commitPart(finished, sink, upload: upload, number: number, in: bucket, key: key)
    var answer = Answer(status: 200, headers: finished.checksums)
    answer.headers["etag"] = "\"\(part.etag)\""
    return answer
  }
}

internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import S3Protocol

/// Answers one S3 request: who is it, what do they want, may they, do it.
///
/// All checks that need no body come first (`prepare`), so that a client that waits for `100 Continue` never sends the
/// body of a request that is refused anyway.
struct S3Responder: Sendable {
  let store: ObjectStore
  let addressing: BucketAddressing
  let logger: Logger

  /// A request whose sender may do what they ask for.
  struct Prepared: Sendable {
    let head: RequestHead
    let caller: Caller
    let operation: S3Operation
    let bucket: OpenBucket?
  }

  /// Thrown after the answer was sent, to make the server close the connection.
  private struct CloseConnection: Error {}

  @concurrent func respond(to request: Request, _ writer: consuming ResponseWriter) async throws {
    let isHead = request.method == .head
    let waitsForContinue = request.headers[.expect]?.lowercased() == "100-continue"
    var answer: Answer
    var bodyWasExpected = false
    do {
      let prepared = try await prepare(request.head)
      if waitsForContinue { try await writer.writeInformationalHead(HTTPResponse(status: .continue)) }
      bodyWasExpected = waitsForContinue
      answer = try await perform(prepared, request.body)
    } catch {
      answer = refusal(error, request)
    }
    // The client may or may not send the body that we did not ask for: only a new connection is unambiguous.
    let mustClose = waitsForContinue && !bodyWasExpected
    if mustClose { answer.headers["connection"] = "close" }
    try await answer.send(writer, from: store, isHead: isHead)
    if mustClose { throw CloseConnection() }
  }

  private func prepare(_ request: HTTPRequest) async throws -> Prepared {
    let head = try RequestHead(request)
    let caller = try await store.authenticate(head)
    let operation = try S3Operation.parse(head, try addressing.resolve(head))
    let bucket = try await authorize(caller, operation)
    if case .putObject(_, let key) = operation, let bucket {
      let length = head[header: "x-amz-decoded-content-length"] ?? head[header: "content-length"]
      try await store.checkQuota(bucket, key: key, byteCount: length.flatMap { Int64($0) } ?? 0)
    }
    return Prepared(head: head, caller: caller, operation: operation, bucket: bucket)
  }

  /// - Returns: the bucket; nil for the calls that need none.
  private func authorize(_ caller: Caller, _ operation: S3Operation) async throws -> OpenBucket? {
    switch operation {
    case .listBuckets, .createBucket: nil
    case .headBucket(let name), .getBucketLocation(let name), .getBucketVersioning(let name):
      try await store.authorize(caller, name, [.read, .write, .owner])
    case .deleteBucket(let name): try await store.authorize(caller, name, .owner)
    case .listObjects(let name, _), .getObject(let name, _), .headObject(let name, _):
      try await store.authorize(caller, name, .read)
    case .deleteObjects(let name), .listUploads(let name), .putObject(let name, _), .copyObject(let name, _, _),
      .deleteObject(let name, _), .createUpload(let name, _), .uploadPart(let name, _, _, _),
      .completeUpload(let name, _, _), .abortUpload(let name, _, _), .listParts(let name, _, _):
      try await store.authorize(caller, name, .write)
    }
  }

  private func refusal(_ error: any Error, _ request: Request) -> Answer {
    let refusal: S3Error
    if let error = error as? S3Error {
      refusal = error
    } else {
      logger.error("a request failed", metadata: ["error": "\(error)", "method": "\(request.method)"])
      refusal = S3Error(.internalError, "The server could not do this; its log says why. Please try again.")
    }
    let resource = request.head.path?.split(separator: "?").first.map(String.init) ?? "/"
    let requestID = String(store.configuration.makeIdentifier().prefix(16))
    var answer = Answer.xml(
      ResponseDocument.error(refusal, resource: resource, requestID: requestID),
      status: refusal.code.status
    )
    answer.headers["x-amz-request-id"] = requestID
    return answer
  }
}

internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import S3Protocol

extension RequestHead {
  init(_ request: HTTPRequest) throws(S3Error) {
    var headers = request.headerFields.map { (name: $0.name.rawName, value: $0.value) }
    if let authority = request.authority { headers.append((name: "host", value: authority)) }
    try self.init(method: request.method.rawValue, target: request.path ?? "/", headers: headers)
  }

  /// What is said in an upload about its body.
  /// - Throws: `S3Error` with `InvalidDigest`, `InvalidArgument`.
  func expectation(
    _ verified: SignatureVerifier.Verified,
    inlineByteCount: Int?
  ) throws(S3Error) -> UploadSink.Expectation {
    var expectation = UploadSink.Expectation(inlineByteCount: inlineByteCount)
    (expectation.payload, expectation.signing) = (verified.payload, verified)
    let length = self[header: "x-amz-decoded-content-length"]
    if case .chunked = verified.payload {
      expectation.byteCount = try Self.number(length, "x-amz-decoded-content-length")
    } else {
      expectation.byteCount = try Self.number(self[header: "content-length"], "Content-Length")
    }
    if let md5 = self[header: "content-md5"] {
      guard let bytes = Base64.decode(md5), bytes.count == 16 else {
        throw S3Error(.invalidDigest, "The Content-MD5 you specified is not valid.")
      }
      expectation.md5 = bytes
    }
    for algorithm in ChecksumAlgorithm.allCases {
      expectation.checksums[algorithm] = self[header: algorithm.headerName]
    }
    expectation.trailerChecksum = self[header: "x-amz-trailer"].flatMap { ChecksumAlgorithm(headerName: $0) }
    return expectation
  }

  private static func number(_ text: String?, _ name: String) throws(S3Error) -> Int64? {
    guard let text else { return nil }
    guard let number = Int64(text), number >= 0 else {
      throw S3Error(.invalidArgument, "\(name) must be a number of bytes.")
    }
    return number
  }

  /// The headers that are kept with an object and sent with it again.
  /// - Throws: `S3Error` with `MetadataTooLarge` beyond 8 KiB.
  func headersToKeep() throws(S3Error) -> [String: String] {
    var kept = headers.filter { $0.key.hasPrefix("x-amz-meta-") || Self.keptHeaders.contains($0.key) }
    let codings = kept["content-encoding"]?.split(separator: ",").map { $0.filter { $0 != " " } }
    kept["content-encoding"] = codings?.filter { $0 != "aws-chunked" }.joined(separator: ",")
    if kept["content-encoding"] == "" { kept["content-encoding"] = nil }
    kept["content-type"] = kept["content-type"] ?? "binary/octet-stream"
    guard kept.reduce(0, { $0 + $1.key.utf8.count + $1.value.utf8.count }) <= 8 * 1024 else {
      throw S3Error(.metadataTooLarge, "Your metadata headers exceed the maximum allowed metadata size of 8 KiB.")
    }
    return kept
  }

  private static let keptHeaders: Set<String> = [
    "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires",
  ]
}

extension ObjectStore {
  /// Bytes collected before they are handed to a thread that may block.
  private static let batchByteCount = 256 * 1024

  /// Moves the body of a request into a sink, verifies it and, when it goes to a file, makes it durable. On any failure
  /// nothing of it remains.
  func receive(_ body: RequestBody, into sink: UploadSink) async throws -> UploadSink.Finished {
    do {
      return try await pump(body, into: sink)
    } catch {
      await discard([sink.id])
      throw error
    }
  }

  /// Clients that hang up are everyday life: a refusal, and no fault of ours.
  @concurrent private static func next(_ pieces: inout RequestBody.AsyncIterator) async throws(S3Error) -> ByteBuffer? {
    do { return try await pieces.next() } catch {
      throw S3Error(.incompleteBody, "The connection ended before the body did.")
    }
  }

  @concurrent private func pump(_ body: RequestBody, into sink: UploadSink) async throws -> UploadSink.Finished {
    var batch: [ByteBuffer] = []
    var byteCount = 0
    var pieces = body.makeAsyncIterator()
    while let buffer = try await Self.next(&pieces) {
      batch.append(buffer)
      byteCount += buffer.readableBytes
      if byteCount >= Self.batchByteCount {
        try await blocking { [batch] in try sink.write(batch) }
        (batch, byteCount) = ([], 0)
      }
    }
    if sink.keepsInMemory(byteCount) {
      try sink.write(batch)
      return try sink.finish()
    }
    return try await blocking { [batch] in
      try sink.write(batch)
      return try sink.finish()
    }
  }
}

extension UploadSink {
  func write(_ buffers: [ByteBuffer]) throws {
    for buffer in buffers { try buffer.withUnsafeReadableBytes { try write($0) } }
  }
}

internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import S3Protocol

/// An answer decided, but not sent: a status, headers, and where the body comes from.
struct Answer: Sendable {
  enum Body: Sendable {
    case none
    case text(String)
    case content(ObjectContent, ByteRange)
  }

  var status: Int
  var headers: [String: String] = [:]
  var body = Body.none

  static func xml(_ text: String, status: Int = 200) -> Answer {
    Answer(status: status, headers: ["content-type": "application/xml"], body: .text(text))
  }

  /// Bytes in the body; nil where the protocol forbids to say (RFC 9110 section 8.6).
  var contentLength: Int64? {
    switch body {
    case .none: status == 204 || status == 304 ? nil : 0
    case .text(let text): Int64(text.utf8.count)
    case .content(_, let range): range.length
    }
  }

  /// Sends the answer; the body of an object piece by piece, as fast as the client takes it.
  /// - Parameter isHead: whether the body is to be left out, though not its length.
  @concurrent func send(_ writer: consuming ResponseWriter, from store: ObjectStore, isHead: Bool) async throws {
    var head = HTTPResponse(status: .init(code: status))
    for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
      if let name = HTTPField.Name(name) { head.headerFields[name] = value }
    }
    if let contentLength, head.headerFields[.contentLength] == nil {
      head.headerFields[.contentLength] = String(contentLength)
    }
    head.headerFields[.date] = store.configuration.clock().httpDate
    if isHead { return try await writer.writeResponse(head) }
    switch body {
    case .none: try await writer.writeResponse(head)
    case .text(let text):
      try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    case .content(.bytes(let bytes), let range) where range.length == bytes.count:
      try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    case .content(let content, let range):
      var body = try await writer.writeHead(head)
      try await store.read(content, range) { try await body.write(ByteBuffer(bytes: $0)) }
      try await body.finish(nil)
    }
  }
}

extension Answer {
  /// The answer to a GET or HEAD of an object: conditions, range, headers and content.
  /// - Parameter content: nil for HEAD.
  static func object(_ record: ObjectRecord, _ content: ObjectContent?, _ head: RequestHead) throws -> Answer {
    var headers = record.headers.filter { !$0.key.hasPrefix("x-amz-checksum-") }
    headers["etag"] = "\"\(record.etag)\""
    headers["last-modified"] = record.modified.httpDate
    headers["accept-ranges"] = "bytes"
    switch Preconditions(head).judgeRead(etag: record.etag, modified: record.modified) {
    case .notModified: return Answer(status: 304, headers: headers)
    case .failed: throw S3Error(.preconditionFailed, "At least one of the preconditions you specified did not hold.")
    case .proceed: break
    }
    let whole = ByteRange(offset: 0, length: record.size)
    let range = try ByteRange.parse(head[header: "range"], size: record.size)
    if let range { headers["content-range"] = range.contentRange(size: record.size) }
    if range == nil, head[header: "x-amz-checksum-mode"]?.lowercased() == "enabled" {
      headers.merge(record.headers.filter { $0.key.hasPrefix("x-amz-checksum-") }) { $1 }
    }
    var answer = Answer(status: range == nil ? 200 : 206, headers: headers)
    if let content { answer.body = .content(content, range ?? whole) }
    if content == nil { answer.headers["content-length"] = String((range ?? whole).length) }
    return answer
  }
}

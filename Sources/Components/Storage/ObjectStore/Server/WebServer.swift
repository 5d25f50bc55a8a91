package import Logging
internal import ServiceLifecycle
internal import HTTPTypes
internal import HummingbirdCore
internal import S3Protocol

/// Serves the buckets that are web sites to anybody, by the `Host` header: `site.example.org` is the bucket of that
/// alias, and so is `site.web.example.org` the bucket `site`, when `web.example.org` is one of the suffixes.
package struct WebServer: Service {
  private let service: HTTPService

  package init(_ store: ObjectStore, address: ListenAddress, hostSuffixes: [String] = [], logger: Logger) {
    let suffixes = hostSuffixes.map { ".\($0.lowercased().drop { $0 == "." })" }
    let responder = WebResponder(store: store, suffixes: suffixes, logger: logger)
    service = HTTPService(address: address, logger: logger) { request, writer, _ in
      try await responder.respond(to: request, writer)
    }
  }

  /// Serves until graceful shutdown.
  /// - Throws: `StoreError` with `unavailable` when it cannot listen.
  package func run() async throws { try await service.run() }

  /// The port it listens on; waits until it does.
  /// - Throws: `StoreError` when it cannot, `CancellationError` when it was stopped.
  package func boundPort() async throws -> Int { try await service.port.value() }
}

/// Answers one request for a page.
struct WebResponder: Sendable {
  let store: ObjectStore
  let suffixes: [String]
  let logger: Logger

  @concurrent func respond(to request: Request, _ writer: consuming ResponseWriter) async throws {
    let answer: Answer
    do {
      answer = try await page(try RequestHead(request.head))
    } catch let error as S3Error {
      answer = Self.plain(error.code.status, error.message)
    } catch {
      logger.error("a page could not be served", metadata: ["error": "\(error)"])
      answer = Self.plain(500, "The server could not do this; its log says why.")
    }
    try await answer.send(writer, from: store, isHead: request.method == .head)
  }

  private func page(_ head: RequestHead) async throws -> Answer {
    guard head.method == "GET" || head.method == "HEAD" else {
      return Self.plain(405, "Only GET and HEAD are served here.")
    }
    guard let (bucket, website) = try await site(head[header: "host"] ?? "") else {
      return Self.plain(404, "There is no web site of this name here.")
    }
    let path = String(try head.decodedPath().drop { $0 == "/" })
    let key = path.isEmpty || path.hasSuffix("/") ? path + website.index : path
    do {
      let (record, content) = try await store.open(bucketID: bucket.id, key: key)
      return try .object(record, content, head)
    } catch let error as S3Error where error.code == .noSuchKey {
      return try await missing(key, bucket, website)
    }
  }

  /// A directory without its slash is sent to the one with it, so that relative links work; all else gets the site's
  /// error document.
  private func missing(_ key: String, _ bucket: Bucket, _ website: BucketSettings.Website) async throws -> Answer {
    let index = "\(key)/\(website.index)"
    let isDirectory = try await store.metadata.read { db in
      try ObjectRecords.fetch(db, bucketID: bucket.id, key: index) != nil
    }
    if isDirectory {
      var answer = Self.plain(302, "Found")
      answer.headers["location"] = "/\(PercentEncoding.encode(key, keepingSlash: true))/"
      return answer
    }
    guard let error = website.error,
      let (record, content) = try? await store.open(bucketID: bucket.id, key: error)
    else { return Self.plain(404, "There is no such page.") }
    var answer = Answer(status: 404, body: .content(content, ByteRange(offset: 0, length: record.size)))
    answer.headers["content-type"] = record.headers["content-type"]
    return answer
  }

  private func site(_ host: String) async throws -> (Bucket, BucketSettings.Website)? {
    let name = HostHeader.name(host)
    let short = suffixes.first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) }
    for alias in [name, short].compactMap({ $0 }) {
      if let bucket = try await store.bucket(alias: alias), let website = bucket.settings.website {
        return (bucket, website)
      }
    }
    return nil
  }

  private static func plain(_ status: Int, _ text: String) -> Answer {
    Answer(status: status, headers: ["content-type": "text/plain; charset=utf-8"], body: .text("\(text)\n"))
  }
}

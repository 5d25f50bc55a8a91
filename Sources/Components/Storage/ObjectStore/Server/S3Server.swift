package import Logging
internal import ServiceLifecycle
internal import S3Protocol

/// Serves an object store over the S3 API, to clients that sign their requests.
package struct S3Server: Service {
  private let service: HTTPService

  /// - Parameter virtualHostSuffixes: domains below which the host name tells the bucket, such as `s3.example.org`.
  package init(_ store: ObjectStore, address: ListenAddress, virtualHostSuffixes: [String] = [], logger: Logger) {
    let addressing = BucketAddressing(virtualHostSuffixes: virtualHostSuffixes)
    let responder = S3Responder(store: store, addressing: addressing, logger: logger)
    service = HTTPService(address: address, logger: logger) { request, writer, _ in
      try await responder.respond(to: request, writer)
    }
  }

  /// Serves until graceful shutdown: then requests in progress are finished, and no new ones taken.
  /// - Throws: `StoreError` with `unavailable` when it cannot listen.
  package func run() async throws { try await service.run() }

  /// The port it listens on; waits until it does.
  /// - Throws: `StoreError` when it cannot, `CancellationError` when it was stopped.
  package func boundPort() async throws -> Int { try await service.port.value() }
}

package import NIOCore
package import NIOHTTP1
import NIOPosix

/// A small HTTP/1.1 client over a unix socket: one connection a request, bodies in chunks.
package struct UnixHTTPClient: Sendable {
  package let socketPath: String

  package init(socketPath: String) { self.socketPath = socketPath }

  /// The status of an answer, and its body as it arrives.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// Sends a request, and gives each piece of the answer's body to `receive` with the answer's status.
  /// - Throws: the socket's error when nobody listens, or `Failure` when the answer ends early.
  package func send(
    _ method: HTTPMethod,
    _ path: String,
    body: [UInt8] = [],
    receive: (UInt, ByteBuffer) async throws -> Void
  ) async throws {
    let channel = try await connect()
    try await channel.executeThenClose { inbound, outbound in
      do {
        try await outbound.write(contentsOf: parts(method, path, body))
      } catch {
        // A server may answer and close before it has read everything; its answer is what counts.
      }
      var status: UInt = 0
      for try await part in inbound {
        switch part {
        case .head(let head): status = head.status.code
        case .body(let buffer): try await receive(status, buffer)
        case .end: return
        }
      }
      throw Failure(description: "the daemon closed the connection before it had answered")
    }
  }

  private func parts(_ method: HTTPMethod, _ path: String, _ body: [UInt8]) -> [HTTPPart<HTTPRequestHead, IOData>] {
    let content = body.isEmpty ? [] : [HTTPPart<HTTPRequestHead, IOData>.body(.byteBuffer(ByteBuffer(bytes: body)))]
    return [.head(head(method, path, bodyLength: body.count))] + content + [.end(nil)]
  }

  private func head(_ method: HTTPMethod, _ path: String, bodyLength: Int) -> HTTPRequestHead {
    let headers: HTTPHeaders = [
      "host": "rhizome", "connection": "close", "content-type": "application/json",
      "content-length": String(bodyLength),
    ]
    return HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
  }

  private func connect() async throws -> NIOAsyncChannel<HTTPClientResponsePart, HTTPPart<HTTPRequestHead, IOData>> {
    try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connect(unixDomainSocketPath: socketPath) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
        }
      }
  }
}

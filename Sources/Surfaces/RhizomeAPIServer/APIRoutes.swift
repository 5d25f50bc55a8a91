import Foundation
import HTTPTypes
package import Hummingbird
import Logging
import NIOCore
import RhizomeAPI
import RhizomeModel

/// The routes: decode, call the control plane, encode.
package enum APIRoutes {
  /// Manifests of a large rhizome fit well below this; anything larger is refused.
  private static let bodySizeMax = 64 << 20

  package static func router(for plane: any ControlPlane, git: (any GitControl)? = nil) -> Router<BasicRequestContext> {
    let router = Router()
    router.addMiddleware { ErrorAnswers() }
    let routes = router.group("v1")
    addReads(to: routes, plane)
    addChanges(to: routes, plane)
    addStreams(to: routes, plane)
    if let git { addGit(to: routes, git) }
    return router
  }

  private static func addReads(to routes: RouterGroup<BasicRequestContext>, _ plane: any ControlPlane) {
    routes.get("version") { _, _ in try answer(await plane.version()) }
    routes.get("sealing-certificate") { _, _ in try answer(await plane.sealingCertificate()) }
    routes.get("firewall") { _, _ in try answer(await plane.firewall(.show)) }
    routes.get("history") { _, _ in try answer(await plane.history()) }
    routes.get("history/{number}") { _, context in
      try answer(await plane.revision(try context.parameters.require("number", as: Int.self)))
    }
    routes.get("resources") { request, _ in
      try answer(await plane.resources(showSecrets: request.flag("secrets")))
    }
    routes.get("drift") { request, _ in
      try answer(await plane.drift(refresh: request.flag("refresh"), since: request.moment("since")))
    }
    routes.get("adoption") { request, _ in try answer(await plane.adoption(try request.components())) }
    routes.get("drift/mutes") { _, _ in try answer(await plane.mutes()) }
  }

  private static func addChanges(to routes: RouterGroup<BasicRequestContext>, _ plane: any ControlPlane) {
    routes.post("plan") { request, _ in try answer(await plane.plan(try await decode(request))) }
    routes.post("apply") { request, _ in try answer(await plane.apply(try await decode(request))) }
    routes.post("apply/saved") { request, _ in try answer(await plane.applySaved(try await decode(request))) }
    routes.post("compare") { request, _ in try answer(await plane.compare(try await decode(request))) }
    routes.post("rollback") { request, _ in try answer(await plane.rollBack(try await decode(request))) }
    routes.post("rollback/plan") { request, _ in try answer(await plane.planRollback(try await decode(request))) }
    routes.post("drift/mute") { request, _ in try answer(await plane.mute(try await decode(request))) }
    routes.post("drift/unmute") { request, _ in try answer(await plane.unmute(try await decode(request))) }
    routes.post("firewall/confirm") { _, _ in try answer(await plane.firewall(.confirm)) }
    routes.post("firewall/retry") { _, _ in try answer(await plane.firewall(.retry)) }
    routes.post("delete") { request, _ in try answer(await plane.delete(try await decode(request))) }
    routes.post("delete/plan") { request, _ in try answer(await plane.planDeletion(try await decode(request))) }
  }

  private static func addStreams(to routes: RouterGroup<BasicRequestContext>, _ plane: any ControlPlane) {
    routes.get("revisions/{number}/progress") { _, context in
      let number = try context.parameters.require("number", as: Int.self)
      return lines(try await plane.progress(revision: number))
    }
    routes.get("events") { request, _ in
      let since = try request.number("since") ?? 0
      return lines(try await plane.events(since: since, follow: request.flag("follow")))
    }
    routes.get("logs/{service}") { request, context in
      let tail = try request.number("tail") ?? 100
      let pieces = try await plane.logs(
        service: try context.parameters.require("service"),
        tail: tail,
        follow: request.flag("follow")
      )
      return stream(pieces) { ByteBuffer(bytes: $0) }
    }
  }

  static func decode<Body: Decodable>(_ request: Request) async throws -> Body {
    let buffer: ByteBuffer
    do {
      buffer = try await request.body.collect(upTo: bodySizeMax)
    } catch is NIOTooManyBytesError {
      throw APIError(.badRequest, "the request is larger than \(bodySizeMax >> 20) MiB")
    }
    do {
      return try WireFormat.decode(Body.self, from: Data(buffer.readableBytesView))
    } catch {
      throw APIError(.badRequest, "the request's body is not what this route takes")
    }
  }

  static func answer(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
    Response(
      status: status,
      headers: [.contentType: "application/json"],
      body: .init(byteBuffer: ByteBuffer(bytes: try WireFormat.encode(value)))
    )
  }

  private static func lines(_ values: AsyncStream<some Encodable & Sendable>) -> Response {
    stream(values) { value in
      var buffer = ByteBuffer(bytes: try WireFormat.encode(value))
      buffer.writeInteger(UInt8(ascii: "\n"))
      return buffer
    }
  }

  private static func stream<Element: Sendable>(
    _ values: AsyncStream<Element>,
    _ encode: @escaping @Sendable (Element) throws -> ByteBuffer
  ) -> Response {
    let body = ResponseBody { writer in
      for await value in values { try await writer.write(try encode(value)) }
      try await writer.finish(nil)
    }
    return Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
  }
}

extension Request {
  /// The time that a parameter holds; nil where it is not there.
  fileprivate func moment(_ name: String) throws -> Timestamp? {
    guard let text = uri.queryParameters[Substring(name)] else { return nil }
    guard let moment = Timestamp(String(text)) else {
      throw APIError(.badRequest, "'\(name)' must be a time such as 2026-01-31T12:00:00Z")
    }
    return moment
  }

  /// The components that are asked for, joined by commas.
  fileprivate func components() throws -> [Component] {
    let words = uri.queryParameters["components"].map { $0.split(separator: ",").map(String.init) } ?? []
    let components = words.compactMap { Component(rawValue: $0) }
    guard !words.isEmpty, components.count == words.count else {
      throw APIError(.badRequest, "'components' must name some of: storage, directory, gateway")
    }
    return components
  }

  /// The number that a parameter holds; nil where it is not there.
  fileprivate func number(_ name: String) throws -> Int? {
    guard let text = uri.queryParameters[Substring(name)] else { return nil }
    guard let number = Int(text), number >= 0 else {
      throw APIError(.badRequest, "'\(name)' must be a number of 0 or more")
    }
    return number
  }

  /// True for `?name=true`.
  fileprivate func flag(_ name: String) -> Bool { uri.queryParameters[Substring(name)] == "true" }
}

/// Turns what a route throws into an `APIError` with its status.
private struct ErrorAnswers: RouterMiddleware {
  typealias Context = BasicRequestContext

  func handle(
    _ request: Request,
    context: Context,
    next: @concurrent (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as APIError {
      return try APIRoutes.answer(error, status: status(of: error.code))
    } catch let error as HTTPError {
      return try APIRoutes.answer(APIError(.badRequest, error.body ?? "no such route"), status: error.status)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      context.logger.error("a request failed", metadata: ["error": "\(error)", "path": "\(request.uri.path)"])
      return try APIRoutes.answer(APIError(.internalFailure, "\(error)"), status: .internalServerError)
    }
  }

  private func status(of code: APIError.Code) -> HTTPResponse.Status {
    switch code {
    case .invalidManifests: .unprocessableContent
    case .refused, .planChanged: .conflict
    case .notFound: .notFound
    case .badRequest: .badRequest
    case .notReady: .serviceUnavailable
    case .internalFailure: .internalServerError
    }
  }
}

import Foundation
import NIOCore
import NIOHTTP1
package import RhizomeAPI
package import RhizomeModel
package import RhizomePlanner

/// The daemon, as the command line sees it.
package struct RhizomeClient: Sendable {
  private let http: UnixHTTPClient

  package init(socketPath: String) { http = UnixHTTPClient(socketPath: socketPath) }

  /// Nobody answers on the socket.
  package struct Unreachable: Error, CustomStringConvertible {
    package let description: String
  }

  package func version() async throws -> VersionView { try await get("/v1/version") }

  package func sealingCertificate() async throws -> SealingView { try await get("/v1/sealing-certificate") }

  package func plan(_ request: PlanRequest) async throws -> PlanResponse { try await post("/v1/plan", request) }

  package func apply(_ request: ApplyRequest) async throws -> ApplyResponse { try await post("/v1/apply", request) }

  package func applySaved(_ request: SavedPlanRequest) async throws -> ApplyResponse {
    try await post("/v1/apply/saved", request)
  }

  package func delete(_ request: DeleteRequest) async throws -> ApplyResponse { try await post("/v1/delete", request) }

  /// What `delete` would do.
  package func planDeletion(_ request: DeleteRequest) async throws -> PlanResponse {
    try await post("/v1/delete/plan", request)
  }

  package func resources(showSecrets: Bool = false) async throws -> [ResourceView] {
    try await get("/v1/resources" + (showSecrets ? "?secrets=true" : ""))
  }

  /// How the firewall of the daemon's machine stands, after doing what is asked for.
  package func firewall(_ step: FirewallStep) async throws -> FirewallView {
    switch step {
    case .show: try await get("/v1/firewall")
    case .confirm, .retry: try await answer(.POST, "/v1/firewall/\(step.rawValue)", [])
    }
  }

  /// What exists in the engines of these components and is not declared, as declarations.
  package func adoption(_ components: [Component]) async throws -> AdoptionView {
    try await get("/v1/adoption?components=" + components.map(\.rawValue).joined(separator: ","))
  }

  package func history() async throws -> [RevisionView] { try await get("/v1/history") }

  package func revision(_ number: Int) async throws -> RevisionDetail { try await get("/v1/history/\(number)") }

  package func compare(_ request: CompareRequest) async throws -> PlanResponse {
    try await post("/v1/compare", request)
  }

  package func rollBack(_ request: RollbackRequest) async throws -> ApplyResponse {
    try await post("/v1/rollback", request)
  }

  /// What `rollBack` would do.
  package func planRollback(_ request: RollbackRequest) async throws -> PlanResponse {
    try await post("/v1/rollback/plan", request)
  }

  /// What differs from what was made.
  /// - Parameters:
  ///   - refresh: look at everything now, instead of telling what the last look saw.
  ///   - since: also tell what went away after this moment.
  package func drift(refresh: Bool, since: Timestamp? = nil) async throws -> DriftReport {
    try await get("/v1/drift?refresh=\(refresh)" + (since.map { "&since=\($0)" } ?? ""))
  }

  package func mutes() async throws -> [DriftMute] { try await get("/v1/drift/mutes") }

  package func mute(_ request: MuteRequest) async throws -> [DriftMute] { try await post("/v1/drift/mute", request) }

  package func unmute(_ request: UnmuteRequest) async throws -> [DriftMute] {
    try await post("/v1/drift/unmute", request)
  }

  /// The lines of a revision's progress, until it has converged or cannot.
  package func progress(revision: Int, each: (ProgressLine) async throws -> Void) async throws {
    try await lines("/v1/revisions/\(revision)/progress", each: each)
  }

  /// Events after `since`, oldest first; with `follow`, for as long as the caller wants.
  package func events(since: Int, follow: Bool, each: (Event) async throws -> Void) async throws {
    try await lines("/v1/events?since=\(since)" + (follow ? "&follow=true" : ""), each: each)
  }

  /// What a service wrote, as text in pieces.
  package func logs(service: String, tail: Int, follow: Bool, each: (String) async throws -> Void) async throws {
    let path = "/v1/logs/\(service)?tail=\(tail)" + (follow ? "&follow=true" : "")
    try await exchange(.GET, path) { try await each(String(decoding: $0.readableBytesView, as: UTF8.self)) }
  }
}

extension RhizomeClient {
  func get<Answer: Decodable>(_ path: String) async throws -> Answer { try await answer(.GET, path, []) }

  func post<Answer: Decodable>(_ path: String, _ request: some Encodable) async throws -> Answer {
    try await answer(.POST, path, Array(WireFormat.encode(request)))
  }

  private func answer<Answer: Decodable>(_ method: HTTPMethod, _ path: String, _ body: [UInt8]) async throws -> Answer {
    var data = Data()
    try await exchange(method, path, body) { data.append(contentsOf: $0.readableBytesView) }
    return try WireFormat.decode(Answer.self, from: data)
  }

  /// Newline-delimited JSON, line by line as it arrives.
  private func lines<Line: Decodable>(_ path: String, each: (Line) async throws -> Void) async throws {
    var pending = Data()
    try await exchange(.GET, path) { buffer in
      pending.append(contentsOf: buffer.readableBytesView)
      while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let line = pending[pending.startIndex..<end]
        pending = Data(pending[pending.index(after: end)...])
        if !line.isEmpty { try await each(WireFormat.decode(Line.self, from: Data(line))) }
      }
    }
  }

  /// One request; a status above 399 is thrown as the `APIError` that the body holds.
  private func exchange(
    _ method: HTTPMethod,
    _ path: String,
    _ body: [UInt8] = [],
    receive: (ByteBuffer) async throws -> Void
  ) async throws {
    var refusal: (status: UInt, body: Data)?
    do {
      try await http.send(method, path, body: body) { status, buffer in
        if status < 400 { return try await receive(buffer) }
        refusal = (status, (refusal?.body ?? Data()) + Data(buffer.readableBytesView))
      }
    } catch let error as IOError where [ENOENT, ECONNREFUSED, EACCES].contains(error.errnoCode) {
      throw unreachable(error.errnoCode)
    } catch SocketAddressError.unixDomainSocketPathTooLong {
      throw Unreachable(description: "the socket's path is longer than the system allows: \(http.socketPath)")
    } catch let error where RhizomeClient.isBrokenConnection(error) {
      throw Unreachable(
        description: "the daemon went away in the middle of an answer; start it again, and look with `rhizome get`"
      )
    }
    guard let refusal else { return }
    if let error = try? WireFormat.decode(APIError.self, from: refusal.body) { throw error }
    throw APIError(.internalFailure, "the daemon answered with status \(refusal.status)")
  }

  private static func isBrokenConnection(_ error: any Error) -> Bool {
    error is IOError || error is ChannelError || error is HTTPParserError || error is UnixHTTPClient.Failure
  }

  private func unreachable(_ code: CInt) -> Unreachable {
    let why =
      switch code {
      case EACCES: "this user may not use it"
      case ECONNREFUSED: "nobody answers there any more"
      default: "it does not exist"
      }
    return Unreachable(
      description: """
        cannot reach the daemon on \(http.socketPath): \(why).
        Start it with `rhizome up` (or `rhizome agent`), or say where it listens with --socket.
        """
    )
  }
}

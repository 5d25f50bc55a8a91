import Foundation
import Logging
import RhizomeAPI
import RhizomeAPIServer
import RhizomeClient
import RhizomeModel
import RhizomePlanner
import ServiceLifecycle
import Testing

@Suite("The API over its socket")
struct APIServerTests {
  @Test("answers each route with what the control plane says")
  func routes() async throws {
    try await withServer(StubControlPlane()) { client, _ in
      #expect(try await client.version().clusterID == "c")
      #expect(try await client.sealingCertificate().certificate == "PEM")
      let bundle = ManifestBundle(files: ["a.yaml": "é"], origin: "here", author: "me")
      #expect(try await client.plan(PlanRequest(bundle: bundle, choices: PlanChoices())).plan.clusterName == "here")
      #expect(try await client.apply(ApplyRequest(bundle: bundle, choices: PlanChoices())).revision == 7)
      let deleted = try await client.delete(DeleteRequest(addresses: [Address(.bucket, "b")], author: "me"))
      #expect(deleted.plan.actions.map(\.address.description) == ["Bucket/b"])
      #expect(try await client.drift(refresh: true).cluster == "fresh")
      let since = Timestamp(milliseconds: 1_750_000_000_000)
      let remembered = try await client.drift(refresh: false, since: since)
      #expect(remembered.cluster == "remembered")
      #expect(remembered.generatedAt == since)
      #expect(try await client.mutes().isEmpty)
      let path = FieldPath(["quotas", "objects"])
      let mute = MuteRequest(address: Address(.bucket, "b"), field: path, until: since, because: "é", author: "me")
      #expect(try await client.mute(mute).map(\.subject) == ["Bucket/b quotas.objects"])
      await #expect(throws: APIError.self) {
        try await client.unmute(UnmuteRequest(address: Address(.bucket, "b"), field: nil, author: "me"))
      }
      #expect(try await client.history().isEmpty)
      #expect(try await client.firewall(.show).sentence == "show")
      #expect(try await client.firewall(.confirm).state == .confirmed)
      #expect(try await client.firewall(.retry).sentence == "retry")
      #expect(try await client.revision(4).revision.number == 4)
      #expect(try await client.compare(CompareRequest(from: 3, to: 5)).plan.clusterName == "3 to 5")
      let back = RollbackRequest(revision: 3, choices: PlanChoices(), author: "me")
      #expect(try await client.rollBack(back).revision == 4)
    }
  }

  @Test("hides secrets unless they are asked for")
  func secrets() async throws {
    try await withServer(StubControlPlane()) { client, _ in
      let (hidden, shown) = (try await client.resources(), try await client.resources(showSecrets: true))
      #expect(hidden.first?.spec["secret"].isSensitive == true)
      #expect(shown.first?.spec["secret"].text == "shown")
    }
  }

  @Test("streams lines as they come, and to the last")
  func streams() async throws {
    try await withServer(StubControlPlane()) { client, _ in
      var steps: [ProgressLine] = []
      try await client.progress(revision: 3) { steps.append($0) }
      #expect(steps.count == 1_001)
      #expect(steps.last?.isLast == true)
      var messages: [String] = []
      try await client.events(since: 4, follow: false) { messages.append("\($0.sequence) \($0.message)") }
      #expect(messages == ["5 line\nbreak"])
      var log = ""
      try await client.logs(service: "web", tail: 5, follow: false) { log += $0 }
      #expect(log == "web 5\n")
    }
  }

  @Test("carries refusals with all they say")
  func refusals() async throws {
    let refusal = APIError(.refused, "no", refusals: [Refusal(.emptyTree, "the folder is empty")])
    try await withServer(StubControlPlane(refusal: refusal)) { client, _ in
      let error = await #expect(throws: APIError.self) { try await client.version() }
      #expect(error?.refusals.first?.rule == .emptyTree)
    }
  }

  @Test("is open to its own user only, and to one daemon")
  func privacy() async throws {
    try await withServer(StubControlPlane()) { client, path in
      _ = try await client.version()
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      let second = APIServer(socketPath: path, controlPlane: StubControlPlane(), logger: quiet)
      await #expect(throws: APIServer.SocketError.self) { try await second.run() }
    }
  }

  @Test("a client says what to do when nobody answers")
  func unreachable() async throws {
    let client = RhizomeClient(socketPath: "/nonexistent/rhizome.sock")
    let error = await #expect(throws: RhizomeClient.Unreachable.self) { try await client.version() }
    #expect(error?.description.contains("rhizome up") == true)
  }
}

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs `body` with a client of a server on a socket of its own, once it answers.
private func withServer(
  _ plane: StubControlPlane,
  _ body: @escaping @Sendable (RhizomeClient, String) async throws -> Void
) async throws {
  let folder = NSTemporaryDirectory() + "rhz-" + UUID().uuidString.prefix(8)
  let path = folder + "/api.sock"
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let server = APIServer(socketPath: path, controlPlane: plane, logger: quiet)
  let services = ServiceGroup(services: [server], logger: quiet)
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await services.run() }
    while !FileManager.default.fileExists(atPath: path) { await Task.yield() }
    try await body(RhizomeClient(socketPath: path), path)
    // As the daemon ends: SwiftNIO stops the process where a server is cancelled that has just accepted somebody.
    await services.triggerGracefulShutdown()
    try await group.waitForAll()
  }
}

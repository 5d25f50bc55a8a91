import NIOCore
import NIOPosix
import OpenSSL
import Synchronization
import Testing
import UPnP

@testable import Reachability

#if os(Linux)
  /// With real sockets, on loopback, which stands for the internet here.
  @Suite("The probe over real connections", .timeLimit(.minutes(1)))
  struct ProbeShellTests {
    private static let table: @Sendable () throws -> SocketTable = { try SocketTable.ofThisMachine() }

    /// A service that accepts and says nothing.
    private func service() async throws -> any Channel {
      try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup).bind(host: "127.0.0.1", port: 0).get()
    }

    private func port(_ channel: any Channel) throws -> UInt16 { UInt16(try #require(channel.localAddress?.port)) }

    private func withProber<Result>(
      _ town: Town,
      seen: @escaping @Sendable (ProbePeer, IPv4Address) -> Void = { _, _ in },
      _ body: (ProbeClient.Prober) async throws -> Result
    ) async throws -> Result {
      let settings = ProbeServer.Settings(book: { town.book }, isOutside: { _ in true }, seen: seen)
      let server = try await ProbeServer.listen(host: "127.0.0.1", port: 0, settings: settings)
      do {
        let port = UInt16(try #require(server.port))
        let result = try await body(.init(town.peer, host: "127.0.0.1", port: port))
        await server.close()
        return result
      } catch {
        await server.close()
        throw error
      }
    }

    @Test func tellsWhatArrivesWhatIsRefusedAndWhatAnswersElsewhere() async throws {
      let (web, routerPage) = (try await service(), try await service())
      let (webPort, pagePort) = (try port(web), try port(routerPage))
      var town = Town()
      town.declaredPorts = [webPort, pagePort, 9]
      let seen = Mutex<[String]>([])
      let view = try await withProber(town, seen: { peer, _ in seen.withLock { $0.append(peer.node) } }) { prober in
        // What connects to the router's page does not end at the port that the declaration names.
        try await ProbeClient(me: town.asker, table: Self.table)
          .view(of: [webPort: webPort, pagePort: 1, 9: 9], from: prober)
      }
      #expect(view.address.description == "127.0.0.1")
      #expect(view.ports == [webPort: .arrived, pagePort: .answeredElsewhere, 9: .refused])
      #expect(seen.withLock { $0 } == ["cellar"])
      try await web.close()
      try await routerPage.close()
    }

    @Test func strangersHearNothingButTheChallenge() async throws {
      let town = Town()
      let stranger = ProbeIdentity(cluster: "garden", node: "cellar", key: .generate())
      try await withProber(town) { prober in
        let failure = await #expect(throws: ProbeClient.Failure.self) {
          try await ProbeClient(me: stranger, table: Self.table).view(of: [443: 443], from: prober)
        }
        #expect(failure?.description.contains("does not know this node's key") == true)
      }
    }

    @Test func floodsAreHeldOffAndTheSlowAreLetGo() async throws {
      let town = Town()
      try await withProber(town) { prober in
        // Two connections an address are let in; the others are closed at once.
        let closed = Mutex(0)
        let channels = try await withThrowingTaskGroup { group in
          for _ in 0..<20 {
            group.addTask {
              try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: prober.host, port: Int(prober.port)).get()
            }
          }
          return try await group.reduce(into: [any Channel]()) { $0.append($1) }
        }
        for channel in channels { channel.closeFuture.whenComplete { _ in closed.withLock { $0 += 1 } } }
        func wait(until count: Int, _ limit: Duration) async throws -> Bool {
          let end = ContinuousClock.now + limit
          while closed.withLock({ $0 }) < count, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(20))
          }
          return closed.withLock { $0 } == count
        }
        #expect(try await wait(until: 18, .seconds(4)))
        // Nobody says a word: the last two go when their time is up.
        #expect(try await wait(until: 20, .seconds(15)))
      }
    }

    @Test func oftenIsRefused() async throws {
      let town = Town()
      try await withProber(town) { prober in
        let client = ProbeClient(me: town.asker, table: Self.table)
        var served = 0
        for _ in 0..<6 where (try? await client.view(of: [443: 443], from: prober)) != nil { served += 1 }
        #expect(served == 4)
      }
    }

    @Test func silentProbersAreGivenUpAndCancellationIsPrompt() async throws {
      let (town, silent) = (Town(), try await service())
      let prober = ProbeClient.Prober(town.peer, host: "127.0.0.1", port: try port(silent))
      let client = ProbeClient(me: town.asker, table: Self.table)
      let failure = await #expect(throws: ProbeClient.Failure.self) {
        try await client.view(of: [443: 443], from: prober, timeout: .milliseconds(200))
      }
      #expect(failure?.description == "asking attic failed: it took too long to answer")
      let started = ContinuousClock.now
      let question = Task { try await client.view(of: [443: 443], from: prober, timeout: .seconds(50)) }
      question.cancel()
      let result = await question.result
      #expect(throws: (any Error).self) { try result.get() }
      #expect(ContinuousClock.now - started < .seconds(10))
      try await silent.close()
    }
  }
#endif

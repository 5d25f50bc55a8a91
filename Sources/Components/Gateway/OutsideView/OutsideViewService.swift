package import Reachability
import RhizomeModel
package import STUN
import ServiceLifecycle
import UPnP

/// Looks from outside at the home, every now and then and soon after something changed: asks STUN servers for the public
/// address, and a node of another home to connect to the public ports.
package struct OutsideViewService: Service {
  /// Between two looks at least, so that probers are not asked more often than they answer.
  private static let pause = Duration.seconds(30)
  /// Changes come in bunches.
  private static let bunch = Duration.seconds(2)
  /// So long the router may take to open what was just declared.
  private static let longestOpening = Duration.seconds(15)
  /// An address that is never in use, towards which packets die on their way (RFC 5737).
  private static let nowhere = IPv4Address(rawValue: 0xC633_6401)

  private let board: VerdictBoard
  private let identity: @Sendable (Neighbourhood) -> ProbeIdentity
  private let stun: STUNClient
  private let table: @Sendable () throws -> SocketTable

  /// - Parameters:
  ///   - identity: this node's name and key.
  ///   - table: this machine's sockets.
  package init(
    board: VerdictBoard,
    identity: @escaping @Sendable (Neighbourhood) -> ProbeIdentity,
    stun: STUNClient = STUNClient(),
    table: @escaping @Sendable () throws -> SocketTable = { try SocketTable.ofThisMachine() }
  ) {
    (self.board, self.identity, self.stun, self.table) = (board, identity, stun, table)
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      var alarm: Task<Void, Never>?
      for await _ in board.nudges {
        alarm?.cancel()
        do {
          try await Task.sleep(for: Self.bunch)
          try await waitForPorts()
          try await lookAround()
          try await Task.sleep(for: Self.pause)
        } catch { break }
        alarm = nextLook()
      }
      alarm?.cancel()
    }
  }

  /// A look at ports that are being opened would be of no use, and the next one comes after a pause only.
  private func waitForPorts() async throws {
    let deadline = ContinuousClock.now + Self.longestOpening
    while board.isOpening, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(250)) }
  }

  /// After the interval, unless something happens before.
  private func nextLook() -> Task<Void, Never> {
    let (board, rest) = (board, max(.zero, (board.neighbourhood?.interval ?? .seconds(600)) - Self.pause))
    return Task {
      do {
        try await Task.sleep(for: rest)
        board.nudge()
      } catch {}
    }
  }

  /// One look, told to the board.
  package func lookAround() async throws {
    guard let neighbourhood = board.neighbourhood else { return }
    async let internet = askInternet(neighbourhood.stun)
    async let seen = askNeighbours(neighbourhood)
    let wayOut = board.missesRouter ? try? await WayOut.look(towards: Self.nowhere) : nil
    let (views, address) = try await seen
    board.note(internet: try await internet, views: views, seenByPeer: address, wayOut: wayOut)
  }

  private func askInternet(_ servers: [STUNClient.Server]) async throws -> InternetSays {
    let stun = stun
    let answers = try await withThrowingTaskGroup(of: (STUNClient.Server, IPv4Address?).self) { group in
      for server in servers {
        group.addTask {
          do {
            return (server, IPv4Address(try await stun.address(from: server, family: .ipv4, timeout: .seconds(5)).host))
          } catch is STUNClient.Failure {
            return (server, nil)
          }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let statements = answers.compactMap { server, address in
      address.map { InternetSays.Statement(server: server.description, address: $0) }
    }
    return InternetSays(statements, silent: answers.filter { $0.1 == nil }.map(\.0.description))
  }

  /// Asks one neighbour after the other until one has looked.
  private func askNeighbours(_ neighbourhood: Neighbourhood) async throws -> ([Address: ProberSays], IPv4Address?) {
    let tcp = neighbourhood.ports.filter { $0.value.key.transport == .tcp }
    let inner = Dictionary(
      tcp.values.map { ($0.key.externalPort, $0.internalPort) },
      uniquingKeysWith: { first, _ in first }
    )
    var others = neighbourhood.ports.mapValues { _ in ProberSays.notAsked(.udp) }
    guard !tcp.isEmpty else { return (others, nil) }
    func all(_ says: ProberSays) -> [Address: ProberSays] { others.merging(tcp.mapValues { _ in says }) { $1 } }
    guard !neighbourhood.probers.isEmpty else { return (all(.notAsked(.noProber)), nil) }
    var failures: [String] = []
    for prober in neighbourhood.probers {
      do {
        guard let view = try await ask(prober, inner, neighbourhood) else { continue }
        if view.address.isReserved {
          return (all(.inside(prober: prober.peer.node, address: view.address.description)), nil)
        }
        for (address, port) in tcp {
          let seen = view.ports[port.key.externalPort]
          others[address] =
            seen.map { .looked($0, prober: prober.peer.node, address: view.address) } ?? .notAsked(.notYet)
        }
        return (others, view.address)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        failures.append(prober.peer.node)
      }
    }
    let unknown = neighbourhood.probers.map(\.peer.node)
    return (all(.noAnswer(Array(Set(failures.isEmpty ? unknown : failures)))), nil)
  }

  /// Nil when nobody knows where that home is.
  private func ask(_ prober: Neighbourhood.Prober, _ ports: [UInt16: UInt16], _ neighbourhood: Neighbourhood)
    async throws -> ProbeClient.View?
  {
    guard let host = prober.host ?? board.address(ofZone: prober.peer.zone)?.description else { return nil }
    let client = ProbeClient(me: identity(neighbourhood), table: table)
    return try await client.view(of: ports, from: .init(prober.peer, host: host, port: prober.port))
  }
}

import Logging
import OpenSSL
import OutsideView
import Reachability
import RhizomeCommands
import RhizomeModel
import ServiceDrivers
import ServiceLifecycle
import UPnP

/// The parts that judge whether the home is reachable, and that look at other homes when their nodes ask.
struct OutsideParts: Sendable {
  let board: VerdictBoard
  let view: OutsideViewService
  let probe: ProbeEngine

  init(key: SigningKey, logger: Logger) {
    let identity: @Sendable (Neighbourhood) -> ProbeIdentity = {
      ProbeIdentity(cluster: $0.cluster, node: $0.node, key: key)
    }
    let board = VerdictBoard(now: { .now }, listening: OutsideParts.listening)
    let settings = ProbeServer.Settings(
      book: { board.neighbourhood.map { $0.book(identity($0)) } },
      seen: { board.note($0, at: $1) }
    )
    self.board = board
    view = OutsideViewService(board: board, identity: identity)
    probe = ProbeEngine(settings: settings, logger: logger)
  }

  private static let listening: VerdictBoard.Listening = { ports in
    guard let table = try? SocketTable.ofThisMachine() else { return [:] }
    let seen = ports.map { ($0, table.isListening($0.key.transport, $0.internalPort)) }
    return Dictionary(seen, uniquingKeysWith: { $1 })
  }

  /// Told by the gateway's driver why a port was not mapped.
  func heard(_ clusterID: String, _ address: Address, _ error: UPnPError) {
    let ours = OwnershipLabel.isOurs(clusterID)
    if let says = RouterSays(error, isOurs: ours) {
      board.note(address, says)
    } else {
      board.noteNoAnswer([address], [.noRouter, .noInternetGateway].contains(error.code) ? .neverFound : .wasFound)
    }
  }
}

/// Looks at other homes, on the ports of a Service with `run: {builtin: probe}`; silent otherwise.
actor ProbeEngine: BuiltinEngine, Service {
  private let settings: ProbeServer.Settings
  private let logger: Logger
  private var servers: [Int: ProbeServer] = [:]

  init(settings: ProbeServer.Settings, logger: Logger) { (self.settings, self.logger) = (settings, logger) }

  func open(_ ports: [Int]) async throws {
    for (port, server) in servers where !ports.contains(port) {
      await server.close()
      servers[port] = nil
    }
    for port in ports where servers[port] == nil {
      servers[port] = try await ProbeServer.listen(host: "0.0.0.0", port: port, settings: settings)
    }
    logger.notice("open to others", metadata: ["engine": "probe", "ports": "\(ports)"])
  }

  func close() async {
    for server in servers.values { await server.close() }
    servers = [:]
  }

  func openPorts() -> [Int] { servers.keys.sorted() }

  /// Stays until the daemon stops.
  func run() async throws {
    await cancelWhenGracefulShutdown {
      let (stream, continuation) = AsyncStream<Never>.makeStream()
      for await _ in stream {}
      continuation.finish()
    }
    await close()
  }
}

/// The label that this cluster leaves on routers.
enum OwnershipLabel {
  static func isOurs(_ clusterID: String) -> (PortMapping) -> Bool {
    let short = clusterID.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.prefix(8)
    return { $0.label.hasPrefix("rhz-\(short)-") }
  }
}

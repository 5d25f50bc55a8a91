import Synchronization
package import UPnP

/// A router whose manners a test chooses: what it forwards, and how badly it answers. Pure, but for the lock;
/// `ScriptedRouterServer` puts it on a socket.
package final class ScriptedRouter: Sendable {
  /// How it answers one action.
  package enum Manner: Sendable, Hashable {
    case normal
    /// Refuses with this UPnP error.
    case refuses(Int)
    /// Closes after half of its answer.
    case truncated
    /// Answers something that is not UPnP.
    case garbage
    /// Accepts the question and never answers.
    case silent
    /// Agrees and does nothing.
    case forgetful
  }

  package struct Behaviour: Sendable {
    /// By action name, such as `AddPortMapping`.
    package var manners: [String: Manner] = [:]
    /// Refuses leases other than 0 with this error: 725, or what routers say that cannot say it.
    package var permanentOnly: Int?
    /// Grants this external port instead of the one asked for.
    package var grantsInstead: UInt16?
    /// Shortens longer leases to this.
    package var longestLease: UInt32?
    /// Turns a lease without end into this one.
    package var leaseForNone: UInt32?
    /// Shows this as the remaining time of every mapping, whatever it is.
    package var remainingLease: String?
    /// Ends its list after so many entries, in this manner.
    package var listEnd: (count: Int, manner: Manner)?
    /// What it says of its other lines, which its description lists before the one that works.
    package var otherLines: [Line] = []
    package var externalAddress = "11.0.0.2"
    package var connectionStatus = "Connected"
    /// Seconds that its connection has been up.
    package var uptime: UInt32 = 1
    /// The host that its description names for control; nil for its own.
    package var controlHost: String?
    /// Where it is controlled now.
    package var controlPath = "/control"

    /// Shows no remaining time.
    package var hidesLeases: Bool {
      get { remainingLease == "0" }
      set { remainingLease = newValue ? "0" : nil }
    }
  }

  /// A connection that a router has, or once had.
  package struct Line: Sendable, Hashable {
    package let status: String
    package let externalAddress: String

    package init(status: String, externalAddress: String) {
      (self.status, self.externalAddress) = (status, externalAddress)
    }
  }

  private struct State {
    var behaviour = Behaviour()
    var table: [PortMappingKey: PortMapping] = [:]
    var calls: [String] = []
  }

  private let state = Mutex(State())

  package init() {}

  package var behaviour: Behaviour { state.withLock { $0.behaviour } }
  package func behave(_ change: @Sendable (inout Behaviour) -> Void) { state.withLock { change(&$0.behaviour) } }

  /// What it forwards now.
  package var mappings: [PortMapping] { state.withLock { $0.table.values.sorted { $0.key < $1.key } } }
  package func put(_ mapping: PortMapping) { state.withLock { $0.table[mapping.key] = mapping } }
  package func forgetEverything() { state.withLock { $0.table = [:] } }
  /// The actions it was asked for, in order.
  package var calls: [String] { state.withLock { $0.calls } }

  /// Answers one action: the fields of a success, or an error.
  func answer(_ action: String, _ arguments: [String: String]) -> (manner: Manner, fields: [(String, String)]) {
    state.withLock { state in
      state.calls.append(action)
      let manner = Self.manner(action, arguments, state.behaviour)
      guard manner == .normal || manner == .truncated else { return (manner, []) }
      switch Self.perform(action, arguments, &state) {
      case .success(let fields): return (manner, fields)
      case .failure(let error): return (.refuses(error.code), [])
      }
    }
  }

  /// Answers for one of its other lines, which forwards nothing.
  func answer(_ action: String, ofLine line: Line) -> (manner: Manner, fields: [(String, String)]) {
    switch action {
    case "GetStatusInfo": (.normal, Self.status(line.status, uptime: 1))
    case "GetExternalIPAddress": (.normal, [("NewExternalIPAddress", line.externalAddress)])
    default: (.refuses(501), [])
    }
  }

  private static func manner(_ action: String, _ arguments: [String: String], _ behaviour: Behaviour) -> Manner {
    if action == "GetGenericPortMappingEntry", let end = behaviour.listEnd,
      let index = arguments["NewPortMappingIndex"].flatMap({ Int($0) }), index >= end.count
    {
      return end.manner
    }
    return behaviour.manners[action] ?? .normal
  }

  private static func status(_ word: String, uptime: UInt32) -> [(String, String)] {
    [("NewConnectionStatus", word), ("NewLastConnectionError", "ERROR_NONE"), ("NewUptime", "\(uptime)")]
  }

  private struct Refusal: Error { let code: Int }

  private static func perform(
    _ action: String,
    _ arguments: [String: String],
    _ state: inout State
  ) -> Result<[(String, String)], Refusal> {
    switch action {
    case "GetStatusInfo":
      .success(status(state.behaviour.connectionStatus, uptime: state.behaviour.uptime))
    case "GetExternalIPAddress": .success([("NewExternalIPAddress", state.behaviour.externalAddress)])
    case "AddPortMapping": add(arguments, &state)
    case "GetSpecificPortMappingEntry":
      key(arguments).flatMap { state.table[$0] }.map { .success(fields($0, state)) } ?? .failure(Refusal(code: 714))
    case "GetGenericPortMappingEntry": generic(arguments, state)
    case "DeletePortMapping":
      key(arguments).flatMap { state.table.removeValue(forKey: $0) } == nil
        ? .failure(Refusal(code: 714)) : .success([])
    default: .failure(Refusal(code: 401))
    }
  }

  private static func key(_ arguments: [String: String]) -> PortMappingKey? {
    guard let port = arguments["NewExternalPort"].flatMap(UInt16.init),
      let transport = arguments["NewProtocol"].flatMap(TransportProtocol.init(rawValue:))
    else { return nil }
    return PortMappingKey(transport, port)
  }

  private static func add(_ arguments: [String: String], _ state: inout State) -> Result<[(String, String)], Refusal> {
    guard var key = key(arguments), let client = arguments["NewInternalClient"],
      let port = arguments["NewInternalPort"].flatMap(UInt16.init),
      var lease = arguments["NewLeaseDuration"].flatMap(UInt32.init)
    else { return .failure(Refusal(code: 402)) }
    if let refusal = state.behaviour.permanentOnly, lease > 0 { return .failure(Refusal(code: refusal)) }
    if let longest = state.behaviour.longestLease { lease = min(lease, longest) }
    if let week = state.behaviour.leaseForNone, lease == 0 { lease = week }
    if let other = state.behaviour.grantsInstead { key = PortMappingKey(key.transport, other) }
    if let holder = state.table[key], holder.client != client { return .failure(Refusal(code: 718)) }
    state.table[key] = PortMapping(
      key: key,
      client: client,
      internalPort: port,
      label: arguments["NewPortMappingDescription"] ?? "",
      remainingLease: lease
    )
    return .success([])
  }

  private static func generic(_ arguments: [String: String], _ state: State) -> Result<[(String, String)], Refusal> {
    let entries = state.table.values.sorted { $0.key < $1.key }
    guard let index = arguments["NewPortMappingIndex"].flatMap({ Int($0) }), entries.indices.contains(index) else {
      return .failure(Refusal(code: 713))
    }
    let entry = entries[index]
    return .success(
      [
        ("NewRemoteHost", ""), ("NewExternalPort", "\(entry.key.externalPort)"),
        ("NewProtocol", entry.key.transport.rawValue),
      ] + fields(entry, state)
    )
  }

  private static func fields(_ entry: PortMapping, _ state: State) -> [(String, String)] {
    [
      ("NewInternalPort", "\(entry.internalPort)"), ("NewInternalClient", entry.client),
      ("NewEnabled", entry.isEnabled ? "1" : "0"), ("NewPortMappingDescription", entry.label),
      ("NewLeaseDuration", state.behaviour.remainingLease ?? "\(entry.remainingLease)"),
    ]
  }
}

import GatewayDriver
import RhizomeModel
import Synchronization

/// What is declared now, for the parts of the daemon that need to know: one writer, any readers.
final class DesiredBoard: Sendable {
  private let desired = Mutex<DesiredState?>(nil)
  /// Zones that a plan spoke of and that are not declared yet.
  private let candidates = Mutex<[String: Value]>([:])

  /// This is what shall be.
  func post(_ state: DesiredState) { desired.withLock { $0 = state } }

  /// Somebody asks what would be if this were declared: zones that are new are looked at as they would be.
  func consider(_ state: DesiredState) {
    let zones = state.resources.values.filter { $0.address.kind == .zone && state.isHome($0.address.name) }
    candidates.withLock { $0 = Dictionary(zones.map { ($0.address.name, $0.attributes) }, uniquingKeysWith: { $1 }) }
  }

  /// The name of a declared node, other than `own`, that has this address; nil when there is none.
  func otherNode(at address: String, than own: String?) -> String? {
    desired.withLock { state in
      let nodes = state?.resources.values.filter { $0.address.kind == .node } ?? []
      // The only one there is can be nobody else, whether or not this machine was told its name.
      guard nodes.count > 1 else { return nil }
      return nodes.first { $0.address.name != own && $0.attributes["address"].text == address }?.address.name
    }
  }

  /// The names of the declared zones that this machine may be in, sorted.
  var homes: [String] {
    desired.withLock { state in
      let zones = state?.resources.keys.filter { $0.kind == .zone && state?.isHome($0.name) == true } ?? []
      return zones.map(\.name).sorted()
    }
  }

  /// How this machine's home reaches the internet; nil for other homes: the router that can be asked here is not theirs,
  /// and what it forwards would look as if nobody wanted it.
  func gateway(of zone: String) -> ZoneGateway? {
    let declared = desired.withLock { state in
      state?.isHome(zone) == true ? state?.resources[Address(.zone, zone)]?.attributes : nil
    }
    return (declared ?? candidates.withLock { $0[zone] }).map { ZoneGateway(zone: $0) }
  }
}

extension DesiredState {
  /// True unless this machine is known to be in another zone.
  fileprivate func isHome(_ zone: String) -> Bool {
    guard let own = localNode?.attributes["zone"].text else { return true }
    return own == zone
  }
}

import RhizomeModel
import UPnP

/// The description we leave beside a mapping on the router: `rhz-CLUSTER-PROTOCOL-PORT`, short and plain, because
/// routers cut or refuse long and odd text. CLUSTER is the first eight letters and digits of the cluster's id.
struct MappingLabel: Sendable, Hashable {
  private static let prefix = "rhz-"
  private let cluster: String
  private let clusterID: String

  init(clusterID: String) {
    self.clusterID = clusterID
    cluster = Self.short(clusterID)
  }

  /// The label of the mapping of `key`.
  func text(_ key: PortMappingKey) -> String {
    "\(Self.prefix)\(cluster)-\(key.transport.rawValue.lowercased())-\(key.externalPort)"
  }

  /// True for mappings of this cluster. Only the label counts: another program on this machine may hold a port, too.
  func isOurs(_ mapping: PortMapping) -> Bool {
    mapping.label.hasPrefix("\(Self.prefix)\(cluster)-")
  }

  /// Whose a mapping is: ours, another Rhizome's (by its short id, which is all that it shows), or nil for others.
  func mark(_ mapping: PortMapping, _ address: Address) -> OwnershipMark? {
    if isOurs(mapping) { return OwnershipMark(clusterID: clusterID, address: address) }
    return otherRhizome(mapping).map { OwnershipMark(clusterID: $0, address: address) }
  }

  /// The short id of another Rhizome that made the mapping; nil for ours and for all others.
  func otherRhizome(_ mapping: PortMapping) -> String? {
    guard !isOurs(mapping), mapping.label.hasPrefix(Self.prefix) else { return nil }
    let owner = mapping.label.dropFirst(Self.prefix.count).prefix { $0 != "-" }
    return owner.isEmpty ? nil : UPnPError.printable(String(owner))
  }

  private static func short(_ id: String) -> String {
    String(id.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.prefix(8))
  }
}

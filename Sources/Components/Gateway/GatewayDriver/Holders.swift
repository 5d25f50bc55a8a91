import RhizomeModel
import UPnP

/// Tells whose a mapping on the router is, for deciding and for people.
struct Holders: Sendable {
  let label: MappingLabel
  let otherNode: @Sendable (String) -> String?

  /// Whether this machine may change or remove the mapping: it carries our label, and it is not another node's. One that
  /// leads to an address which nobody has is from a time when this machine had that address.
  func mayTouch(_ entry: PortMapping, local: IPv4Address) -> Bool {
    guard label.isOurs(entry) else { return false }
    return entry.client == local.description || otherNode(entry.client) == nil
  }

  /// A few words on a mapping, made of what the router says.
  func summary(_ entry: PortMapping, local: IPv4Address?) -> String {
    "\(entry.key) to \(UPnPError.printable(entry.client)) port \(entry.internalPort), \(holder(entry, local: local))"
  }

  private func holder(_ entry: PortMapping, local: IPv4Address?) -> String {
    if label.isOurs(entry) {
      if entry.client == local?.description { return "made by this machine" }
      return otherNode(entry.client).map { "made by \($0), another machine of this rhizome" } ?? "made by this rhizome"
    }
    if let other = label.otherRhizome(entry) { return "made by another rhizome (\(other))" }
    return entry.label.isEmpty ? "without a label" : "labelled '\(UPnPError.printable(entry.label))'"
  }

  /// Somebody else's hold on a port that is wanted here, as the error of an operation.
  func conflict(_ error: UPnPError, _ key: PortMappingKey, local: IPv4Address?) -> UPnPError {
    guard case .conflict(let holder?) = error.code, label.isOurs(holder) || label.otherRhizome(holder) != nil else {
      return error
    }
    return UPnPError(
      error.code,
      "\(key) of the router is taken: \(summary(holder, local: local)); give one of the two another public port"
    )
  }
}

/// What Rhizome writes beside an object in an engine, so that the object is known as ours even when our records are not
/// (yet) there: `rhizome:CLUSTER-ID:Kind/name`.
package struct OwnershipMark: Sendable, Hashable, Codable, CustomStringConvertible {
  package let clusterID: String
  package let address: Address

  package init(clusterID: String, address: Address) {
    self.clusterID = clusterID
    self.address = address
  }

  /// Reads a mark back; nil when the text is none of ours.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, parts[0] == "rhizome", let address = Address(parts[2]) else { return nil }
    self.init(clusterID: parts[1], address: address)
  }

  package var description: String { "rhizome:\(clusterID):\(address)" }
}

/// The name by which a cluster's marks are told from those of others: 16 lowercase hexadecimal digits, made at random
/// when its records are first made, and never again.
package struct ClusterID: Sendable, Hashable, CustomStringConvertible {
  package static let length = 16
  /// How many of its digits a short label shows, such as that of a mapping on a router.
  package static let shownLength = 8

  package let description: String

  /// nil when the text is no such name.
  package init?(_ text: String) {
    guard text.utf8.count == ClusterID.length, ClusterID.isHex(text) else { return nil }
    description = text
  }

  fileprivate static func isHex(_ text: String) -> Bool {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (97...102).contains($0) }
  }
}

extension OwnershipMark {
  /// Says of an object that it is another cluster's, and what can be done. What is in a mark was written by others: only
  /// what can be printed is shown, and not more than a line's worth.
  package func claim(advice: String? = nil) -> String {
    let owner = clusterID.unicodeScalars.filter { (0x20..<0x7F).contains($0.value) }.prefix(40)
    let claim = "it carries the mark of another cluster, '\(String(String.UnicodeScalarView(owner)))'"
    return [claim, advice, wayBack].compactMap { $0 }.joined(separator: "; ")
  }

  /// For a cluster that lost its records and came back under a new name; nil when the mark is of no such cluster.
  private var wayBack: String? {
    let start = "if that was this cluster, before its records were lost: start with --cluster-id"
    let place = "on a data folder that holds nothing but objects and the keys"
    if ClusterID(clusterID) != nil { return "\(start) \(clusterID) \(place)" }
    guard clusterID.utf8.count == ClusterID.shownLength, ClusterID.isHex(clusterID) else { return nil }
    return "\(start) and its whole id, which begins like that, \(place)"
  }
}

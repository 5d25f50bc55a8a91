package import RhizomeModel

/// A drift report: `formatVersion` is counted up when a field changes its meaning or goes away.
package struct DriftView: Sendable, Codable {
  package static let currentFormatVersion = 1

  package var formatVersion: Int
  package var clusterName: String
  package var generatedAt: Timestamp
  /// Sorted by address and field.
  package var entries: [DriftEntry]

  package init(clusterName: String, generatedAt: Timestamp, entries: [DriftEntry]) {
    self.formatVersion = DriftView.currentFormatVersion
    self.clusterName = clusterName
    self.generatedAt = generatedAt
    self.entries = entries
  }
}

package import RhizomeModel

/// What exists in the engines and is not declared, as declarations. Holds no secrets.
package struct AdoptionView: Sendable, Hashable, Codable {
  /// One document a resource, sorted by address.
  package var documents: [Document]
  /// What could not be read, and what cannot be declared.
  package var remarks: [SurveyRemark]
  /// Whether a Cluster is declared already; without one, the documents alone are no whole folder.
  package var hasCluster: Bool

  package struct Document: Sendable, Hashable, Codable {
    package var address: Address
    /// YAML, ending with a line feed.
    package var text: String

    package init(address: Address, text: String) { (self.address, self.text) = (address, text) }
  }

  package init(documents: [Document], remarks: [SurveyRemark], hasCluster: Bool) {
    (self.documents, self.remarks, self.hasCluster) = (documents, remarks, hasCluster)
  }
}

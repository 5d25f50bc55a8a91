/// Below which name the directory keeps its people.
package enum DirectorySuffix {
  /// `dc=plant,dc=example` for `plant.example` (RFC 2247), unless it is written; nil where neither is known.
  /// - Parameter cluster: the attributes of a Cluster.
  package static func of(cluster: Value) -> String? {
    cluster["directory"]["baseDN"].text
      ?? cluster["domain"].text.map { $0.split(separator: ".").map { "dc=\($0)" }.joined(separator: ",") }
  }

  /// What stands against another suffix: entries stay below the one that they were made under.
  /// - Parameters:
  ///   - chosen: the suffix that the directory has.
  ///   - wanted: the one that is asked for.
  package static func refusal(chosen: String, wanted: String) -> Refusal {
    Refusal(
      .otherSuffix,
      "The directory holds the people of \(chosen) and cannot become \(wanted): they would lose their passwords.",
      advice:
        "To change the domain and keep the directory, write 'directory: {baseDN: \"\(chosen)\"}' into the Cluster."
    )
  }
}

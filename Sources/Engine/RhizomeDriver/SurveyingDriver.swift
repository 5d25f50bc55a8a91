package import RhizomeModel

/// A driver that can tell all that its engine holds, so that an existing installation can be declared.
package protocol SurveyingDriver: Driver {
  /// Looks at everything, ours or not, and changes nothing. Tells no secrets.
  ///
  /// - Parameter targets: all resources of this driver that are declared or recorded, to tell what is managed.
  /// - Throws: `DriverError` when the engine could not be read: what it holds is then unknown, and never nothing.
  func survey(_ targets: [ObservationTarget]) async throws(DriverError) -> Survey
}

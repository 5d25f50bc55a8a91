/// How a reconciler works.
package struct ReconcilerSettings: Sendable {
  /// The identity of the cluster, as it stands in ownership marks.
  package var clusterID: String
  /// How long a driver may take to look.
  package var observeLimit: Duration
  /// How long a driver may take to do one thing.
  package var performLimit: Duration
  package var state: ReconcilerState.Settings
  /// Seeds the jitter of waits.
  package var seed: UInt64
  package var events: EventGate

  package init(
    clusterID: String,
    observeLimit: Duration = .seconds(30),
    performLimit: Duration = .seconds(120),
    state: ReconcilerState.Settings = .init(),
    seed: UInt64,
    events: EventGate = EventGate()
  ) {
    self.clusterID = clusterID
    self.observeLimit = observeLimit
    self.performLimit = performLimit
    self.state = state
    self.seed = seed
    self.events = events
  }
}

package import RhizomeModel

/// Where a resource stands on its way to what was declared.
package enum Phase: Sendable, Hashable {
  /// It has to be looked at.
  case pending
  case running
  /// Others come first.
  case waiting([Address])
  case ready
  /// It did not work, and is tried again by itself.
  case failing(String)
  /// It could not be looked at; its driver as a whole is asked again.
  case unseen(String)
  /// Somebody has to decide or repair something.
  case stalled(String)
  /// It was deleted or forgotten.
  case gone

  /// True while something will still happen by itself. A waiting one counts through what it waits for, and an unseen one
  /// through the looks at its driver.
  var isActive: Bool {
    switch self {
    case .pending, .running, .failing: true
    case .unseen, .waiting, .ready, .stalled, .gone: false
    }
  }
}

/// What the reconciler has to know of an address to decide when it may run.
package struct Charge: Sendable, Hashable {
  /// The name of its driver.
  package let lane: String
  /// Must be ready before.
  package let afterReady: [Address]
  /// Must be gone before, when this one is to be deleted.
  package let afterGone: [Address]

  package init(lane: String, afterReady: [Address] = [], afterGone: [Address] = []) {
    self.lane = lane
    self.afterReady = afterReady
    self.afterGone = afterGone
  }
}

/// What came of one pass over a resource.
package enum PassOutcome: Sendable, Hashable {
  /// It is as it shall be; look again after so many milliseconds, where the driver says so.
  case converged(recheckAfter: Int64? = nil)
  /// It is no longer there and no longer in the inventory.
  case gone
  /// It could not be looked at. Its driver as a whole is asked again after a growing wait.
  case unknown(reason: String)
  /// Try again after a growing wait.
  case failed(reason: String)
  /// Trying again soon cannot help. What an engine refused is tried again at long intervals; what planning blocked is
  /// decided anew whenever it is looked at.
  case stalled(reason: String, retries: Bool)
  /// The pass was cancelled or overtaken; look again at once.
  case superseded
}

/// What the shell is to do.
package enum Directive: Sendable, Hashable {
  /// Make a pass over the resource, and report its outcome.
  case run(Address)
  /// Say that the resource waits for others.
  case tellWaiting(Address, for: [Address])
  /// Look at all resources of one driver.
  case resync(lane: String)
}

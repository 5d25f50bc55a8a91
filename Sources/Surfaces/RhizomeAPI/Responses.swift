package import RhizomeModel

/// The answer to a plan: the plan, and what the manifests were warned about.
package struct PlanResponse: Sendable, Codable {
  package var plan: Plan
  package var warnings: [Diagnostic]
  /// The revision that ran when it was made; nil when none did.
  package var revision: Int?

  package init(plan: Plan, warnings: [Diagnostic], revision: Int? = nil) {
    self.plan = plan
    self.warnings = warnings
    self.revision = revision
  }
}

/// The answer to an apply: the plan that runs, and the revision to follow; nil when there was nothing to record.
package struct ApplyResponse: Sendable, Codable {
  package var plan: Plan
  package var revision: Int
  package var warnings: [Diagnostic]

  package init(plan: Plan, revision: Int, warnings: [Diagnostic]) {
    self.plan = plan
    self.revision = revision
    self.warnings = warnings
  }
}

/// One line of progress on the way to a revision.
package struct ProgressLine: Sendable, Hashable, Codable {
  package enum Step: String, Sendable, Hashable, Codable {
    case started, done, failed, waiting, stalled
    /// Every resource is as it shall be; the last line.
    case converged
    /// Some resources will not become ready by themselves; the last line.
    case stuck
    /// A newer revision has taken over; the last line.
    case superseded
  }

  package var step: Step
  package var address: Address?
  package var message: String
  package var at: Timestamp

  package init(step: Step, address: Address? = nil, message: String, at: Timestamp) {
    self.step = step
    self.address = address
    self.message = message
    self.at = at
  }

  package var isLast: Bool { [.converged, .stuck, .superseded].contains(step) }
}

/// A resource as the daemon knows it.
package struct ResourceView: Sendable, Hashable, Codable {
  package var address: Address
  package var declared: Bool
  package var declaredAt: SourceLocation?
  package var component: Component
  package var home: Home
  /// As it shall be; as it was last made where it is no longer declared. Secrets by fingerprint, unless asked for.
  package var spec: Value
  package var labels: [String: String]
  package var status: ResourceStatus?
  package var revision: Int?
  package var policies: Policies?
  /// The machine that drives it, such as `Node/oak`, where that is another one.
  package var caretaker: String?

  package init(
    address: Address,
    declared: Bool,
    declaredAt: SourceLocation?,
    component: Component,
    home: Home,
    spec: Value,
    labels: [String: String],
    status: ResourceStatus?,
    revision: Int?,
    policies: Policies?,
    caretaker: String? = nil
  ) {
    self.address = address
    self.declared = declared
    self.declaredAt = declaredAt
    self.component = component
    self.home = home
    self.spec = spec
    self.labels = labels
    self.status = status
    self.revision = revision
    self.policies = policies
    self.caretaker = caretaker
  }
}

/// A revision without its files.
package struct RevisionView: Sendable, Hashable, Codable {
  package var number: Int
  package var at: Timestamp
  package var origin: String
  package var author: String
  /// Who declared it: a folder, or the repository that is followed.
  package var source: String?
  package var fileCount: Int
  package var approvedDeletions: [Address]
  package var isCurrent: Bool
  /// How many actions of each kind were done for it, such as `create`; `failed` counts attempts.
  package var counts: [String: Int]
  /// Who let it pass; nil where nobody had to.
  package var approval: RevisionApproval?

  package init(
    number: Int,
    at: Timestamp,
    origin: String,
    author: String,
    source: String? = nil,
    fileCount: Int,
    approvedDeletions: [Address],
    isCurrent: Bool,
    counts: [String: Int] = [:]
  ) {
    self.number = number
    self.at = at
    self.origin = origin
    self.author = author
    self.source = source
    self.fileCount = fileCount
    self.approvedDeletions = approvedDeletions
    self.isCurrent = isCurrent
    self.counts = counts
  }
}

/// `GET /v1/history/N`: a revision, and what was done for it.
package struct RevisionDetail: Sendable, Hashable, Codable {
  package var revision: RevisionView
  /// Path inside the folder, and text.
  package var files: [String: String]
  /// Oldest first.
  package var actions: [ActionRecord]

  package init(revision: RevisionView, files: [String: String], actions: [ActionRecord]) {
    self.revision = revision
    self.files = files
    self.actions = actions
  }
}

/// `GET /v1/version`: who answers.
package struct VersionView: Sendable, Hashable, Codable {
  package var version: String
  package var clusterID: String
  package var processID: Int32
  /// Where the embedded engines answer: `s3`, `web`, `ldap`.
  package var endpoints: [String: String]

  package init(version: String, clusterID: String, processID: Int32, endpoints: [String: String]) {
    self.version = version
    self.clusterID = clusterID
    self.processID = processID
    self.endpoints = endpoints
  }
}

/// `GET /v1/sealing-certificate`: what secrets for this cluster are sealed to.
package struct SealingView: Sendable, Hashable, Codable {
  /// X.509 in PEM.
  package var certificate: String

  package init(certificate: String) { self.certificate = certificate }
}

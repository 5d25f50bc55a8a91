internal import RhizomeModel

/// The stable names of everything that can be told about a manifest, with what each means.
package enum DiagnosticCode: String, Sendable, CaseIterable {
  case unreadableText = "unreadable-text"
  case syntax
  case limitExceeded = "limit-exceeded"
  case duplicateKey = "duplicate-key"
  case badAlias = "bad-alias"
  case badTag = "bad-tag"
  case notADeclaration = "not-a-declaration"
  case unsupportedVersion = "unsupported-version"
  case unknownKind = "unknown-kind"
  case unknownField = "unknown-field"
  case unknownAnnotation = "unknown-annotation"
  case missingField = "missing-field"
  case conflictingFields = "conflicting-fields"
  case wrongType = "wrong-type"
  case badName = "bad-name"
  case badValue = "bad-value"
  case badUnit = "bad-unit"
  case outOfRange = "out-of-range"
  case badReference = "bad-reference"
  case unknownReference = "unknown-reference"
  case danglingReference = "dangling-reference"
  case exposedSecret = "exposed-secret"
  case dependencyCycle = "dependency-cycle"
  case duplicateAddress = "duplicate-address"
  case clusterCount = "cluster-count"
  case portClaimedTwice = "port-claimed-twice"
  case builtinPort = "builtin-port"
  case portOutsideRange = "port-outside-range"
  case aliasClaimedTwice = "alias-claimed-twice"
  case noPlace = "no-place"
  case engineMismatch = "engine-mismatch"
  case expired
  case noWriter = "no-writer"
  case noGateway = "no-gateway"
  case gitSource = "git-source"
  case reportPlace = "report-place"
  case noWayIn = "no-way-in"
  case noSourceAddress = "no-source-address"
  case identityClaimedTwice = "identity-claimed-twice"
  case unresolved

  /// One sentence on what it means.
  package var summary: String {
    switch self {
    case .unreadableText: "The file is not UTF-8 text."
    case .syntax: "The file is not YAML."
    case .limitExceeded: "The input is larger than a limit allows."
    case .duplicateKey: "A key stands twice in a map, or an item twice in a list of named items."
    case .badAlias: "A YAML alias or merge key does not lead to something it may stand for."
    case .badTag: "A YAML tag is not one of the core ones."
    case .notADeclaration: "A document is not a map with apiVersion, kind, metadata and spec."
    case .unsupportedVersion: "The apiVersion is not one that this program knows."
    case .unknownKind: "The kind is not one that people declare."
    case .unknownField: "The field does not exist."
    case .unknownAnnotation: "The annotation does not exist."
    case .missingField: "A required field is missing."
    case .conflictingFields: "Fields exclude each other."
    case .wrongType: "The value has another type than the field."
    case .badName: "The name does not have the form of one."
    case .badValue: "The text does not have the form that the field asks for."
    case .badUnit: "The quantity has no unit, or an unknown one."
    case .outOfRange: "The number is outside the range of the field."
    case .badReference: "A ${…} reference is not written correctly."
    case .unknownReference: "A ${…} reference asks for something that does not exist or is not available there."
    case .danglingReference: "The resource that is referred to is not declared."
    case .exposedSecret: "A secret would be visible to others."
    case .dependencyCycle: "Resources depend on each other in a circle."
    case .duplicateAddress: "Two declarations have the same kind and name."
    case .clusterCount: "There is not exactly one Cluster."
    case .portClaimedTwice: "Two services want the same port."
    case .builtinPort: "Rhizome itself listens on the port."
    case .portOutsideRange: "The port is not one that the home has."
    case .aliasClaimedTwice: "Two buckets want the same alias."
    case .noPlace: "Not enough machines or homes fit the service."
    case .engineMismatch: "The settings do not go with the chosen engine."
    case .expired: "The time has passed."
    case .noWriter: "Nobody can publish to the web site."
    case .noGateway: "The home does not say how public ports are opened."
    case .reportPlace: "The report cannot be sent there."
    case .gitSource: "The repository cannot be followed with these settings."
    case .noWayIn: "The firewall would shut out the people who look after the machine."
    case .noSourceAddress: "A firewall cannot tell the machine from others without its IP address."
    case .identityClaimedTwice: "Two machines cannot be told apart."
    case .unresolved: "A value cannot be determined."
    }
  }
}

extension Diagnostic {
  /// A diagnostic with one of the stable codes.
  init(
    _ code: DiagnosticCode,
    _ message: String,
    at location: SourceLocation,
    suggestion: String? = nil,
    severity: Severity = .error,
    related: [Related] = []
  ) {
    self.init(
      severity,
      code: code.rawValue,
      message: message,
      at: location,
      suggestion: suggestion,
      related: related
    )
  }
}

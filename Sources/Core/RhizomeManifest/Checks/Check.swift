internal import RhizomeModel

/// What is checked across declarations: small functions, each of which tells everything that it finds.
enum Check {
  typealias Function = @Sendable (_ catalog: Catalog, _ report: inout Report) -> Void

  /// In the order in which they run; diagnostics are sorted by place afterwards.
  static let all: [Function] = [
    addresses, clusterCount, references, templates, driftAnnotations, driftRules, healthPorts, engines, cycles,
    placement,
    claims, homePorts, builtinPorts, gateways, machines, firewalls, aliases, writers, expiry, git, reports,
    furtherAttributes,
  ]
}

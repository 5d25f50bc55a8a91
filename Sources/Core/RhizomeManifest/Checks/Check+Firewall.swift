internal import RhizomeModel

/// Firewalls that would shut out the people who look after a machine, or the other machines.
extension Check {
  @Sendable static func firewalls(_ catalog: Catalog, _ report: inout Report) {
    for node in catalog.all(.node) where HostFirewall.isManaged(node) {
      ranges(of: node, &report)
      waysIn(to: node, catalog, &report)
      strangers(to: node, catalog, &report)
    }
  }

  private static func ranges(of node: Declaration, _ report: inout Report) {
    for (name, allowed) in node.spec["firewall"]["allow"].map ?? [:] {
      guard let from = allowed["port"].integer, let to = allowed["to"].integer, from > to else { continue }
      let location = node.location(of: FieldPath(["firewall", "allow", name, "to"]))
      report.add(Diagnostic(.outOfRange, "the range ends at \(to), before it begins at \(from)", at: location))
    }
  }

  /// An entry of another port that is called after SSH is taken for it: SSH need not listen on 22. That a machine has
  /// been confirmed before proves nothing for a firewall that was changed since.
  private static func waysIn(
    to node: Declaration,
    _ catalog: Catalog,
    _ report: inout Report
  ) {
    let openings = HostFirewall.openings(of: node, catalog)
    let hasWayIn = openings.contains { name, opening in
      opening.transport == "tcp" && (opening.contains(22) || name.contains("ssh"))
    }
    guard !hasWayIn else { return }
    report.add(
      Diagnostic(
        .noWayIn,
        "the firewall of \(node.address) lets nobody in through SSH, not even you",
        at: node.location(of: FieldPath(["firewall"])),
        suggestion: "add '{name: ssh, port: 22, from: lan}' to 'allow', with the port that SSH listens on there",
        severity: .warning
      )
    )
  }

  /// A firewall knows machines by their IP address.
  private static func strangers(
    to node: Declaration,
    _ catalog: Catalog,
    _ report: inout Report
  ) {
    guard HostFirewall.openings(of: node, catalog).values.contains(where: { $0.from == "nodes" }) else { return }
    for other in catalog.all(.node) where other.address != node.address && HostFirewall.address(of: other) == nil {
      report.add(
        Diagnostic(
          .noSourceAddress,
          "the firewall of \(node.address) cannot let \(other.address) in: it has no IP address",
          at: other.location(of: FieldPath(["address"])),
          suggestion: "write the IP address that the others see it under as 'address'",
          severity: .warning,
          related: [.init(location: node.location(of: FieldPath(["firewall"])), message: "this firewall")]
        )
      )
    }
  }
}

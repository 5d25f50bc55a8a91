/// What is remembered of one home between runs of the daemon.
package struct HomeRecord: Codable, Sendable, Hashable {
  package var router: RouterDossier?
  package var publicIPv4 = AddressHistory()
  package var publicIPv6 = AddressHistory()
  /// Mappings of ours that somebody told us to forget: they are left alone on the router.
  package var letGo: Set<String> = []
  /// Openings in the router's IPv6 firewall, by mapping.
  package var pinholes: [String: PinholeRecord] = [:]
  /// What a router granted that cannot be asked what it holds.
  package var grants: GrantMemory?

  package init() {}
}

/// One opening in a router's IPv6 firewall, so that it can be renewed and closed.
package struct PinholeRecord: Codable, Sendable, Hashable {
  package var id: UInt16
  /// The address that it leads to.
  package var client: String
  package var port: UInt16
}

/// Where home records are kept, by the name of the zone.
package struct HomeRecords: Sendable {
  package var all: @Sendable () async throws -> [String: HomeRecord]
  package var save: @Sendable (String, HomeRecord) async throws -> Void
  package var remove: @Sendable (String) async throws -> Void

  package init(
    all: @escaping @Sendable () async throws -> [String: HomeRecord],
    save: @escaping @Sendable (String, HomeRecord) async throws -> Void,
    remove: @escaping @Sendable (String) async throws -> Void
  ) {
    (self.all, self.save, self.remove) = (all, save, remove)
  }

  /// Remembers nothing between runs.
  package static let none = HomeRecords(all: { [:] }, save: { _, _ in }, remove: { _ in })
}

import RhizomeModel

/// Openings in the router's IPv6 firewall, and what is known of them.
struct PinholeKeeper: Sendable {
  /// In words, for the status of a mapping.
  func fact(_ address: Address) -> String? { nil }

  /// In words, for the status of the home.
  var homeFact: String? { nil }
}

extension HomeRouter {
  func tendPinholes() async -> Duration? { nil }
  func closePinhole(_ address: Address) async {}
}

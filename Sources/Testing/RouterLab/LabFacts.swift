/// What is where in a laboratory, as `lab info --json` tells it. IPv6 texts are empty in homes without IPv6.
package struct LabFacts: Sendable, Decodable {
  /// The outside that all homes share.
  package struct Internet: Sendable, Hashable, Decodable {
    package let namespace: String
    package let address: String
    package let address6: String
    /// STUN servers, as `ADDRESS:PORT`: two, because one may lie.
    package let stun: [String]
    package let stun6: String
  }

  package struct Home: Sendable, Hashable, Decodable {
    package let name: String
    /// What the internet sees of the home, which its router does not know behind somebody else's NAT.
    package let publicAddress: String
    package let prefix6: String
    /// Where the box above the router stands; empty when there is none.
    package let carrierNamespace: String
    package let router: Router
    package let machines: [Machine]
  }

  package struct Router: Sendable, Hashable, Decodable {
    package let namespace: String
    /// What the router takes for its public address.
    package let wanAddress: String
    package let lanAddress: String
    package let lanAddress6: String
    package let descriptionURL: String
    /// The file that miniupnpd writes to.
    package let log: String
  }

  package struct Machine: Sendable, Hashable, Decodable {
    package let name: String
    package let namespace: String
    package let address: String
    package let address6: String
  }

  package let name: String
  package let internet: Internet
  package let homes: [Home]
}

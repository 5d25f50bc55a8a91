/// What was learned about a router when it was found. Texts are the router's own, made printable and cut to 80
/// characters; empty when it does not say.
package struct GatewayIdentity: Hashable, Sendable {
  /// Where the router describes itself; asking there first skips the search next time. Empty for methods without one.
  package let descriptionURL: String
  /// This machine's address on the home's network, as the router sees it.
  package let localAddress: IPv4Address
  /// True when the router says that its internet connection is up.
  package let isConnected: Bool
  /// The name a person may have given it.
  package var friendlyName = ""
  package var manufacturer = ""
  /// Model name and number.
  package var model = ""
  package var serial = ""
  /// The unique device name of UPnP, such as `uuid:…`: the same after a restart.
  package var udn = ""
  /// The version of the Internet Gateway Device standard it follows: "1" or "2".
  package var igdVersion = ""

  package init(descriptionURL: String, localAddress: IPv4Address, isConnected: Bool) {
    self.descriptionURL = descriptionURL
    self.localAddress = localAddress
    self.isConnected = isConnected
  }

  /// The router's address on the home's network, from its description URL; nil for methods without one.
  package var routerAddress: IPv4Address? {
    if case .v4(let address)? = WebAddress(descriptionURL)?.endpoint.host { address } else { nil }
  }
}

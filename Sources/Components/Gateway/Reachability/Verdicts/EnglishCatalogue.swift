import UPnP

/// All sentences of verdicts, in English. Written for a tired volunteer: what happened, what it means for the members,
/// what to do next.
struct EnglishCatalogue {
  /// What a verdict is about.
  enum Subject {
    case port(PublicPort)
    case home(String)
  }

  let subject: Subject
  /// The router's address on the home's network, when known.
  let gateway: IPv4Address?

  /// As the subject of a sentence: `TCP port 443 of home`.
  private var it: String {
    switch subject {
    case .port(let port): "\(port.key.transport.rawValue) port \(port.key.externalPort) of Zone/\(port.zone)"
    case .home(let zone): "Zone/\(zone)"
    }
  }

  private var zone: String {
    switch subject {
    case .port(let port): "Zone/\(port.zone)"
    case .home(let zone): "Zone/\(zone)"
    }
  }

  /// Who is cut off from what.
  private var consequence: String {
    switch subject {
    case .port(let port): "members outside this home cannot use \(port.service)"
    case .home: "members outside this home cannot use what runs here"
    }
  }

  private var port: UInt16? { if case .port(let port) = subject { port.key.externalPort } else { nil } }

  /// How to open the router's own page.
  private var routerPage: String {
    gateway.map { "log in to the router at http://\($0)" }
      ?? "log in to the router (its address is often on a label under it)"
  }

  private var askForAddress: String {
    "Ask the provider for a public IPv4 address of your own; many give one for free when asked. If they do not, run the "
      + "public services in another home"
  }
}

// MARK: - What happened, and what it means

extension EnglishCatalogue {
  func sentence(_ finding: Finding) -> String {
    switch finding {
    case .reachable(let prober, let address):
      "\(it) is reachable from the internet: \(prober), in another home, connected to \(address), and the connection "
        + "arrived at this machine."
    case .unreachable(let view, let prober, let address):
      "The router says that it forwards \(it), but \(saw(view, prober, address)) So \(consequence)."
    case .staticUnreachable(let view, let prober, let address):
      "\(it) shall be forwarded by hand, but \(saw(view, prober, address)) So \(consequence)."
    case .mapped(let unseen, let isPermanent):
      "The router forwards \(it). \(nobodyLooked(unseen))" + (isPermanent ? " \(permanence)" : "")
    case .staticUnseen(let unseen): "A person forwards \(it) by hand. \(nobodyLooked(unseen))"
    case .notListening: notListening
    case .homeVerified, .homeUnverified, .notAskedYet, .disagreement: ofHome(finding)
    default: ofRouter(finding)
    }
  }

  private func saw(_ view: PortView, _ prober: String, _ address: IPv4Address) -> String {
    let target = port.map { "\(address) port \($0)" } ?? "\(address)"
    return switch view {
    case .arrived: "\(prober), in another home, connected to \(target)."
    case .answeredElsewhere:
      "when \(prober), in another home, connected to \(target), something answered that is not this machine, such as "
        + "the router's own page."
    case .refused: "\(prober), in another home, was turned away at \(target)."
    case .timedOut: "\(prober), in another home, got no answer from \(target)."
    case .noWay: "\(prober), in another home, found no way to \(target)."
    }
  }

  private func nobodyLooked(_ unseen: Finding.Unseen) -> String {
    switch unseen {
    case .notYet: "Nobody has looked yet whether members outside can reach it."
    case .noProber:
      "Whether members outside can reach it is not known: no node in another home is there to look."
    case .udp:
      "Whether members outside can reach it cannot be checked: over UDP, silence says nothing about a port."
    case .noAnswer(let probers):
      "Whether members outside can reach it is not known: \(list(probers)) did not answer when asked to look."
    case .inside(let prober, let address):
      "Whether members outside can reach it is not known: \(prober) sees this home as \(address), which is no address "
        + "on the internet, so it does not look from outside."
    }
  }

  private var permanence: String {
    "This router keeps what it forwards without an end; Rhizome removes it when it is no longer wanted, but cannot when "
      + "this machine breaks."
  }

  private var notListening: String {
    guard case .port(let port) = subject else { return "Nothing on this machine listens." }
    return "\(it) leads to this machine, but nothing here listens on port \(port.internalPort), so nobody can use "
      + "\(port.service)."
  }

  private func ofHome(_ finding: Finding) -> String {
    switch finding {
    case .homeVerified(let address):
      "\(zone) is reachable from the internet" + (address.map { " under \($0)" } ?? "")
        + ": a node in another home connected to a port of it."
    case .homeUnverified(let address, let wait):
      (address.map { "\(zone) has the public address \($0)." } ?? "The public address of \(zone) is not known.")
        + " " + waiting(wait)
    case .disagreement(let statements):
      "The servers that were asked for the public address of \(zone) contradict each other: "
        + list(statements.map { "\($0.server) says \($0.address)" })
        + ". At least one is wrong, so it is not known whether members outside can reach \(it)."
    default: notAskedYet
    }
  }

  /// What is waited for, so that nobody takes a minute's wait for a fault.
  private func waiting(_ wait: HomeWait) -> String {
    switch wait {
    case .noPort: "Nothing here is public, so nobody connects from outside."
    case .opening:
      "Its ports are being opened; after that a node in another home is asked to connect to them, within a minute."
    case .look: "A node in another home is asked to connect to its ports, within a minute."
    case .failed: "A node in another home could not connect to any of its ports; each port says why."
    case .unseen(let unseen): nobodyLooked(unseen)
    }
  }

  private var notAskedYet: String {
    switch subject {
    case .port: "The router of \(zone) has not been asked yet, so nothing is known of \(it)."
    case .home: "The router of \(zone) has not been asked yet, so nothing is known of its way to the internet."
    }
  }

  private func ofRouter(_ finding: Finding) -> String {
    switch finding {
    case .conflict(let holder): "\(it) is taken on the router: \(held(by: holder)). So \(consequence)."
    case .refused(let code): refused(code)
    case .otherPort(let other):
      "The router would not forward \(it) and offered port \(other) instead. Members look for the service on its "
        + "declared port, so this was not kept, and \(consequence)."
    case .noGateway: "This machine knows no router: it has no way to the internet. So \(consequence)."
    case .deadRouter(let router):
      "No router answers" + (router.map { ", neither the search nor at its address \($0)" } ?? " the search")
        + ". So \(consequence)."
    case .upnpDisabled(let router):
      "The router at \(router) works, but it does not let programs ask for ports: UPnP is off, or it has none. So "
        + "\(consequence)."
    case .multicastBlocked(let router):
      "The router at \(router) answers when asked alone, but the search for it (multicast) does not get through; some "
        + "Wi-Fi access points and switches block it. So \(consequence)."
    case .silentRouter:
      "The router of \(zone) no longer answers. What it forwards may still work; it may also be restarting."
    case .routerFailed(let clause): "The router of \(zone) does not do what it is asked: \(clause). So \(consequence)."
    default: ofAddress(finding)
    }
  }

  private func held(by holder: RouterSays.Holder) -> String {
    switch holder {
    case .device(let address, let label):
      "the device \(address) of this home has it" + (label.isEmpty ? "" : ", under the name '\(label)'")
    case .otherNode(let address): "another node of this rhizome, \(address), has it"
    case .otherCluster(let id): "another rhizome (\(id)) has it"
    case .router: "the router itself uses it, or a rule made by hand on it does"
    case .undisclosed: "another device of this home has it, and the router does not say which"
    }
  }

  private func refused(_ code: UPnPErrorCode) -> String {
    switch code {
    case .notAuthorized:
      "The router does not allow \(it) to be forwarded (606): its settings keep programs from this port or this "
        + "machine. So \(consequence)."
    case .noPortsAvailable:
      "The router cannot forward \(it): its list of forwarded ports is full (728). So \(consequence)."
    default: "The router refuses to forward \(it): error \(code). So \(consequence)."
    }
  }

  private func ofAddress(_ finding: Finding) -> String {
    switch finding {
    case .carrierNAT(let address):
      "The provider gives \(zone) no public address: the router has \(address), from a range that providers share among "
        + "many customers. Nothing that the router forwards is reachable from the internet, so \(consequence)."
    case .doubleNAT(let address):
      "The router of \(zone) stands behind another router: its own address \(address) is a private one. What it forwards "
        + "ends at the other router, so \(consequence)."
    case .carrierAbove(let hop):
      "The provider gives \(zone) no public address: the next box after the router is \(hop), from a range that "
        + "providers share among many customers, and the router cannot forward anything. So \(consequence)."
    case .routerAbove(let hop):
      "The router of \(zone) has no public address, and the next box after it, \(hop), is another router: the home has "
        + "two of them, one behind the other. The inner one cannot forward anything from the internet, so "
        + "\(consequence)."
    case .addressDiffers(let router, let outside):
      "The router says that its address is \(router), but on the internet \(zone) is seen as \(outside). The provider, "
        + "another router or a VPN on this machine translates in between, so \(consequence)."
    default: notAskedYet
    }
  }

  private func list(_ parts: [String]) -> String {
    guard let last = parts.last, parts.count > 1 else { return parts.first ?? "nobody" }
    return parts.dropLast().joined(separator: ", ") + " and " + last
  }
}

// MARK: - What to do next

extension EnglishCatalogue {
  /// Empty when there is nothing to do.
  func advice(_ finding: Finding) -> String {
    switch finding {
    case .reachable, .homeVerified, .notAskedYet: ""
    case .unreachable(let view, _, _): unreachableAdvice(view)
    case .staticUnreachable(let view, _, let address): staticAdvice(view, address)
    case .mapped(let unseen, _), .staticUnseen(let unseen): unseenAdvice(unseen)
    case .notListening: notListeningAdvice
    case .homeUnverified(_, .unseen(let unseen)): unseenAdvice(unseen)
    case .homeUnverified: ""
    case .disagreement:
      "Take the wrong server out of reachability.stun of the Cluster, or declare a third one; the address that the router "
        + "shows on its own page is a good hint. A node in another home that runs the service 'probe' settles it."
    case .conflict(let holder): conflictAdvice(holder)
    case .refused(let code): refusalAdvice(code)
    case .otherPort(let other):
      "Declare public port \(other), or another one, for the service, and tell the members; or free the port on the "
        + "router: \(routerPage)."
    default: routerAdvice(finding)
    }
  }

  private func unreachableAdvice(_ view: PortView) -> String {
    switch view {
    case .answeredElsewhere:
      "Switch off remote administration on the router, which often answers on ports 80 and 443: \(routerPage). Or choose "
        + "another public port."
    case .refused:
      "Look at the firewall of this machine first; then restart the router. Some routers say yes and do nothing until "
        + "they are restarted."
    case .arrived, .timedOut, .noWay:
      "Look at the firewall of this machine first, then restart the router. If that does not help, ask the provider "
        + "whether it blocks incoming connections" + (port.map { " on port \($0)" } ?? "") + "."
    }
  }

  private func staticAdvice(_ view: PortView, _ address: IPv4Address) -> String {
    guard case .port(let port) = subject else { return "" }
    let rule =
      "\(port.key.transport.rawValue) port \(port.key.externalPort) to port \(port.internalPort) of this machine"
    return "\(routerPage.prefix(1).uppercased() + routerPage.dropFirst()), and see that it forwards \(rule), and that "
      + "this machine still has the address named there. See also that the router's own public address is \(address)."
  }

  private func unseenAdvice(_ unseen: Finding.Unseen) -> String {
    switch unseen {
    case .notYet: ""
    case .noProber:
      "Run the builtin service 'probe' on a node in another home, and it looks. Until then, try it with a phone: switch "
        + "Wi-Fi off and open the service."
    case .udp: "Try the service itself from outside, such as with a phone whose Wi-Fi is off."
    case .noAnswer:
      "See whether those nodes run and their service 'probe' is reachable: `rhizome get` on them tells. This is tried "
        + "again by itself."
    case .inside:
      "Declare the public address of that node's home (gateway.publicAddress of its Zone), so that it is asked over the "
        + "internet and not over a VPN or the same network."
    }
  }

  private var notListeningAdvice: String {
    guard case .port(let port) = subject else { return "" }
    return
      "See why it does not run: `rhizome describe Service/\(port.service)` and `rhizome logs \(port.service)`. If it "
      + "runs, see that it listens on port \(port.internalPort) and not on 127.0.0.1 only."
  }

  private func conflictAdvice(_ holder: RouterSays.Holder) -> String {
    let free = "choose another public port for the service"
    return switch holder {
    case .device(let address, _): "Switch the port off on \(address), or \(free)."
    case .otherNode:
      "Give the service one home only (placement), or wait: what an old address of this machine left behind ends with its "
        + "lease."
    case .otherCluster(let id):
      "Agree with its people who uses the port, or \(free). If that was this cluster, before its records were lost: start "
        + "with --cluster-id and its whole id, which begins with \(id), on a data folder that holds nothing but objects and "
        + "the keys."
    case .router: "Free it there: \(routerPage). Or \(free)."
    case .undisclosed: "Look at the list of forwarded ports: \(routerPage). Free it there, or \(free)."
    }
  }

  private func refusalAdvice(_ code: UPnPErrorCode) -> String {
    switch code {
    case .notAuthorized:
      "Allow it in the router's UPnP settings: \(routerPage). Many routers allow ports from 1024 only: then declare such a "
        + "public port, or forward this one by hand and set the gateway's mode to static."
    case .noPortsAvailable:
      "Remove what nobody needs from its list of forwarded ports: \(routerPage)."
    default: "About this error: \(code.advice)."
    }
  }

  private func routerAdvice(_ finding: Finding) -> String {
    switch finding {
    case .noGateway:
      "Plug in the network cable or connect the Wi-Fi; `ip route` must show a line that begins with default."
    case .deadRouter: "See that the router is switched on and this machine is connected to it; then restart the router."
    case .upnpDisabled(let router):
      "Log in to the router at http://\(router) and switch UPnP on (often under Network, NAT or Games). If it has none, "
        + "forward the ports by hand there and set the gateway's mode to static."
    case .multicastBlocked(let router):
      "Set gateway.descriptionURL of \(zone) to the router's description, such as http://\(router):5000/rootDesc.xml "
        + "(`upnpc -l` on a machine with a cable shows it), or connect this machine to the router with a cable."
    case .silentRouter: "Wait two minutes. If it stays silent, restart the router."
    case .routerFailed: "Restart the router; if that does not help, look for an update of its software: \(routerPage)."
    case .carrierNAT, .carrierAbove: askForAddress + "."
    case .doubleNAT, .routerAbove:
      "Make the first router pass everything on (bridge mode, or this router as its exposed host or DMZ), or forward the "
        + "ports by hand on both and set the gateway's mode to static. If there is only one router in the home, the other "
        + "is the provider's: ask them for a public IPv4 address."
    case .addressDiffers:
      "If this machine uses a VPN for everything, let it reach the internet directly. If not: "
        + askForAddress.prefix(1).lowercased() + askForAddress.dropFirst() + "."
    default: ""
    }
  }
}

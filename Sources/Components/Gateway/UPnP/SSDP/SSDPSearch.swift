/// One search for the home's router. Pure: datagrams and time come in, directives go out.
///
/// Everything on the home's network can answer, as often as it likes. So an answer counts only when it describes a device
/// at the address it came from; of one device only a few count; and the number of datagrams that are looked at is
/// bounded. The search ends early when the default gateway has answered.
package struct SSDPSearch: Sendable {
  /// How much to take in.
  package struct Limits: Sendable {
    package var datagrams = 1024
    package var devices = 64
    package var locationsPerDevice = 4
    /// For a better answer, after the gateway has said only that it is some device, or after the first gateway where
    /// the machine does not know its own.
    package var grace = Duration.milliseconds(300)

    package init() {}
  }

  package enum Directive: Sendable, Equatable {
    /// Ask everybody and the default gateways (again).
    case send
    /// Take datagrams until this time.
    case listen(until: Duration)
    case end
  }

  /// A place that describes a device which may forward ports.
  package struct Finding: Sendable, Hashable {
    package let location: String
    package let isGateway: Bool
  }

  private let gateways: Set<IPv4Address>
  private let limits: Limits
  private let end: Duration
  private var sendAt: [Duration]
  private var datagrams = 0
  private var found: [IPv4Address: [Finding]] = [:]
  private var order: [IPv4Address] = []
  private var graceEnd: Duration?
  private var isSatisfied = false

  /// - Parameters:
  ///   - gateways: the default gateways of this machine; none when unknown.
  ///   - patience: how long to wait for them.
  package init(gateways: [IPv4Address], patience: Duration, at now: Duration, limits: Limits = Limits()) {
    self.gateways = Set(gateways)
    self.limits = limits
    end = now + patience
    // Datagrams get lost, most often the first, while the router's address is looked up.
    sendAt = [now, now + min(patience / 8, .milliseconds(250)), now + patience / 3]
  }

  /// What to do at `now`.
  package mutating func directive(at now: Duration) -> Directive {
    if isSatisfied || now >= end || datagrams >= limits.datagrams { return .end }
    if let graceEnd, now >= graceEnd { return .end }
    if let next = sendAt.first, next <= now {
      sendAt.removeFirst()
      return .send
    }
    return .listen(until: min(end, graceEnd ?? end, sendAt.first ?? end))
  }

  /// A datagram came.
  package mutating func take(_ datagram: [UInt8], from sender: IPv4Address, at now: Duration) {
    datagrams += 1
    guard let message = SSDPMessage(datagram), message.kind == .answer, message.mayForwardPorts,
      let address = WebAddress(message.location), address.endpoint.host == .v4(sender)
    else { return }
    keep(Finding(location: "\(address)", isGateway: message.isGateway), of: sender)
    guard gateways.isEmpty || gateways.contains(sender) else { return }
    if message.isGateway, !gateways.isEmpty { isSatisfied = true }
    if message.isGateway || !gateways.isEmpty { graceEnd = graceEnd ?? now + limits.grace }
  }

  private mutating func keep(_ finding: Finding, of sender: IPv4Address) {
    if found[sender] == nil {
      guard gateways.contains(sender) || order.count < limits.devices else { return }
      order.append(sender)
    }
    var findings = found[sender] ?? []
    if let index = findings.firstIndex(where: { $0.location == finding.location }) {
      if finding.isGateway { findings[index] = finding }
    } else if findings.count < limits.locationsPerDevice {
      findings.append(finding)
    }
    found[sender] = findings
  }

  /// Where devices that may be the home's router describe themselves: those of the default gateways where they are
  /// known, else of everybody; declared gateways first. No more than eight.
  package var candidates: [String] {
    let senders = gateways.isEmpty ? order : order.filter { gateways.contains($0) }
    let findings = senders.flatMap { found[$0] ?? [] }
    return Array((findings.filter(\.isGateway) + findings.filter { !$0.isGateway }).map(\.location).prefix(8))
  }

  /// A gateway that answered without being a default gateway of this machine.
  package var stranger: String? {
    order.filter { !gateways.contains($0) }.flatMap { found[$0] ?? [] }.first(where: \.isGateway)?.location
  }
}

/// One datagram of the Simple Service Discovery Protocol (UPnP Device Architecture 1.1, section 1): an answer to a
/// search, or an announcement. Pure, and bounded: whatever is too long is no message.
package struct SSDPMessage: Hashable, Sendable {
  /// Longer datagrams are cut by the receiver and refused here; real ones have less than 600 bytes.
  package static let longest = 2048
  private static let mostHeaders = 32

  package enum Kind: Hashable, Sendable {
    /// A device answers a search.
    case answer
    /// A device is there (`ssdp:alive`), has changed (`ssdp:update`), or leaves (`ssdp:byebye`).
    case alive
    case update
    case byebye
  }

  package let kind: Kind
  /// What answers: ST of an answer, NT of an announcement.
  package let target: String
  /// The unique service name, which begins with the device's own.
  package let usn: String
  /// Where the device describes itself; empty when it leaves.
  package let location: String
  /// Counts the device's restarts (`BOOTID.UPNP.ORG`, since version 1.1).
  package let bootID: UInt32?

  /// Reads a datagram; nil when it is not one of the kinds above, or has no target.
  package init?(_ datagram: [UInt8]) {
    guard datagram.count <= Self.longest, let header = Self.header(datagram),
      let kind = Self.kind(header.first, header.fields["nts"]),
      let target = header.fields[kind == .answer ? "st" : "nt"]
    else { return nil }
    self.kind = kind
    self.target = target
    usn = header.fields["usn"] ?? ""
    location = header.fields["location"] ?? ""
    bootID = header.fields["bootid.upnp.org"].flatMap { UInt32($0) }
    guard kind == .byebye || !location.isEmpty else { return nil }
  }

  /// The device's own name: USN up to the two colons.
  package var udn: String {
    UPnPError.printable(usn.firstRange(of: "::").map { String(usn[..<$0.lowerBound]) } ?? usn)
  }

  private static func kind(_ first: String, _ nts: String?) -> Kind? {
    if first.hasPrefix("HTTP/1.") {
      let words = first.split(separator: " ", maxSplits: 2)
      return words.count >= 2 && words[1] == "200" ? .answer : nil
    }
    guard first.hasPrefix("NOTIFY * HTTP/1.") else { return nil }
    switch nts?.lowercased() {
    case "ssdp:alive": return .alive
    case "ssdp:update": return .update
    case "ssdp:byebye": return .byebye
    default: return nil
    }
  }

  /// The first line, and the fields by lower-case name; of a repeated field the first. Nil with too many fields or
  /// bytes that are not plain text.
  private static func header(_ datagram: [UInt8]) -> (first: String, fields: [String: String])? {
    var lines = datagram.split(whereSeparator: { $0 == 10 || $0 == 13 })
    guard datagram.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 9 || $0 == 10 || $0 == 13 }), !lines.isEmpty,
      lines.count <= mostHeaders + 1
    else { return nil }
    let first = String(decoding: lines.removeFirst(), as: UTF8.self)
    let pairs = lines.compactMap { line -> (String, String)? in
      let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { return nil }
      let (name, value) = (String(decoding: parts[0], as: UTF8.self), String(decoding: parts[1], as: UTF8.self))
      return (name.lowercased(), XMLText.trimmed(value))
    }
    return (first, Dictionary(pairs) { first, _ in first })
  }
}

extension SSDPMessage {
  /// What to search for: both versions of the gateway, the services for routers that answer for those only, and any
  /// device at all for routers that answer nothing else.
  static let searchTargets = [
    "urn:schemas-upnp-org:device:InternetGatewayDevice:2", "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    "urn:schemas-upnp-org:service:WANIPConnection:2", "urn:schemas-upnp-org:service:WANIPConnection:1",
    "urn:schemas-upnp-org:service:WANPPPConnection:1", "upnp:rootdevice",
  ]

  /// A question for `target`.
  ///
  /// - Parameter isMulticast: a question to all says how many seconds devices may take; one to a single device does not
  ///   (section 1.3.2).
  static func search(_ target: String, host: String, isMulticast: Bool) -> [UInt8] {
    var lines = ["M-SEARCH * HTTP/1.1", "HOST: \(host):1900", "MAN: \"ssdp:discover\"", "ST: \(target)"]
    if isMulticast { lines.append("MX: 1") }
    lines.append("USER-AGENT: rhizome UPnP/1.1")
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }

  /// True when what it is about may forward ports.
  var mayForwardPorts: Bool { isGateway || target == "upnp:rootdevice" }

  /// True when what it is about does forward ports.
  var isGateway: Bool {
    ["InternetGatewayDevice:", "WANIPConnection:", "WANPPPConnection:"].contains { target.contains($0) }
  }
}

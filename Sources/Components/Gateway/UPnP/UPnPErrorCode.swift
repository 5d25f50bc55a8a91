/// A refusal as a router sends it: a number from the UPnP device and IGD specifications.
///
/// Our own table, because libminiupnpc's stops at 727 and names without saying what to do.
package struct UPnPErrorCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  package let rawValue: Int

  package init(rawValue: Int) {
    self.rawValue = rawValue
  }

  package static let invalidAction = Self(rawValue: 401)
  package static let invalidArguments = Self(rawValue: 402)
  package static let actionFailed = Self(rawValue: 501)
  package static let notAuthorized = Self(rawValue: 606)
  package static let noSuchPinhole = Self(rawValue: 704)
  package static let noPacketSent = Self(rawValue: 709)
  package static let endOfList = Self(rawValue: 713)
  package static let noSuchEntry = Self(rawValue: 714)
  package static let conflict = Self(rawValue: 718)
  package static let samePortRequired = Self(rawValue: 724)
  package static let onlyPermanentLeases = Self(rawValue: 725)
  package static let noPortsAvailable = Self(rawValue: 728)
  package static let conflictWithOtherMechanism = Self(rawValue: 729)

  /// The name the specifications give it; nil for numbers they do not define (800 to 899 are the vendor's own).
  package var name: String? { Self.table[rawValue]?.name }

  /// What a person can do about it, as a sentence without a full stop.
  package var advice: String {
    Self.table[rawValue]?.advice ?? "look it up in the router's own documentation; the standard does not define it"
  }

  package var description: String {
    name.map { "\(rawValue) \($0)" } ?? "\(rawValue)"
  }

  private static let table: [Int: (name: String, advice: String)] = [
    401: ("InvalidAction", "this router lacks the action; it may need a firmware update"),
    402: ("InvalidArgs", "the router dislikes a value, often the lease; try a permanent lease or another port"),
    501: ("ActionFailed", "the router gives no reason; often it has no public address itself, or needs a restart"),
    606: ("ActionNotAuthorized", "allow this port and this machine in the router's UPnP settings, or use another port"),
    701: ("PinholeSpaceExhausted", "the router's IPv6 firewall table is full; remove openings nobody needs"),
    702: ("FirewallDisabled", "the router does not filter IPv6, so nothing has to be opened"),
    703: ("InboundPinholeNotAllowed", "allow IPv6 pinholes in the router's settings"),
    704: ("NoSuchPinhole", "the opening is gone; it can be made again"),
    705: ("ProtocolNotSupported", "the router cannot open this transport"),
    706: ("InternalPortWildcardingNotAllowed", "name one internal port"),
    707: ("ProtocolWildcardingNotAllowed", "name one transport"),
    708: ("InvalidLayer2Address", "ask from the machine that the opening is for"),
    709: ("NoPacketSent", "nothing has used the opening yet"),
    713: ("SpecifiedArrayIndexInvalid", "this is the normal end of the router's list"),
    714: ("NoSuchEntryInArray", "the router has no such mapping"),
    715: (
      "WildCardNotPermittedInSrcIP", "this router forwards only for one named sender, so it cannot publish a service"
    ),
    716: ("WildCardNotPermittedInExtPort", "name one external port"),
    718: ("ConflictInMappingEntry", "another device holds this port; free it there or choose another port"),
    724: ("SamePortValuesRequired", "let the service listen on the same number as its public port"),
    725: ("OnlyPermanentLeasesSupported", "ask for a permanent mapping and remove it when it is no longer wanted"),
    726: ("RemoteHostOnlySupportsWildcard", "leave the sender open"),
    727: ("ExternalPortOnlySupportsWildcard", "this router forwards all ports or none; forward by hand"),
    728: ("NoPortMapsAvailable", "the router's table is full; remove mappings nobody needs"),
    729: ("ConflictWithOtherMechanisms", "the router itself or a rule made by hand holds this port; free it there"),
    730: ("PortMappingNotFound", "the router has no mapping in this range"),
    732: ("WildCardNotPermittedInIntPort", "name one internal port"),
    733: ("InconsistentParameters", "the first port of a range must not be above the last"),
  ]
}

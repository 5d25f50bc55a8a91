import Foundation
import Testing
import UPnP

@testable import Reachability

/// One situation of a public port, with the golden file that tells it.
struct Situation: Sendable, CustomTestStringConvertible {
  let name: String
  let word: Verdict.Word
  let facts: PortFacts
  var testDescription: String { name }

  init(_ name: String, _ word: Verdict.Word, _ change: (inout PortFacts) -> Void = { _ in }) {
    (self.name, self.word, facts) = (name, word, Situation.facts(change))
  }

  static let home = IPv4Address(rawValue: 0x0B00_0002)
  static let gateway = IPv4Address(rawValue: 0xC0A8_0101)

  /// A port that the router forwards and that is listened on; nobody has looked at it.
  static func facts(_ change: (inout PortFacts) -> Void = { _ in }) -> PortFacts {
    let port = PublicPort(zone: "home", service: "web", key: PortMappingKey(.tcp, 443), internalPort: 8443)
    var facts = PortFacts(port: port, gateway: gateway)
    facts.router = .mapped(address: home, isPermanent: false)
    facts.internet = .address(home)
    facts.prober = .notAsked(.notYet)
    facts.isListening = true
    change(&facts)
    return facts
  }

  static func address(_ text: String) -> IPv4Address { IPv4Address(text) ?? IPv4Address(rawValue: 0) }

  static func seen(_ view: PortView) -> ProberSays { .looked(view, prober: "attic", address: home) }

  static let all = byRouter + byAddress + fromOutside + byHand

  private static let byRouter = [
    Situation("no-route", .noRouter) { $0.router = .notFound(RouterSearch()) },
    Situation("no-router", .noRouter) { $0.router = .notFound(RouterSearch(gateway: gateway, isAlive: false)) },
    Situation("upnp-disabled", .upnpDisabled) {
      $0.router = .notFound(RouterSearch(gateway: gateway, isAlive: true))
    },
    Situation("blocked-multicast", .noRouter) {
      $0.router = .notFound(RouterSearch(gateway: gateway, answersAlone: true, isAlive: true))
    },
    Situation("refused-by-policy-606", .refused) { $0.router = .refused(.notAuthorized) },
    Situation("router-full-728", .refused) { $0.router = .refused(.noPortsAvailable) },
    Situation("refused-otherwise", .refused) { $0.router = .refused(UPnPErrorCode(rawValue: 715)) },
    Situation("refused-by-vendor", .refused) { $0.router = .refused(UPnPErrorCode(rawValue: 801)) },
    Situation("other-port-granted", .refused) { $0.router = .otherPort(1443) },
    Situation("conflict-device", .conflicting) {
      $0.router = .conflict(.device(address: "192.168.1.30", label: "PlayBox"))
    },
    Situation("conflict-other-node", .conflicting) { $0.router = .conflict(.otherNode(address: "192.168.1.21")) },
    Situation("conflict-other-rhizome", .conflicting) { $0.router = .conflict(.otherCluster(id: "3fa9c2d1")) },
    Situation("conflict-router-729", .conflicting) { $0.router = .refused(.conflictWithOtherMechanism) },
    Situation("conflict-undisclosed", .conflicting) { $0.router = .refused(.conflict) },
    Situation("silent-router", .unknown) { $0.router = .silent },
    Situation("failed-router", .unknown) { $0.router = .failed("it says yes, and its list does not have the port") },
    Situation("not-asked-yet", .unknown) { $0.router = .notYet },
  ]

  private static let byAddress = [
    Situation("carrier-nat", .carrierNAT) {
      $0.router = .mapped(address: address("100.64.3.7"), isPermanent: false)
    },
    Situation("double-nat", .doubleNAT) {
      $0.router = .mapped(address: address("192.168.0.2"), isPermanent: false)
    },
    Situation("carrier-nat-501", .carrierNAT) {
      ($0.router, $0.secondHop) = (.refused(.actionFailed), address("100.64.3.1"))
    },
    Situation("carrier-nat-728", .carrierNAT) {
      ($0.router, $0.secondHop) = (.refused(.noPortsAvailable), address("100.64.3.1"))
      $0.port = PublicPort(zone: "far", service: "web", key: PortMappingKey(.tcp, 443), internalPort: 8443)
    },
    Situation("double-nat-501", .doubleNAT) {
      ($0.router, $0.secondHop) = (.refused(.actionFailed), address("10.0.3.1"))
    },
    Situation("refused-501", .refused) { ($0.router, $0.secondHop) = (.refused(.actionFailed), address("11.5.5.5")) },
    Situation("address-differs", .carrierNAT) { $0.internet = .address(address("11.9.9.9")) },
    Situation("stun-servers-disagree", .unknown) {
      $0.internet = InternetSays(
        [
          .init(server: "stun.one.example:3478", address: home),
          .init(server: "stun.two.example:3478", address: address("11.9.9.9")),
        ],
        silent: []
      )
    },
    Situation("mapped-unverified-no-prober", .mapped) { $0.prober = .notAsked(.noProber) },
    Situation("mapped-unverified-not-yet", .mapped) { _ in },
    Situation("mapped-no-prober-answered", .mapped) { $0.prober = .noAnswer(["cellar", "attic"]) },
    Situation("mapped-seen-from-inside", .mapped) { $0.prober = .inside(prober: "attic", address: "10.8.0.3") },
    Situation("udp-cannot-be-checked", .mapped) {
      $0.port = PublicPort(zone: "home", service: "calls", key: PortMappingKey(.udp, 3478), internalPort: 3478)
      $0.prober = .noAnswer(["attic"])
    },
    Situation("permanent-only-lease", .mapped) {
      $0.router = .mapped(address: home, isPermanent: true)
      $0.prober = .notAsked(.noProber)
    },
    Situation("not-listening", .notListening) { $0.isListening = false },
  ]

  private static let fromOutside = [
    Situation("reachable", .reachable) { $0.prober = seen(.arrived) },
    Situation("mapped-but-unreachable", .unreachable) { $0.prober = seen(.timedOut) },
    Situation("mapped-but-refused", .unreachable) { $0.prober = seen(.refused) },
    Situation("mapped-but-answered-elsewhere", .unreachable) { $0.prober = seen(.answeredElsewhere) },
    Situation("mapped-but-no-way", .unreachable) { $0.prober = seen(.noWay) },
  ]

  private static let byHand = [
    Situation("static-unverified", .unknown) {
      ($0.isStatic, $0.router, $0.prober) = (true, .notYet, .notAsked(.noProber))
    },
    Situation("static-verified", .reachable) { ($0.isStatic, $0.router, $0.prober) = (true, .notYet, seen(.arrived)) },
    Situation("static-wrong", .unreachable) { ($0.isStatic, $0.router, $0.prober) = (true, .notYet, seen(.timedOut)) },
    Situation("static-not-listening", .notListening) {
      ($0.isStatic, $0.router, $0.prober, $0.isListening) = (true, .notYet, seen(.refused), false)
    },
  ]
}

@Suite("Verdicts")
struct VerdictTests {
  @Test(arguments: Situation.all)
  func haveTheirOwnSentence(_ situation: Situation) throws {
    let verdict = Verdict(situation.facts)
    #expect(verdict.word == situation.word)
    try expectGolden(verdict, "\(situation.name).txt")
  }

  @Test func eachSituationHasAFileOfItsOwn() {
    #expect(Set(Situation.all.map(\.name)).count == Situation.all.count)
    // What a person forwarded is told like what the router forwards, once it is seen.
    let alike: Set<String> = ["static-verified", "static-not-listening"]
    let sentences = Situation.all.filter { !alike.contains($0.name) }.map { Verdict($0.facts).sentence }
    #expect(Set(sentences).count == sentences.count)
    // Every word is told by some situation.
    #expect(Set(Situation.all.map(\.word)) == Set(Verdict.Word.allCases))
  }

  /// Only a view from outside makes a port reachable, whatever else is known.
  @Test func nothingSeenFromInsideMakesAPortReachable() {
    for situation in Situation.all {
      var facts = situation.facts
      for prober in [
        ProberSays.notAsked(.notYet), .notAsked(.noProber), .noAnswer([]), .inside(prober: "a", address: "b"),
      ] {
        facts.prober = prober
        #expect(Verdict(facts).word != .reachable, "\(situation.name)")
      }
      facts.prober = Situation.seen(.arrived)
      #expect(Verdict(facts).word == .reachable, "\(situation.name)")
    }
  }

  @Test func sentencesAreWholeAndAdviceIsGiven() {
    for situation in Situation.all {
      let verdict = Verdict(situation.facts)
      #expect(verdict.sentence.hasSuffix(".") && verdict.sentence.first?.isUppercase == true)
      #expect(verdict.advice.isEmpty || verdict.advice.hasSuffix("."))
      let needsNone: Set<String> = [
        "reachable", "static-verified", "not-asked-yet", "mapped-unverified-not-yet",
      ]
      #expect(verdict.advice.isEmpty == needsNone.contains(situation.name), "\(situation.name)")
    }
  }

  @Test func providersShareOneRangeOnly() throws {
    for (text, isShared) in [
      ("100.63.255.255", false), ("100.64.0.0", true), ("100.127.255.255", true), ("100.128.0.0", false),
    ] {
      #expect(try #require(IPv4Address(text)).isSharedByProvider == isShared)
    }
  }
}

@Suite("Verdicts on homes")
struct HomeVerdictTests {
  private static let home = Situation.home

  static let all: [(String, Verdict.Word, HomeFacts)] = [
    ("home-reachable", .reachable, facts { $0.ports = [.reachable: 2, .unreachable: 1] }),
    ("home-unverified", .unknown, facts { _ in }),
    ("home-without-ports", .unknown, facts { $0.wait = .noPort }),
    ("home-opening", .unknown, facts { $0.wait = .opening }),
    ("home-not-reached", .unknown, facts { $0.wait = .failed }),
    ("home-nobody-looks", .unknown, facts { $0.wait = .unseen(.noProber) }),
    ("home-unknown", .unknown, HomeFacts(zone: "home")),
    ("home-static-unverified", .unknown, HomeFacts(zone: "home", isStatic: true, internet: .address(home))),
    (
      "home-carrier-nat", .carrierNAT,
      facts { $0.router = .mapped(address: Situation.address("100.64.3.7"), isPermanent: false) }
    ),
    (
      "home-double-nat", .doubleNAT,
      facts { $0.router = .mapped(address: Situation.address("10.0.0.2"), isPermanent: false) }
    ),
    ("home-address-differs", .carrierNAT, facts { $0.seenByPeer = Situation.address("11.9.9.9") }),
    (
      "home-upnp-disabled", .upnpDisabled,
      facts { $0.router = .notFound(RouterSearch(gateway: Situation.gateway, isAlive: true)) }
    ),
    (
      "home-stun-servers-disagree", .unknown,
      facts {
        $0.internet = InternetSays(
          [.init(server: "a:3478", address: home), .init(server: "b:3478", address: Situation.gateway)],
          silent: []
        )
      }
    ),
  ]

  private static func facts(_ change: (inout HomeFacts) -> Void) -> HomeFacts {
    var facts = HomeFacts(zone: "home", internet: .address(home), gateway: Situation.gateway)
    facts.router = .mapped(address: home, isPermanent: false)
    change(&facts)
    return facts
  }

  @Test(arguments: all.map(\.0))
  func haveTheirOwnSentence(_ name: String) throws {
    let (_, word, facts) = try #require(Self.all.first { $0.0 == name })
    let verdict = Verdict(facts)
    #expect(verdict.word == word)
    try expectGolden(verdict, "\(name).txt")
  }
}

@Suite("What a home waits for")
struct HomeWaitTests {
  private func port(_ router: RouterSays, _ prober: ProberSays, _ transport: TransportProtocol = .tcp) -> PortFacts {
    let port = PublicPort(zone: "home", service: "web", key: PortMappingKey(transport, 443), internalPort: 8443)
    return PortFacts(port: port, router: router, prober: prober)
  }

  private let open = RouterSays.mapped(address: nil, isPermanent: false)
  private let missed = ProberSays.looked(.timedOut, prober: "attic", address: Situation.home)

  @Test func isNamed() {
    #expect(HomeWait([], hasProbers: true) == .noPort)
    let (opening, looking) = (port(.notYet, .notAsked(.notYet)), port(open, .notAsked(.notYet)))
    #expect(HomeWait([looking, opening], hasProbers: true) == .opening)
    #expect(HomeWait([looking], hasProbers: true) == .look)
    #expect(HomeWait([looking], hasProbers: false) == .unseen(.noProber))
    #expect(HomeWait([port(open, .notAsked(.udp), .udp)], hasProbers: true) == .unseen(.udp))
    #expect(HomeWait([port(open, .noAnswer(["b", "a"]))], hasProbers: true) == .unseen(.noAnswer(["a", "b"])))
    #expect(HomeWait([port(open, missed), looking], hasProbers: true) == .look)
    #expect(HomeWait([port(open, missed)], hasProbers: true) == .failed)
  }
}

/// Compares with `Golden/NAME`; RECORD_SNAPSHOTS=1 writes the file anew.
private func expectGolden(_ verdict: Verdict, _ name: String) throws {
  let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
  let text = "word: \(verdict.word.rawValue)\nsentence: \(verdict.sentence)\nadvice: \(verdict.advice)\n"
  if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
    try text.write(to: url, atomically: true, encoding: .utf8)
  }
  #expect(
    try String(contentsOf: url, encoding: .utf8) == text,
    "differs from \(name); RECORD_SNAPSHOTS=1 writes it anew"
  )
}

@Suite("What servers on the internet say")
struct InternetSaysTests {
  private let one = Situation.address("11.0.0.1")
  private let two = Situation.address("11.0.0.2")

  @Test func agreementDisagreementAndSilence() {
    #expect(InternetSays([], silent: []) == .notAsked)
    #expect(InternetSays([], silent: ["b", "a"]) == .silent(["a", "b"]))
    #expect(InternetSays([.init(server: "a", address: one)], silent: ["b"]) == .address(one))
    #expect(
      InternetSays([.init(server: "b", address: one), .init(server: "a", address: one)], silent: []) == .address(one)
    )
    let lie = InternetSays([.init(server: "b", address: two), .init(server: "a", address: one)], silent: [])
    #expect(lie == .disagreement([.init(server: "a", address: one), .init(server: "b", address: two)]))
    #expect(lie.agreed == nil)
  }
}

import OpenSSL
import Reachability
import RhizomeDriver
import RhizomeModel
import STUN
import Testing
import UPnP

@testable import OutsideView

/// Two homes with a node each; `web` is public in `plant`, and both run the probe.
enum Homes {
  static let keys = (plant: SigningKey.generate(), hill: SigningKey.generate())
  static let web = Address(.portMapping, "plant.tcp-443")
  static let address = IPv4Address(rawValue: 0x0B00_0002)

  static func desired(stun: [String] = [], mode: String = "upnp") -> DesiredState {
    DesiredState(
      clusterName: "garden",
      source: "test",
      resources: [
        Resource(
          Address(.cluster, "garden"),
          attributes: ["reachability": ["stun": .list(stun.map { .string($0) }), "interval": .integer(60_000)]]
        ),
        zone("plant", mode, nil), zone("hill", "upnp", "11.0.0.9"),
        node("cellar", "plant", keys.plant), node("attic", "hill", keys.hill),
        mapping("plant", 443, "web"), mapping("plant", 3910, "probe"), mapping("hill", 3910, "probe"),
        Resource(
          Address(.service, "probe"),
          attributes: [
            "run": ["builtin": "probe"],
            "ports": ["probe": ["port": .integer(3910), "public": ["port": .integer(3910)]]],
          ]
        ),
      ]
    )
  }

  private static func zone(_ name: String, _ mode: String, _ address: String?) -> Resource {
    var gateway: [String: Value] = ["mode": .string(mode)]
    if let address { gateway["publicAddress"] = .string(address) }
    return Resource(Address(.zone, name), attributes: ["gateway": .map(gateway)])
  }

  private static func node(_ name: String, _ zone: String, _ key: SigningKey) -> Resource {
    Resource(Address(.node, name), attributes: ["zone": .string(zone), "key": .string(key.verifyingKey.text)])
  }

  private static func mapping(_ zone: String, _ port: Int64, _ service: String) -> Resource {
    Resource(
      Address(.portMapping, "\(zone).tcp-\(port)"),
      attributes: [
        "zone": .string(zone), "protocol": "tcp", "externalPort": .integer(port), "internalPort": .integer(port),
        "internalAddress": "192.168.1.20", "service": .string(service),
      ]
    )
  }

  static func board(isListening: Bool? = true) -> VerdictBoard {
    let board = VerdictBoard(
      now: { Timestamp(milliseconds: 0) },
      listening: { ports in
        isListening.map { value in Dictionary(ports.map { ($0, value) }, uniquingKeysWith: { $1 }) } ?? [:]
      }
    )
    board.post(Neighbourhood(desired(), node: "cellar"))
    return board
  }

  static func look(_ board: VerdictBoard, _ says: ProberSays, internet: InternetSays = .notAsked) {
    board.note(internet: internet, views: [web: says], seenByPeer: nil, wayOut: nil)
  }
}

@Suite("Who can look at whom")
struct NeighbourhoodTests {
  @Test func followsFromTheManifests() throws {
    let mine = try #require(Neighbourhood(Homes.desired(stun: ["stun.one.example", "11.0.0.5:443"]), node: "cellar"))
    #expect(mine.zone == "plant" && mine.cluster == "garden" && mine.interval == .seconds(60))
    #expect(mine.stun.map(\.description) == ["stun.one.example:3478", "11.0.0.5:443"])
    #expect(mine.ports.keys.sorted() == [Address(.portMapping, "plant.tcp-3910"), Homes.web])
    #expect(mine.declared == ["plant": [443, 3910], "hill": [3910]])
    #expect(mine.probers.map(\.peer.node) == ["attic"])
    #expect(mine.probers.first?.host == "11.0.0.9" && mine.probers.first?.port == 3910)
    let theirs = try #require(Neighbourhood(Homes.desired(), node: "attic"))
    #expect(theirs.probers.map(\.peer.node) == ["cellar"])
    #expect(theirs.probers.first?.host == nil, "that home's address is not declared")
    #expect(Neighbourhood(Homes.desired(), node: "nobody") == nil)
    #expect(Neighbourhood(Homes.desired(), node: nil) == nil, "two nodes, and nobody said which")
  }
}

@Suite("The board of verdicts")
struct VerdictBoardTests {
  private let mapped = RouterSays.mapped(address: Homes.address, isPermanent: false)

  @Test func verdictsFollowWhatIsSaid() {
    let board = Homes.board()
    #expect(board.verdict(Homes.web)?.word == .unknown)
    board.note(Homes.web, mapped)
    board.refresh()
    #expect(board.verdict(Homes.web)?.word == .mapped)
    Homes.look(board, .looked(.arrived, prober: "attic", address: Homes.address))
    #expect(board.verdict(Homes.web)?.word == .reachable)
    #expect(board.verdict(Address(.zone, "plant"))?.word == .reachable)
    Homes.look(board, .looked(.timedOut, prober: "attic", address: Homes.address))
    #expect(board.verdict(Homes.web)?.word == .unreachable)
    board.note(Homes.web, .refused(.notAuthorized))
    board.refresh()
    #expect(board.verdict(Homes.web)?.word == .refused)
    let facts = board.facts(Homes.web)
    #expect(facts["verdict"] == "refused" && facts["advice"]?.text?.isEmpty == false)
  }

  @Test func changesAreToldOnce() async {
    let board = Homes.board()
    board.note(Homes.web, mapped)
    board.refresh()
    board.note(Homes.web, mapped)
    board.refresh()
    board.refresh()
    Homes.look(board, .looked(.timedOut, prober: "attic", address: Homes.address))
    Homes.look(board, .looked(.timedOut, prober: "attic", address: Homes.address))
    var told: [String] = []
    for await notice in board.notices where notice.address == Homes.web {
      told.append(notice.reason)
      if notice.reason == "Unreachable" {
        #expect(notice.level == .warning)
        break
      }
    }
    #expect(told == ["Unknown", "Mapped", "Unreachable"])
  }

  @Test func aRouterThatCannotBeAskedIsJudgedByWhatIsSeenOfIt() {
    let board = Homes.board()
    board.noteNoAnswer([Homes.web], .neverFound)
    board.refresh()
    #expect(board.verdict(Homes.web)?.word == .unknown, "nobody has looked around yet")
    let gateway = IPv4Address(rawValue: 0xC0A8_0101)
    let wayOut = WayOut(search: RouterSearch(gateway: gateway, isAlive: true))
    board.note(internet: .notAsked, views: [:], seenByPeer: nil, wayOut: wayOut)
    #expect(board.verdict(Homes.web)?.word == .upnpDisabled)
    #expect(board.verdict(Address(.zone, "plant"))?.word == .upnpDisabled)
    board.noteNoAnswer([Homes.web], .wasFound)
    board.refresh()
    #expect(board.verdict(Homes.web)?.sentence.contains("no longer answers") == true)
  }

  @Test("a router that nobody has asked yet is neither silent nor missing")
  func notAskedYetIsNoWordAgainstARouter() {
    let board = Homes.board()
    board.noteNoAnswer([Homes.web], .notAskedYet)
    board.note(internet: .notAsked, views: [:], seenByPeer: nil, wayOut: WayOut(search: RouterSearch(gateway: nil)))
    for address in [Homes.web, Address(.zone, "plant")] {
      let verdict = board.verdict(address)
      #expect(verdict?.word == .unknown)
      #expect(verdict?.sentence.contains("has not been asked yet") == true)
      #expect(verdict?.advice == "")
    }
  }

  @Test("a look from outside waits for the ports that are being opened")
  func opensFirst() {
    let board = Homes.board()
    #expect(board.isOpening)
    board.note(Homes.web, mapped)
    #expect(board.isOpening)
    board.note(Address(.portMapping, "plant.tcp-3910"), .refused(.notAuthorized))
    #expect(!board.isOpening)
  }

  @Test("a router that answers is no longer silent, also where it does not forward the port")
  func anAnswerEndsTheSilence() {
    let board = Homes.board()
    board.noteNoAnswer([Homes.web], .wasFound)
    board.noteAnswer(Homes.web)
    board.refresh()
    for address in [Homes.web, Address(.zone, "plant")] {
      #expect(board.verdict(address)?.sentence.contains("no longer answers") == false)
    }
  }

  @Test func aProberThatIsSilentForOnceUndoesNothing() {
    let board = Homes.board()
    board.note(Homes.web, mapped)
    Homes.look(board, .looked(.arrived, prober: "attic", address: Homes.address))
    Homes.look(board, .noAnswer(["attic"]))
    Homes.look(board, .noAnswer(["attic"]))
    #expect(board.verdict(Homes.web)?.word == .reachable)
    Homes.look(board, .noAnswer(["attic"]))
    #expect(board.verdict(Homes.web)?.word == .mapped, "now it is long ago")
  }

  private static let other = IPv4Address(rawValue: 0x0B00_0063)

  @Test func aNewAddressThatTheRouterTellsOfFirstIsNoTranslation() {
    let board = Homes.board()
    board.note(Homes.web, mapped)
    Homes.look(board, .looked(.timedOut, prober: "attic", address: Homes.address), internet: .address(Homes.address))
    #expect(board.verdict(Homes.web)?.word == .unreachable)
    board.note(Homes.web, .mapped(address: Self.other, isPermanent: false))
    board.refresh()
    #expect(board.verdict(Homes.web)?.word == .mapped, "what was seen was the old address")
    #expect(board.verdict(Address(.zone, "plant"))?.word == .unknown)
  }

  @Test func aNewAddressThatOthersSeeFirstIsNoTranslationUntilTheRouterWasHeard() {
    let board = Homes.board()
    board.note(Homes.web, mapped)
    Homes.look(board, .notAsked(.noProber), internet: .address(Homes.address))
    Homes.look(board, .looked(.timedOut, prober: "attic", address: Self.other), internet: .address(Self.other))
    #expect(board.verdict(Homes.web)?.word == .mapped)
    #expect(board.verdict(Address(.zone, "plant"))?.word == .unknown)
    board.note(Homes.web, mapped)
    board.refresh()
    #expect(board.verdict(Homes.web)?.word == .carrierNAT, "the router stands by the old one")
  }

  @Test func aRouterBehindAnotherRefusesBecauseOfThat() {
    let board = Homes.board()
    board.note(
      Address(.portMapping, "plant.tcp-3910"),
      .mapped(address: IPv4Address(rawValue: 0x6440_0002), isPermanent: false)
    )
    board.note(Homes.web, .refused(.noPortsAvailable))
    board.refresh()
    #expect(board.verdict(Homes.web)?.word == .carrierNAT)
    board.note(Homes.web, .refused(.notAuthorized))
    board.refresh()
    #expect(board.verdict(Homes.web)?.word == .refused)
  }

  @Test func failuresOfARouterArePutIntoItsWords() throws {
    let key = PortMappingKey(.tcp, 443)
    let mapping = PortMapping(
      key: key,
      client: "192.168.1.9",
      internalPort: 1,
      label: "rhz-abcdef01-tcp-443",
      remainingLease: 0
    )
    func says(_ code: UPnPError.Code, ours: Bool = false) -> RouterSays? {
      RouterSays(UPnPError(code, "no"), isOurs: { _ in ours })
    }
    #expect(says(.conflict(holder: mapping)) == .conflict(.otherCluster(id: "abcdef01")))
    #expect(says(.conflict(holder: mapping), ours: true) == .conflict(.otherNode(address: "192.168.1.9")))
    #expect(says(.conflict(holder: nil)) == .conflict(.undisclosed))
    #expect(says(.refused(.notAuthorized)) == .refused(.notAuthorized))
    #expect(says(.otherPortGranted(81)) == .otherPort(81))
    #expect(says(.noRouter) == nil && says(.unreachable) == nil)
  }
}

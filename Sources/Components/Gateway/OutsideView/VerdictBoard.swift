package import Reachability
package import RhizomeDriver
package import RhizomeModel
import Synchronization
package import UPnP

/// Brings together what the router, servers on the internet and nodes of other homes say, and has a verdict on each port
/// and on the home. Tells when one changes.
package final class VerdictBoard: Sendable {
  /// A verdict, and since when.
  private struct Ruling: Sendable {
    let verdict: Verdict
    let since: Timestamp
  }

  private struct State: Sendable {
    var neighbourhood: Neighbourhood?
    var router: [Address: RouterSays] = [:]
    /// What the home's router said last of anything.
    var homeRouter: RouterSays = .notYet
    var internet: InternetSays = .notAsked
    var views: [Address: ProberSays] = [:]
    /// How many looks in a row nobody answered.
    var missedLooks = 0
    /// Ports whose router could not be asked before this machine had looked around.
    var unanswered: Set<Address> = []
    var seenByPeer: IPv4Address?
    var wayOut: WayOut?
    var peerAddresses: [String: IPv4Address] = [:]
    var rulings: [Address: Ruling] = [:]

    /// The home got another address, by the word of those outside; its router was not heard since.
    var isOutsideNewer = false

    /// The router's own address on the internet, as last heard with any port.
    var routerAddress: IPv4Address? { if case .mapped(let address, _) = homeRouter { address } else { nil } }

    /// What an answer about one port says of the home: an address counts; conflicts and refusals concern that port.
    mutating func heard(_ says: RouterSays) {
      switch says {
      case .mapped(let address?, _):
        if let routerAddress, routerAddress != address { forgetOutside() }
        isOutsideNewer = false
        homeRouter = says
      case .notFound, .silent: homeRouter = says
      case .mapped(nil, _), .refused(.actionFailed), .refused(.noPortsAvailable):
        if case .mapped(.some, _) = homeRouter { return }
        homeRouter = .mapped(address: nil, isPermanent: false)
      case .conflict, .refused, .otherPort, .failed, .notYet: break
      }
    }

    /// What was seen from outside was another address.
    private mutating func forgetOutside() { (internet, seenByPeer, views) = (.notAsked, nil, [:]) }

    /// The box above the router, where the router was never seen to have an address of its own.
    var hopAboveAddressless: IPv4Address? {
      routerAddress == nil ? wayOut?.secondHop : nil
    }

    /// The address that others see this home under.
    var outside: IPv4Address? {
      if case .address(let address) = internet { seenByPeer ?? address } else { seenByPeer }
    }

    /// What the router said of a port, with the address that it has by now.
    func says(_ address: Address) -> RouterSays {
      guard case .mapped(.some, let isPermanent) = router[address], let routerAddress else {
        return router[address] ?? .notYet
      }
      return .mapped(address: routerAddress, isPermanent: isPermanent)
    }

    /// What a node of another home saw of a port; no bad news while two addresses are about.
    func view(_ address: Address) -> ProberSays {
      let view = views[address] ?? .notAsked(.notYet)
      if isOutsideNewer, case .looked(let seen, _, _) = view, seen != .arrived { return .notAsked(.notYet) }
      return view
    }

    /// - Returns: whether that is news.
    @discardableResult
    mutating func heard(_ address: Address, _ says: RouterSays) -> Bool {
      unanswered.remove(address)
      heard(says)
      if let known = router[address], known.tellsMore(than: says) { return false }
      return router.updateValue(says, forKey: address) != says
    }

    /// It is there after all; what it says of the port itself is told by who asks for it.
    mutating func answered(_ address: Address) {
      unanswered.remove(address)
      if router[address]?.isAbsence == true { router[address] = nil }
      if homeRouter.isAbsence { homeRouter = .notYet }
    }

    /// A prober that is silent for once does not undo what it saw.
    mutating func saw(_ new: [Address: ProberSays]) {
      let isSilent = new.values.contains { if case .noAnswer = $0 { true } else { false } }
      missedLooks = isSilent ? missedLooks + 1 : 0
      guard isSilent, missedLooks < VerdictBoard.missedLookLimit else {
        views = new
        return
      }
      views.merge(new) { old, new in if case .looked = old { old } else { new } }
    }

    mutating func looked(_ wayOut: WayOut) {
      self.wayOut = wayOut
      for (address, says) in router {
        if case .notFound = says { router[address] = .notFound(wayOut.search) }
      }
      for address in unanswered { heard(address, .notFound(wayOut.search)) }
      unanswered = []
      if case .notFound = homeRouter { homeRouter = .notFound(wayOut.search) }
    }
  }

  /// So many looks in a row may fail before the last good one is forgotten.
  private static let missedLookLimit = 3

  private let state = Mutex(State())
  private let now: @Sendable () -> Timestamp
  private let listening: Listening
  /// Changes of verdicts.
  package let notices: AsyncStream<DriverNotice>
  private let notify: AsyncStream<DriverNotice>.Continuation
  /// Something happened that makes a look from outside worth while.
  package let nudges: AsyncStream<Void>
  private let nudging: AsyncStream<Void>.Continuation

  /// Whether something on this machine listens for each of some ports; those that cannot be seen are missing.
  package typealias Listening = @Sendable (Set<PublicPort>) -> [PublicPort: Bool]

  package init(now: @escaping @Sendable () -> Timestamp, listening: @escaping Listening) {
    (self.now, self.listening) = (now, listening)
    (notices, notify) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1024))
    (nudges, nudging) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  package var neighbourhood: Neighbourhood? { state.withLock { $0.neighbourhood } }

  /// This is declared now.
  package func post(_ neighbourhood: Neighbourhood?) {
    let isNew = state.withLock { state in
      guard state.neighbourhood != neighbourhood else { return false }
      state.neighbourhood = neighbourhood
      let known = Set(neighbourhood?.ports.keys.map { $0 } ?? [])
      state.router = state.router.filter { known.contains($0.key) }
      state.views = state.views.filter { known.contains($0.key) }
      return true
    }
    if isNew { nudge() }
    refresh()
  }

  package func nudge() { nudging.yield() }

  /// What the router said of a port. Judged with the next `refresh`.
  package func note(_ address: Address, _ says: RouterSays) {
    if state.withLock({ $0.heard(address, says) }) { nudge() }
  }

  /// The router answered, and does not forward the port. Judged with the next `refresh`.
  package func noteAnswer(_ address: Address) { state.withLock { $0.answered(address) } }

  /// The router could not be asked. Judged with the next `refresh`.
  package func noteNoAnswer(_ addresses: [Address], _ standing: RouterStanding) {
    // That nobody was asked so far says nothing of anybody.
    guard standing != .notAskedYet else { return }
    let isNews = state.withLock { state in
      var isNews = false
      for address in addresses {
        if standing == .wasFound {
          isNews = state.heard(address, .silent) || isNews
        } else if let wayOut = state.wayOut {
          isNews = state.heard(address, .notFound(wayOut.search)) || isNews
        } else {
          isNews = state.unanswered.insert(address).inserted || isNews
        }
      }
      return isNews
    }
    if isNews { nudge() }
  }

  /// What a look around came to.
  package func note(
    internet: InternetSays,
    views: [Address: ProberSays],
    seenByPeer: IPv4Address?,
    wayOut: WayOut?
  ) {
    state.withLock { state in
      let before = state.outside
      (state.internet, state.seenByPeer) = (internet, seenByPeer)
      if let before, let now = state.outside, now != before { state.isOutsideNewer = true }
      state.saw(views)
      if let wayOut { state.looked(wayOut) }
    }
    refresh()
  }

  /// Where a node of another zone asked from.
  package func note(_ peer: ProbePeer, at address: IPv4Address) {
    state.withLock { $0.peerAddresses[peer.zone] = address }
  }

  /// The last address that another zone was seen under.
  package func address(ofZone zone: String) -> IPv4Address? { state.withLock { $0.peerAddresses[zone] } }

  /// True when it is worth while to look at the way to the internet: not all ports are mapped.
  package var missesRouter: Bool {
    state.withLock { state in
      state.wayOut == nil
        || !state.router.values.allSatisfy { if case .mapped(.some, _) = $0 { true } else { false } }
    }
  }

  /// True while the router has not said anything yet of some port that it shall forward.
  package var isOpening: Bool {
    state.withLock { state in
      guard let neighbourhood = state.neighbourhood else { return false }
      return neighbourhood.ports.contains { address, port in
        !neighbourhood.byHand.contains(port.zone) && state.router[address] == nil && !state.unanswered.contains(address)
      }
    }
  }

  package func verdict(_ address: Address) -> Verdict? { state.withLock { $0.rulings[address]?.verdict } }

  /// For the status of a port mapping or zone. Changes with verdicts only.
  package func facts(_ address: Address) -> [String: Value] {
    guard let ruling = state.withLock({ $0.rulings[address] }) else { return [:] }
    var facts: [String: Value] = [
      "verdict": .string(ruling.verdict.word.rawValue), "sentence": .string(ruling.verdict.sentence),
      "verdictSince": .string(ruling.since.description),
    ]
    if address.kind == .zone { facts["ports"] = portWords(in: address.name) }
    if !ruling.verdict.advice.isEmpty { facts["advice"] = .string(ruling.verdict.advice) }
    return facts
  }

  /// The word on each public port of a zone.
  private func portWords(in zone: String) -> Value {
    let rulings = state.withLock { $0.rulings }
    let words = rulings.filter { $0.key.kind == .portMapping && $0.key.name.hasPrefix("\(zone).") }.map {
      (String($0.key.name.dropFirst(zone.count + 1)), Value.string($0.value.verdict.word.rawValue))
    }
    return .map(Members(words))
  }

  /// Judges anew, and tells what changed.
  package func refresh() {
    guard let neighbourhood else { return }
    let listening = listening(Set(neighbourhood.ports.values))
    let moment = now()
    let changed = state.withLock { state in Self.judge(&state, neighbourhood, listening, moment) }
    for (address, verdict) in changed.sorted(by: { $0.key < $1.key }) { tell(address, verdict) }
  }

  private static func judge(
    _ state: inout State,
    _ neighbourhood: Neighbourhood,
    _ listening: [PublicPort: Bool],
    _ moment: Timestamp
  ) -> [Address: Verdict] {
    var verdicts: [Address: Verdict] = [:]
    var words: [Verdict.Word: Int] = [:]
    var ports: [PortFacts] = []
    for (address, port) in neighbourhood.ports {
      var facts = PortFacts(port: port, isStatic: neighbourhood.byHand.contains(port.zone))
      facts.router = state.says(address)
      facts.routerAddress = state.routerAddress
      facts.internet = state.isOutsideNewer ? .notAsked : state.internet
      facts.prober = state.view(address)
      facts.isListening = listening[port]
      (facts.gateway, facts.secondHop) = (state.wayOut?.search.gateway, state.hopAboveAddressless)
      let verdict = Verdict(facts)
      ports.append(facts)
      verdicts[address] = verdict
      words[verdict.word, default: 0] += 1
    }
    var home = HomeFacts(zone: neighbourhood.zone, isStatic: neighbourhood.byHand.contains(neighbourhood.zone))
    home.router = state.homeRouter
    if !state.isOutsideNewer { (home.internet, home.seenByPeer) = (state.internet, state.seenByPeer) }
    (home.ports, home.gateway) = (words, state.wayOut?.search.gateway)
    home.secondHop = state.hopAboveAddressless
    home.wait = HomeWait(ports.sorted { $0.port.key < $1.port.key }, hasProbers: !neighbourhood.probers.isEmpty)
    verdicts[Address(.zone, neighbourhood.zone)] = Verdict(home)
    let changed = verdicts.filter { state.rulings[$0.key]?.verdict != $0.value }
    state.rulings = Dictionary(
      verdicts.map { address, verdict in
        let before = state.rulings[address]
        let since = before?.verdict.word == verdict.word ? before?.since ?? moment : moment
        return (address, Ruling(verdict: verdict, since: since))
      },
      uniquingKeysWith: { $1 }
    )
    return changed
  }

  private func tell(_ address: Address, _ verdict: Verdict) {
    let word = verdict.word.rawValue
    let message = verdict.advice.isEmpty ? verdict.sentence : "\(verdict.sentence) \(verdict.advice)"
    let isBad = ![.mapped, .reachable, .unknown].contains(verdict.word)
    notify.yield(
      DriverNotice(
        address,
        level: isBad ? .warning : .normal,
        reason: word.prefix(1).uppercased() + word.dropFirst(),
        message: message
      )
    )
  }
}

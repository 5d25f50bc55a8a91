import RhizomeDriver
import RhizomeModel
import UPnP

/// The router of one home: looks, acts, keeps leases alive, and remembers what it learned.
///
/// The deciding is done by values (`LeaseBook`, `SearchPlan`, `PortContest`); this actor talks. Talks come one after the
/// other; a search for the router runs beside them, and nobody waits for it for long.
actor HomeRouter {
  let zone: String
  let settings: ZoneGateway
  let holders: Holders
  let parts: Parts
  /// Looks and changes come one after the other: routers are slow machines, and a renewal must never bring back what
  /// was just deleted.
  let lock = AsyncLock()

  /// What was remembered before, and what will be.
  var record: HomeRecord
  var savedRecord: HomeRecord

  var gateway: (any PortMappingGateway)?
  var searchPlan = SearchPlan()
  var search: Task<Void, Never>?
  var searchWaiters: [Int: AsyncStream<Never>.Continuation] = [:]
  var searchError: UPnPError?
  /// What is wrong with the declared description URL, where the router was found in another way.
  var urlProblem: String?
  /// Ways that found a router which then would not do it.
  var uselessMethods: Set<PortMappingMethod> = []

  var book: LeaseBook
  var wishes: [Address: MappingWish] = [:]
  var contests: [PortMappingKey: PortContest] = [:]
  /// What the router showed last, by port.
  var shown: [PortMappingKey: PortMapping] = [:]
  var tableReadAt: Duration?
  /// What was seen when a notice was given, for the look that the notice asks for.
  var sightings: [Address: Sighting] = [:]
  /// All addresses of this home that are declared or recorded; nil before anybody said.
  var roll: Set<Address>?
  /// Answered with "unknown", to be looked at again when the router answers.
  var unanswered: Set<Address> = []
  var suspects: [PortMappingKey: Duration] = [:]
  /// Renewed because they had no end, to learn whether the router just does not show one.
  var renewedWithoutEnd: Set<Address> = []

  var announcements = Announcements()

  var status: GatewayStatus?
  /// All that is known of the router's mappings was heard by an earlier life of this program.
  var isHearsay = false
  var hasToldSilence = false
  var lineDownSince: Timestamp?
  /// The home's facts when they were last told to be news.
  var shownFacts: [String: Value] = [:]
  var routes: String?
  var pinholes = PinholeKeeper()

  var isTending = false
  var isStopped = false
  var isRetired = false
  var nap: Task<Void, Never>?
  var hasNews = false

  /// What a home needs from outside.
  struct Parts: Sendable {
    /// One for each way that is allowed; they are kept, because what some routers granted only their finder remembers.
    let finders: [PortMappingMethod: any GatewayFinding]
    let time: GatewayTime
    let network: HomeNetwork
    let records: HomeRecords
    let notify: @Sendable (DriverNotice) -> Void
    /// Told why the router did not map a port, for those who put it into words.
    let heard: @Sendable (Address, UPnPError) -> Void
  }

  init(zone: String, settings: ZoneGateway, label: MappingLabel, record: HomeRecord, parts: Parts) {
    (self.zone, self.settings, self.parts) = (zone, settings, parts)
    (self.record, savedRecord) = (record, record)
    holders = Holders(label: label, otherNode: parts.network.otherNode)
    book = LeaseBook(at: parts.time.uptime())
  }

  var now: Duration { parts.time.uptime() }
  var localAddress: IPv4Address? { gateway?.identity.localAddress }
  var quirks: RouterQuirks { record.router?.knownQuirks ?? RouterQuirks() }

  /// What to ask the router for.
  func request(_ wish: MappingWish, _ identity: GatewayIdentity) throws -> PortMappingRequest {
    try PortMappingRequest(
      key: wish.key,
      client: wish.client(local: identity.localAddress),
      internalPort: wish.internalPort,
      label: holders.label.text(wish.key),
      lease: wish.lease ?? settings.lease
    )
  }
}

/// What the router showed of one mapping at one time.
struct Sighting: Sendable {
  let entry: PortMapping?
  let at: Duration
}

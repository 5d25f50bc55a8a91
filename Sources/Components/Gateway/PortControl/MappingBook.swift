package import UPnP

/// What one router has granted to this machine, as far as its answers tell: neither protocol can list mappings, nor
/// does either keep labels.
///
/// Pure: times are durations since any fixed origin of a clock that also runs while the machine sleeps. An entry counts
/// as long as its lease runs and the router's epoch does not say that it has lost its state.
package struct MappingBook: Hashable, Sendable {
  private struct Entry: Hashable {
    let request: PortMappingRequest
    let endsAt: Duration
  }

  private var entries: [PortMappingKey: Entry] = [:]
  /// From an earlier life of this program: not known to be there, but what it takes to remove them.
  private var recalled: [PortMappingKey: PortMappingRequest] = [:]
  private var epochs: EpochTracker
  /// The router's public address by its last answer that named one; nil before.
  package private(set) var externalAddress: IPv4Address?
  private var learnedAddressAt: Duration?

  private let rule: EpochTracker.Rule

  package init(_ rule: EpochTracker.Rule) {
    self.rule = rule
    epochs = EpochTracker(rule)
  }

  /// All that it takes to go on with this book in another life of this program; nil before the router's first answer.
  package func granted(at now: Duration) -> GrantedMappings? {
    guard let epoch, let heardAt = epochs.heardAt else { return nil }
    let lasting = entries.values.filter { $0.endsAt > now }.sorted { $0.request.key < $1.request.key }
    return GrantedMappings(
      epoch: epoch,
      heardAgo: max(.zero, now - heardAt),
      grants: lasting.map { GrantedMappings.Grant($0.request, remaining: $0.endsAt - now) }
    )
  }

  /// Goes on with the book of an earlier life of this program. What was heard since outweighs it.
  package mutating func takeUp(_ known: GrantedMappings, at now: Duration) {
    guard epoch == nil, entries.isEmpty else { return }
    epochs = EpochTracker(rule, epoch: known.epoch, at: now - known.heardAgo)
    for grant in known.grants where grant.remaining > .zero {
      entries[grant.request.key] = Entry(request: grant.request, endsAt: now + grant.remaining)
    }
  }

  /// The router's seconds by its last answer; nil before.
  package var epoch: UInt32? { epochs.epoch }

  /// Takes in the epoch of any answer at `now`, before what else the answer says.
  ///
  /// - Returns: true when the router has lost its state; the book is empty then.
  @discardableResult
  package mutating func heard(epoch: UInt32, at now: Duration) -> Bool {
    guard epochs.observe(epoch, at: now) else { return false }
    entries = [:]
    return true
  }

  /// The router named its public address, or that it has none.
  package mutating func learned(externalAddress: IPv4Address?, at now: Duration) {
    (self.externalAddress, learnedAddressAt) = (externalAddress, now)
  }

  /// After this long the address may have changed unnoticed.
  private static let addressAge = Duration.seconds(60)

  /// The mapping to ask for again when that is the only way to hear the router's public address: the one that ends
  /// first, and none while the address is young.
  package func mappingThatTellsAddress(at now: Duration) -> PortMappingRequest? {
    if let learnedAddressAt, now - learnedAddressAt < Self.addressAge { return nil }
    return entries.values.filter { $0.endsAt > now }
      .min { ($0.endsAt, $0.request.key) < ($1.endsAt, $1.request.key) }?.request
  }

  /// The router granted `request` for this many seconds from `now`.
  package mutating func granted(_ request: PortMappingRequest, lifetime: UInt32, at now: Duration) {
    entries[request.key] = Entry(request: request, endsAt: now + .seconds(Int64(lifetime)))
    recalled[request.key] = nil
  }

  /// The mapping is gone.
  package mutating func removed(_ key: PortMappingKey) {
    entries[key] = nil
    recalled[key] = nil
  }

  /// Notes a mapping that an earlier life of this program may have left on the router, so that it can be removed.
  package mutating func recall(_ request: PortMappingRequest) {
    if entries[request.key] == nil { recalled[request.key] = request }
  }

  /// What it takes to remove a mapping; nil when nothing is known of it.
  package func request(_ key: PortMappingKey) -> PortMappingRequest? { entries[key]?.request ?? recalled[key] }

  /// The mapping of `key` while its lease runs, in the form that routers with a table give.
  package func mapping(_ key: PortMappingKey, at now: Duration) -> PortMapping? {
    entries[key].flatMap { Self.mapping($0, at: now) }
  }

  /// All mappings whose lease runs, by key.
  package func mappings(at now: Duration) -> [PortMapping] {
    entries.values.compactMap { Self.mapping($0, at: now) }.sorted { $0.key < $1.key }
  }

  /// Another public port that already leads to the same port of the machine. Both protocols keep one mapping for each
  /// port of a machine (RFC 6886 section 3.3, RFC 6887 section 11.3), so the second would replace the first.
  package func rival(of request: PortMappingRequest, at now: Duration) -> PortMappingKey? {
    mappings(at: now).first {
      $0.key != request.key && $0.key.transport == request.key.transport && $0.internalPort == request.internalPort
    }?.key
  }

  /// Whole seconds left, rounded up: zero would mean "without end".
  private static func mapping(_ entry: Entry, at now: Duration) -> PortMapping? {
    guard entry.endsAt > now else { return nil }
    let (seconds, rest) = (entry.endsAt - now).components
    return PortMapping(
      key: entry.request.key,
      client: entry.request.client.description,
      internalPort: entry.request.internalPort,
      label: entry.request.label,
      remainingLease: UInt32(clamping: seconds + (rest > 0 ? 1 : 0))
    )
  }
}

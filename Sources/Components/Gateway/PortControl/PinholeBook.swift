package import UPnP

/// What a router's IPv6 firewall has opened for this machine through PCP, as far as its answers tell. Pure, like
/// `MappingBook`.
package struct PinholeBook: Hashable, Sendable {
  private struct Entry: Hashable {
    let request: PinholeRequest
    let endsAt: Duration
  }

  private var entries: [UInt16: Entry] = [:]
  private var epochs = EpochTracker(.pcp)

  package init() {}

  /// Takes in the epoch of any answer at `now`, before what else the answer says: a router that has lost its state has
  /// nothing open.
  package mutating func heard(epoch: UInt32, at now: Duration) {
    if epochs.observe(epoch, at: now) { entries = [:] }
  }

  /// Notes an opening. PCP has no numbers for openings, so this gives one: the port where it is free.
  package mutating func granted(_ request: PinholeRequest, lifetime: UInt32, at now: Duration) -> UInt16 {
    let id = number(of: request) ?? freeNumber(near: request.port)
    entries[id] = Entry(request: request, endsAt: now + .seconds(Int64(lifetime)))
    return id
  }

  /// The lease of an opening ends at another time than it was granted for.
  package mutating func shortened(_ id: UInt16, to lifetime: UInt32, at now: Duration) {
    guard let request = entries[id]?.request else { return }
    entries[id] = Entry(request: request, endsAt: now + .seconds(Int64(lifetime)))
  }

  /// How long an opening still lasts; nil when it is not known or its lease has run out.
  package func remaining(_ id: UInt16, at now: Duration) -> Duration? {
    entries[id].flatMap { $0.endsAt > now ? $0.endsAt - now : nil }
  }

  package mutating func removed(_ id: UInt16) { entries[id] = nil }

  /// The opening with this number while its lease runs.
  package func request(_ id: UInt16, at now: Duration) -> PinholeRequest? {
    entries[id].flatMap { $0.endsAt > now ? $0.request : nil }
  }

  private func number(of request: PinholeRequest) -> UInt16? {
    entries.first {
      let known = $0.value.request
      return (known.transport, known.client, known.port) == (request.transport, request.client, request.port)
    }?.key
  }

  private func freeNumber(near port: UInt16) -> UInt16 {
    var id = port
    while entries[id] != nil, entries.count <= UInt16.max { id &+= 1 }
    return id
  }
}

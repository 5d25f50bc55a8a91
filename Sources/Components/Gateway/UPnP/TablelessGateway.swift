/// A router that shows no table: what it holds is known from its own answers only, and would be forgotten with the process
/// that heard them.
package protocol TablelessGateway: PortMappingGateway {
  /// Where it is asked: address and port.
  var place: String { get }

  /// What it granted to this machine, for the next life of this program; nil before its first answer.
  var granted: GrantedMappings? { get }

  /// Takes up what an earlier life of this program heard. It counts from the router's next answer on, unless that shows
  /// that the router has lost its table since; what this life has heard itself outweighs it.
  func takeUp(_ known: GrantedMappings)
}

/// What one router is known to have granted, and by which of its answers.
package struct GrantedMappings: Hashable, Sendable {
  /// One mapping, and how long its lease still runs.
  package struct Grant: Hashable, Sendable {
    package let request: PortMappingRequest
    package let remaining: Duration

    package init(_ request: PortMappingRequest, remaining: Duration) {
      (self.request, self.remaining) = (request, remaining)
    }
  }

  /// The seconds since the router's table was last empty, as an answer told them.
  package let epoch: UInt32
  /// How long ago that answer came.
  package let heardAgo: Duration
  package let grants: [Grant]

  package init(epoch: UInt32, heardAgo: Duration, grants: [Grant]) {
    (self.epoch, self.heardAgo, self.grants) = (epoch, heardAgo, grants)
  }
}

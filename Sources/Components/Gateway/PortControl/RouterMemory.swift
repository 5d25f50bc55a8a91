import Synchronization
import UPnP

/// The books of all routers met, so that finding a router again does not forget what it granted.
final class RouterMemory: Sendable {
  /// One router, in one protocol, as met from one address of this machine.
  struct Acquaintance: Hashable, Sendable {
    let method: PortMappingMethod
    let router: ControlEndpoint
    let localAddress: IPv4Address
  }

  private let openings = Mutex<[ControlEndpoint: PCPPinholes]>([:])
  private let books = Mutex<[Acquaintance: MappingBook]>([:])

  /// Reads or changes one book; an empty one is made at first.
  func with<Result>(_ router: Acquaintance, _ body: (inout MappingBook) -> Result) -> Result {
    books.withLock { books in
      body(&books[router, default: MappingBook(router.method == .pcp ? .pcp : .natPMP)])
    }
  }

  /// The IPv6 side of a router; made at first.
  func pinholes(of router: ControlEndpoint, _ make: () -> PCPPinholes) -> PCPPinholes {
    openings.withLock { openings in
      if let known = openings[router] { return known }
      let made = make()
      openings[router] = made
      return made
    }
  }
}

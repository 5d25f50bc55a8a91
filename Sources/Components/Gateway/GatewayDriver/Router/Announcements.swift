import UPnP

/// Decides what an announcement of a router is worth. Pure. Anybody on the home's network can send them, so that they
/// only make things faster: a few a minute, and each leads to a look and no more.
struct Announcements: Sendable {
  enum Meaning: Sendable, Equatable {
    case nothing
    /// Ask how it is.
    case pulse
    /// It restarted, or it stopped: look at everything.
    case restart
    /// There may be a router now.
    case search
  }

  private static let pause = Duration.seconds(3)

  private var bootIDs: [String: UInt32] = [:]
  private var quietUntil: Duration?

  /// - Parameters:
  ///   - isKnown: whether the way to the router is known now.
  ///   - isOurs: whether the sender is the router that was found last.
  mutating func meaning(_ notice: RouterNotice, isKnown: Bool, isOurs: Bool, at now: Duration) -> Meaning {
    guard isOurs || !isKnown, quietUntil.map({ $0 <= now }) ?? true else { return .nothing }
    let meaning = meaning(notice, isKnown: isKnown)
    if meaning != .nothing { quietUntil = now + Self.pause }
    return meaning
  }

  private mutating func meaning(_ notice: RouterNotice, isKnown: Bool) -> Meaning {
    guard isKnown else { return notice.kind == .byebye ? .nothing : .search }
    if notice.kind == .byebye { return .pulse }
    guard let bootID = notice.bootID else { return .pulse }
    let before = bootIDs[notice.udn]
    if bootIDs.count > 16 { bootIDs = [:] }
    bootIDs[notice.udn] = bootID
    return before == bootID ? .nothing : before == nil ? .pulse : .restart
  }
}

extension HomeRouter {
  /// A router announced something.
  func heard(_ notice: RouterNotice) {
    let isOurs = record.router.map { $0.routerAddress == notice.router.description } ?? false
    switch announcements.meaning(notice, isKnown: gateway != nil, isOurs: isOurs, at: now) {
    case .nothing: return
    case .pulse: book.hurry(at: now)
    case .restart: book.disturb(.announced, at: now)
    case .search:
      if isOurs, let url = notice.descriptionURL { record.router?.descriptionURL = url }
      forceSearch()
    }
    wake()
  }
}

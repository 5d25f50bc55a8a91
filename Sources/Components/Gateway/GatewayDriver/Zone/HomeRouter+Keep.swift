import RhizomeDriver
import RhizomeModel
import UPnP

/// The loop that keeps leases alive: asks the book what to do, and does it.
extension HomeRouter {
  /// Works until the task is cancelled or the home is stopped. Mappings stay on the router then.
  func keep() async {
    isTending = true
    defer { isTending = false }
    while !Task.isCancelled, !isStopped {
      hasNews = false
      let next = await step()
      await save()
      if !hasNews, !isStopped { await sleep(until: next) }
    }
    search?.cancel()
  }

  /// There may be something to do sooner than planned.
  func wake() {
    hasNews = true
    nap?.cancel()
  }

  /// - Returns: when to come again.
  private func step() async -> Duration {
    noticeNetwork()
    if isRetired { return await clearOut() }
    switch book.next(at: now) {
    case .wait(let until): return min(until, await tendSlowly(until: until))
    case .pulse: await pulse()
    case .lookAtAll(let alarm): await lookAtAll(alarm)
    case .renew(let address): await attend(address, renews: true)
    case .look(let address): await attend(address, renews: false)
    }
    return now
  }

  /// What can wait for a quiet moment: orphans, pauses that end, openings for IPv6.
  ///
  /// - Returns: when there is more of it.
  private func tendSlowly(until: Duration) async -> Duration {
    defer { showFacts() }
    let orphans = await collectOrphans()
    let pause = endPauses()
    let openings = await tendPinholes()
    return [orphans, pause, openings].compactMap { $0 }.min() ?? until
  }

  /// This machine moved to another network, or its router got another address: find the router anew.
  private func noticeNetwork() {
    let found = parts.network.routes()
    defer { routes = found }
    guard let routes, routes != found else { return }
    gateway = nil
    forceSearch()
    book.disturb(.networkChanged, at: now)
  }

  private func sleep(until wake: Duration) async {
    let (length, sleep) = (max(wake - now, .zero), parts.time.sleep)
    guard length > .zero else { return await Task.yield() }
    defer { book.woke(plannedFor: wake, at: now) }
    let nap = Task { _ = try? await sleep(length) }
    self.nap = nap
    await withTaskCancellationHandler {
      await nap.value
    } onCancel: {
      nap.cancel()
    }
  }

  /// Writes what was learned, when it is news. What cannot be written now is written with the next step.
  func save() async {
    noteGrants()
    guard record != savedRecord, !isRetired else { return }
    let record = record
    do {
      try await parts.records.save(zone, record)
      savedRecord = record
    } catch {}
  }

  /// Tells a person something about the whole home.
  func tell(_ reason: String, _ message: String, level: Event.Level = .normal) {
    parts.notify(DriverNotice(Address(.zone, zone), level: level, reason: reason, message: message))
  }

  /// Has these looked at again without a word.
  func haveLookedAt(_ addresses: some Sequence<Address>) {
    for address in addresses.sorted() { parts.notify(.look(address)) }
  }

  /// Has the home's own status written when what it shows has changed.
  private func showFacts() {
    let facts = zoneFacts()
    guard facts != shownFacts else { return }
    shownFacts = facts
    parts.notify(.look(Address(.zone, zone)))
  }
}

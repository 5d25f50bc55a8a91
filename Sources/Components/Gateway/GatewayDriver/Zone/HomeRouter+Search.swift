import PortControl
import RhizomeDriver
import RhizomeModel
import UPnP

/// The way to the router: searched for beside everything else, and searched for anew when it is lost.
extension HomeRouter {
  /// How long somebody who wants to know waits for a search: a router that is there answers within this.
  static let patience = Duration.milliseconds(2500)

  /// Runs `question` with the router; once more when the way to it had to be found anew.
  ///
  /// - Throws: what the search or `question` throws; `CancellationError`.
  func ask<Answer: Sendable>(
    _ question: @Sendable (any PortMappingGateway) async throws -> Answer
  ) async throws -> Answer {
    let known = try await router(within: Self.patience)
    do {
      return try await question(known)
    } catch let error as UPnPError where error.invalidatesGateway {
      loseWay()
      guard let again = try? await router(within: Self.patience) else { throw error }
      return try await question(again)
    }
  }

  /// The router, waiting at most `patience` for a search.
  ///
  /// - Throws: `UPnPError` when there is none yet; `CancellationError`.
  func router(within patience: Duration) async throws -> any PortMappingGateway {
    if let gateway { return gateway }
    startSearch()
    if search != nil { try await waitForSearch(patience) }
    if let gateway { return gateway }
    if let searchError, search == nil { throw searchError }
    let state = isNotAskedYet ? "has not been asked yet: it is still being looked for" : "is still being looked for"
    throw UPnPError(.noRouter, "the router of \(zone) \(state), and is looked at as soon as it is found")
  }

  /// Whether the first search since the start is still under way, so that nothing at all can be said of the router.
  var isNotAskedYet: Bool { status == nil && gateway == nil && searchError == nil }

  /// What can be said of the router where a look came to nothing.
  var standing: RouterStanding {
    if isNotAskedYet { return .notAskedYet }
    return record.router == nil ? .neverFound : .wasFound
  }

  /// The known way to the router does not work any more; it may have moved, as after a restart.
  func loseWay() {
    gateway = nil
    startSearch()
  }

  /// Forgets the pauses between searches: something changed.
  func forceSearch() {
    searchPlan.force()
    if gateway == nil { startSearch() }
  }

  private func startSearch() {
    guard search == nil, !isStopped, searchPlan.isDue(at: now) else { return }
    let allowed = settings.methods.filter { !uselessMethods.contains($0) }
    let finder = MethodFinder(methods: allowed.isEmpty ? settings.methods : allowed, finders: parts.finders)
    // A URL that somebody declared is asked once in each life, also where another way worked last: it may be wrong.
    let isUntried = settings.descriptionURL != nil && searchPlan == SearchPlan()
    let (url, method) = (record.router?.descriptionURL, isUntried ? nil : record.router?.lastGoodMethod)
    search = Task {
      do {
        let remembered = url.flatMap { $0.isEmpty ? nil : $0 }
        let found = try await finder.find(remembered: remembered, lastGood: method.flatMap(PortMappingMethod.init))
        self.found(found.gateway)
        self.judgeURL(found)
      } catch {
        self.foundNothing(error)
      }
    }
  }

  private func found(_ found: any PortMappingGateway) {
    let before = record.router
    gateway = found
    searchPlan.found(at: now)
    searchError = nil
    if record.router?.describes(found) == true {
      record.router?.update(found)
    } else {
      record.router = RouterDossier(found, at: parts.time.wall())
    }
    if let before, before.descriptionURL != record.router?.descriptionURL {
      book.disturb(.restarted, at: now)
      pinholes.doubt(at: now)
    }
    recollect(found)
    endSearch()
  }

  /// Tells of a declared description URL that led nowhere while the router was found in another way.
  private func judgeURL(_ found: MethodFinding) {
    guard let url = settings.descriptionURL else { return }
    if found.gateway.method == .upnp { urlProblem = nil }
    guard let error = found.failures[.upnp] else { return }
    let problem = """
      gateway.descriptionURL of \(zone), \(UPnPError.printable(url)), leads nowhere (\(error.message)), so the router is \
      asked by \(found.gateway.method.title) instead; correct the URL, or remove it, or leave upnp out of gateway.methods
      """
    guard problem != urlProblem else { return }
    urlProblem = problem
    tell("DescriptionURLFailed", problem, level: .warning)
  }

  private func foundNothing(_ error: any Error) {
    if let error = error as? UPnPError {
      searchPlan.failed(at: now)
      // Only now it can be said why they could not be looked at.
      if isNotAskedYet { haveLookedAt(unanswered) }
      searchError = error
      record.router?.failed(error.message, at: parts.time.wall())
    }
    endSearch()
  }

  private func endSearch() {
    search = nil
    for waiter in searchWaiters.values { waiter.finish() }
    searchWaiters = [:]
    book.hurry(at: now)
    wake()
  }

  /// Waits until the search ends, or for `patience`; the search goes on in either case.
  private func waitForSearch(_ patience: Duration) async throws {
    let ticket = (searchWaiters.keys.max() ?? 0) + 1
    let (end, waiter) = AsyncStream<Never>.makeStream()
    searchWaiters[ticket] = waiter
    let sleep = parts.time.sleep
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in end {} }
      group.addTask { _ = try? await sleep(patience) }
      await group.next()
      group.cancelAll()
    }
    searchWaiters[ticket] = nil
    try Task.checkCancellation()
  }

  /// Ends what runs beside, for good.
  func stop() {
    isStopped = true
    search?.cancel()
    wake()
  }
}

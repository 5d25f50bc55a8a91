import OutsideView
import Reachability
import RhizomeDriver
import RhizomeModel
import Testing
import UPnP

/// Maps, or refuses to with the code that a router without a public address brings.
private struct OneAnswerDriver: WatchfulDriver {
  var facts: [String: Value]?
  let name = "gateway"
  let capabilities = Capabilities(kinds: [.portMapping], maxConcurrency: 1)
  let notices = AsyncStream<DriverNotice> { $0.finish() }

  func glance(_ targets: [ObservationTarget]) async -> ObservationReport { ObservationReport() }
  func observe(_ targets: [ObservationTarget]) async -> ObservationReport { ObservationReport() }

  func perform(_ operation: RhizomeDriver.Operation) async throws(DriverError) -> Outcome {
    if let facts { return Outcome(facts: facts) }
    throw DriverError(.unavailable, "The router refuses (501).")
  }
}

@Suite("Errors of ports, as the verdict puts them")
struct VerdictDriverTests {
  private func failure(secondHop: String?) async -> DriverError? {
    let board = Homes.board()
    board.note(Homes.web, .refused(.actionFailed))
    var wayOut = WayOut(search: RouterSearch(gateway: IPv4Address("192.168.1.1")))
    wayOut.secondHop = secondHop.flatMap { IPv4Address($0) }
    board.note(internet: .notAsked, views: [:], seenByPeer: nil, wayOut: wayOut)
    let driver = VerdictDriver(OneAnswerDriver(), board: board, clusterID: "c") { _ in .wasFound }
    let mark = OwnershipMark(clusterID: "c", address: Homes.web)
    do throws(DriverError) {
      _ = try await driver.perform(.init(.create, Homes.web, desired: nil, prior: nil, mark: mark))
      return nil
    } catch { return error }
  }

  @Test(
    "behind another router, or without an address of its own, trying again does not help",
    arguments: [
      ("10.0.3.1", "another router"), ("100.64.3.1", "no public address"),
    ]
  )
  func lasts(hop: String, words: String) async {
    let error = await failure(secondHop: hop)
    #expect(error?.code == .refused)
    #expect(error?.message.contains(words) == true)
  }

  @Test("what the router agreed to counts at once, and by hand nobody was asked", arguments: ["pcp", "static"])
  func agreement(gateway: String) async throws {
    let board = Homes.board()
    let facts: [String: Value] = ["gateway": .string(gateway), "publicAddress": "11.0.0.2"]
    let driver = VerdictDriver(OneAnswerDriver(facts: facts), board: board, clusterID: "c") { _ in .wasFound }
    let mark = OwnershipMark(clusterID: "c", address: Homes.web)
    _ = try await driver.perform(.init(.create, Homes.web, desired: nil, prior: nil, mark: mark))
    #expect(board.verdict(Homes.web)?.word == (gateway == "pcp" ? .mapped : .unknown))
  }

  @Test("what may pass is tried again")
  func passes() async { #expect(await failure(secondHop: nil)?.code == .unavailable) }
}

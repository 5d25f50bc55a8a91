import OutsideView
import Reachability
import RhizomeDriver
import RhizomeModel
import Testing
import UPnP

/// Refuses to map, with the code that a router without a public address brings.
private struct RefusingDriver: WatchfulDriver {
  let name = "gateway"
  let capabilities = Capabilities(kinds: [.portMapping], maxConcurrency: 1)
  let notices = AsyncStream<DriverNotice> { $0.finish() }

  func glance(_ targets: [ObservationTarget]) async -> ObservationReport { ObservationReport() }
  func observe(_ targets: [ObservationTarget]) async -> ObservationReport { ObservationReport() }

  func perform(_ operation: RhizomeDriver.Operation) async throws(DriverError) -> Outcome {
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
    let driver = VerdictDriver(RefusingDriver(), board: board, clusterID: "c") { _ in .wasFound }
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

  @Test("what may pass is tried again")
  func passes() async { #expect(await failure(secondHop: nil)?.code == .unavailable) }
}

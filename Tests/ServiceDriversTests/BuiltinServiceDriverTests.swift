import Foundation
import RhizomeDriver
import RhizomeModel
import Testing

@testable import ServiceDrivers

@Suite("Builtin service driver")
struct BuiltinServiceDriverTests {
  private actor Engine: BuiltinEngine {
    struct PortTaken: Error {}
    private var ports: [Int] = []
    private(set) var calls = 0

    func open(_ ports: [Int]) async throws {
      calls += 1
      if ports.contains(1) { throw PortTaken() }
      // Others may look meanwhile.
      await Task.yield()
      self.ports = ports
    }
    func close() { ports = [] }
    func openPorts() -> [Int] { ports }
  }

  /// What it stands on starts once something was applied.
  private actor LateEngine: BuiltinEngine {
    struct NotReady: Error {}
    private let (never, continuation) = AsyncStream<Never>.makeStream()
    private(set) var awaited: [Int] = []

    func open(_ ports: [Int]) async { for await _ in never {} }
    func reopen(_ ports: [Int]) throws {
      awaited = ports
      throw NotReady()
    }
    func close() {}
    func openPorts() -> [Int] { [] }
  }

  private let s3 = Engine()
  private let web = Engine()
  private let directory = FileManager.default.temporaryDirectory.path + "/builtin-\(UUID().uuidString)"

  private var driver: BuiltinServiceDriver {
    BuiltinServiceDriver(
      engines: ["s3": s3, "web": web],
      files: PlacementFiles(directory: directory, key: Array(repeating: 1, count: 32))
    )
  }

  private func service(_ name: String = "store", _ word: String = "s3", port: Int64? = 3900) -> Resource {
    var attributes: Value = ["run": ["builtin": .string(word)], "replicas": 1]
    if let port { attributes["ports"] = ["main": ["port": .integer(port), "protocol": "tcp"]] }
    return Resource(Address(.service, name), attributes: attributes)
  }

  private func operation(_ verb: RhizomeDriver.Operation.Verb, _ resource: Resource) -> RhizomeDriver.Operation {
    let mark = OwnershipMark(clusterID: "test", address: resource.address)
    let desired = verb == .delete ? nil : resource
    return RhizomeDriver.Operation(verb, resource.address, desired: desired, prior: nil, mark: mark)
  }

  private func observe(_ driver: BuiltinServiceDriver, _ resource: Resource) async -> Observation? {
    let target = ObservationTarget(address: resource.address, desired: resource, prior: nil)
    return await driver.observe([target]).observations[resource.address]
  }

  @Test func opensMovesAndCloses() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let driver = driver
    #expect(await observe(driver, service()) == .absent)
    _ = try await driver.perform(operation(.create, service()))
    #expect(await s3.openPorts() == [3900])
    guard case .present(let seen) = await observe(driver, service()) else {
      Issue.record("an open engine was not seen")
      return
    }
    #expect(seen.attributes == service().attributes)
    _ = try await driver.perform(operation(.update, service("store", "web", port: 3902)))
    #expect(await s3.openPorts() == [])
    #expect(await web.openPorts() == [3902])
    _ = try await driver.perform(operation(.delete, service()))
    #expect(await web.openPorts() == [])
    #expect(await observe(driver, service()) == .absent)
  }

  @Test(.timeLimit(.minutes(1))) func aLookWaitsForNoEngineThatStartsLater() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    _ = try await driver.perform(operation(.create, service()))
    let late = LateEngine()
    let files = PlacementFiles(directory: directory, key: Array(repeating: 1, count: 32))
    let restarted = BuiltinServiceDriver(engines: ["s3": late], files: files)
    guard case .present(let seen) = await observe(restarted, service()) else {
      Issue.record("what was open before the restart is not known")
      return
    }
    #expect(seen.facts["running"] == .boolean(false))
    #expect(await late.awaited == [3900])
  }

  @Test func opensAgainAfterARestart() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    _ = try await driver.perform(operation(.create, service()))
    await s3.close()
    guard case .present(let seen)? = await observe(driver, service()) else {
      Issue.record("what was open before the restart is not known")
      return
    }
    #expect(seen.attributes == service().attributes)
    #expect(await s3.openPorts() == [3900])
  }

  @Test func nobodyTakesForClosedWhatIsBeingOpened() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    _ = try await driver.perform(operation(.create, service()))
    await s3.close()
    let restarted = driver
    await withTaskGroup(of: Observation?.self) { group in
      for _ in 0..<20 { group.addTask { await observe(restarted, service()) } }
      for await seen in group {
        guard case .present(let seen)? = seen else {
          Issue.record("the service is not seen")
          continue
        }
        #expect(seen.attributes == service().attributes)
      }
    }
  }

  @Test func aTakenPortIsNotTakenForOpen() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let driver = driver
    _ = try await driver.perform(operation(.create, service()))
    await #expect(throws: DriverError.self) { _ = try await driver.perform(operation(.update, service(port: 1))) }
    guard case .present(let seen)? = await observe(driver, service(port: 1)) else {
      Issue.record("the service is not seen")
      return
    }
    #expect(seen.attributes != service(port: 1).attributes)
    #expect(seen.facts["openPorts"] == .list([3900]))
  }

  @Test func closedEngineIsDrift() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let driver = driver
    _ = try await driver.perform(operation(.create, service()))
    await s3.close()
    guard case .present(let seen)? = await observe(driver, service()) else {
      Issue.record("the service is not seen")
      return
    }
    #expect(seen.attributes.map?["run"] == .some(.null))
  }

  @Test func refusalsNameTheReason() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let driver = driver
    let unknown = await #expect(throws: DriverError.self) {
      _ = try await driver.perform(operation(.create, service("x", "smtp")))
    }
    #expect(unknown?.message.contains("s3, web") == true)
    let portless = await #expect(throws: DriverError.self) {
      _ = try await driver.perform(operation(.create, service("x", port: nil)))
    }
    #expect(portless?.code == .invalid)
    _ = try await driver.perform(operation(.create, service()))
    let shared = await #expect(throws: DriverError.self) {
      _ = try await driver.perform(operation(.create, service("second")))
    }
    #expect(shared?.code == .conflict)
    let taken = await #expect(throws: DriverError.self) {
      _ = try await driver.perform(operation(.update, service(port: 1)))
    }
    #expect(taken?.code == .unavailable)
  }
}

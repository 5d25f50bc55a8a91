import Foundation
import ProcessSupervisor
import RhizomeDriver
import RhizomeModel
import RhizomePlanner
import RhizomeTestSupport
import Testing

@testable import ServiceDrivers

/// A process driver in a folder of its own, on a virtual clock; everything is stopped and removed afterwards.
struct DriverFixture {
  let directory: String
  let clock = VirtualClock()
  let supervisor: ProcessSupervisor
  let driver: ProcessDriver

  init(directory: String, key: [UInt8] = Array(repeating: 7, count: 32)) {
    self.directory = directory
    supervisor = ProcessSupervisor(
      directory: directory + "/processes",
      mark: directory,
      clock: ProcessClock(clock),
      random: { 0.5 }
    )
    driver = ProcessDriver(
      supervisor: supervisor,
      files: PlacementFiles(directory: directory + "/placements", key: key)
    )
  }

  static func run(_ body: (DriverFixture) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.path + "/process-driver-\(UUID().uuidString)"
    let fixture = DriverFixture(directory: directory)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    do {
      try await body(fixture)
    } catch {
      await fixture.supervisor.stopAll()
      throw error
    }
    await fixture.supervisor.stopAll()
  }

  func service(_ command: [String], environment: Value = .null, files: Value = .null) -> Resource {
    var attributes: Value = ["run": ["process": ["command": .strings(command)]], "replicas": 1, "stopGrace": 10_000]
    attributes["environment"] = environment
    attributes["files"] = files
    return Resource(Address(.service, "app"), attributes: attributes)
  }

  func secret(_ text: String) -> Value { .sensitive(Sensitive(fingerprint: "f\(text.count)", cleartext: text)) }

  func mark(_ resource: Resource) -> OwnershipMark { OwnershipMark(clusterID: "test", address: resource.address) }

  @discardableResult
  func perform(_ verb: RhizomeDriver.Operation.Verb, _ resource: Resource) async throws -> Outcome {
    let desired = verb == .delete ? nil : resource
    let operation = Operation(verb, resource.address, desired: desired, prior: nil, mark: mark(resource))
    return try await driver.perform(operation)
  }

  func observe(_ resource: Resource) async throws -> Observation {
    let target = ObservationTarget(address: resource.address, desired: resource, prior: nil)
    guard let observation = await driver.observe([target]).observations[resource.address] else {
      throw Failure(description: "the driver did not answer for \(resource.address)")
    }
    return observation
  }

  func present(_ resource: Resource) async throws -> ObservedResource {
    guard case .present(let seen) = try await observe(resource) else {
      throw Failure(description: "\(resource.address) is not there")
    }
    return seen
  }

  func expectAbsent(_ resource: Resource) async throws {
    let observation = try await observe(resource)
    #expect(observation == .absent)
  }

  /// What the planner makes of what the driver sees.
  func drift(_ resource: Resource) async throws -> [DriftEntry] {
    let record = InventoryRecord(
      address: resource.address,
      attributes: resource.attributes,
      driver: driver.name,
      source: "test",
      revision: 1
    )
    let observed = ObservedState(resources: [resource.address: try await observe(resource)])
    return Planner.plan(
      desired: DesiredState(clusterName: "test", source: "test", resources: [resource]),
      observed: observed,
      prior: PriorState(records: [record]),
      context: PlanningContext(now: Timestamp(milliseconds: 0), clusterID: "test", source: "test")
    ).drift
  }

  func pid(_ resource: Resource) async throws -> Int32 {
    guard case .running(let pid) = await supervisor.status(resource.address.name)?.phase else {
      throw Failure(description: "\(resource.address) does not run")
    }
    return pid
  }

  /// Waits until something sleeps on the clock, then lets so much time pass.
  func passTime(_ duration: Duration) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while clock.nextDeadline == nil {
      guard ContinuousClock.now < deadline else { throw Failure(description: "nobody waits for time to pass") }
      try await Task.sleep(for: .milliseconds(2))
    }
    clock.advance(to: clock.now.advanced(by: duration))
  }

  struct Failure: Error, CustomStringConvertible { let description: String }
}

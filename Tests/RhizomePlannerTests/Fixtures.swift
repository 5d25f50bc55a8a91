import RhizomeModel

@testable import RhizomePlanner

let clusterID = "c1"
let noon = Timestamp(milliseconds: 1_750_000_000_000)

/// The three states of a test, and how to plan them.
struct Scene {
  var desired: [Resource] = []
  var observed: [Address: Observation] = [:]
  var foreign: [ForeignObject] = []
  var records: [InventoryRecord] = []
  var intents: [Intent] = []
  var clusterName = "plant"
  var share: NodeShare?
  var context = PlanningContext(now: noon, clusterID: clusterID, source: "folder", prune: true)
  var schema: (Kind) -> ObjectSchema = { Schema.spec(of: $0) }
  var seatbelts = Set(Seatbelt.allCases)

  var desiredState: DesiredState {
    var state = DesiredState(clusterName: clusterName, source: "folder", resources: desired)
    state.share = share
    return state
  }
  var observedState: ObservedState { ObservedState(resources: observed, foreign: foreign) }
  var priorState: PriorState { PriorState(records: records, intents: intents) }
  var inputs: PlanningInputs {
    PlanningInputs(
      desired: desiredState,
      observed: observedState,
      prior: priorState,
      context: context,
      schema: schema,
      seatbelts: seatbelts
    )
  }

  func plan() -> Plan { Planner.plan(inputs) }

  func decide(_ address: Address) -> Decision {
    Planner.decide(
      address,
      desired: desiredState,
      observed: observedState,
      prior: priorState,
      context: context
    )
  }

  func problems(_ plan: Plan) -> [String] {
    PlanValidation.problems(
      plan,
      desired: desiredState,
      observed: observedState,
      prior: priorState,
      context: context
    )
  }

  /// Declared, made and there, all the same.
  mutating func add(converged resource: Resource, facts: [String: Value] = [:]) {
    desired.append(resource)
    records.append(record(resource))
    observed[resource.address] = present(resource.attributes, facts: facts)
  }

  /// Made and there, and no longer declared.
  mutating func add(undeclared resource: Resource, facts: [String: Value] = [:], source: String = "folder") {
    records.append(record(resource, source: source))
    observed[resource.address] = present(resource.attributes, facts: facts)
  }
}

func record(_ resource: Resource, source: String = "folder", engineID: String? = nil) -> InventoryRecord {
  InventoryRecord(
    address: resource.address,
    attributes: resource.attributes,
    engineID: engineID,
    driver: "test",
    source: source,
    revision: 1,
    policies: resource.policies,
    dependencies: resource.dependencies,
    home: resource.home
  )
}

func present(
  _ attributes: Value,
  mark: OwnershipMark? = nil,
  engineID: String? = nil,
  facts: [String: Value] = [:]
) -> Observation {
  .present(ObservedResource(attributes: attributes, engineID: engineID, mark: mark, facts: facts))
}

func mark(_ address: Address, cluster: String = clusterID) -> OwnershipMark {
  OwnershipMark(clusterID: cluster, address: address)
}

func bucket(_ name: String, _ attributes: Value = [:], policies: Policies = Policies()) -> Resource {
  Resource(Address(.bucket, name), attributes: attributes, policies: policies)
}

func user(_ name: String, _ attributes: Value = [:], policies: Policies = Policies()) -> Resource {
  Resource(Address(.user, name), attributes: attributes, policies: policies)
}

func key(_ name: String) -> Resource { Resource(Address(.accessKey, name), attributes: [:]) }

func group(_ name: String, _ members: [String]) -> Resource {
  Resource(
    Address(.group, name),
    attributes: ["members": .strings(members)],
    dependencies: members.map { Address(.user, $0) }
  )
}

func grant(_ bucket: String, _ key: String, _ attributes: Value = ["read": true]) -> Resource {
  var all = attributes
  all["bucket"] = .string(bucket)
  all["accessKey"] = .string(key)
  return Resource(
    Address(.grant, "\(bucket).\(key)"),
    attributes: all,
    dependencies: [Address(.bucket, bucket), Address(.accessKey, key)]
  )
}

func mapping(_ zone: String, _ port: Int64, to address: String = "10.0.0.2") -> Resource {
  Resource(
    Address(.portMapping, "\(zone).tcp-\(port)"),
    attributes: [
      "zone": .string(zone), "protocol": "tcp", "externalPort": .integer(port),
      "internalAddress": .string(address), "internalPort": .integer(port), "service": "web",
    ]
  )
}

extension Plan {
  /// The actions in a line each: `create Bucket/site`.
  var lines: [String] { actions.map { "\($0.verb) \($0.address)" } }
}

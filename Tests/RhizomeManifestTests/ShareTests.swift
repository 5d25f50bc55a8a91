import Foundation
import RhizomeManifest
import RhizomeModel
import Testing

@Suite("The share of a machine")
struct ShareTests {
  private static let homes = """
    apiVersion: rhizome/v1
    kind: Cluster
    metadata: {name: plant}
    spec: {domain: plant.example}
    ---
    apiVersion: rhizome/v1
    kind: Zone
    metadata: {name: east}
    spec: {gateway: {mode: upnp}}
    ---
    apiVersion: rhizome/v1
    kind: Zone
    metadata: {name: west}
    spec: {gateway: {mode: upnp}}
    ---
    apiVersion: rhizome/v1
    kind: Node
    metadata: {name: ash}
    spec: {zone: east, address: 192.168.1.10}
    ---
    apiVersion: rhizome/v1
    kind: Node
    metadata: {name: oak}
    spec: {zone: west, address: 192.168.2.10, storage: {capacity: 100GB}}
    ---
    apiVersion: rhizome/v1
    kind: Bucket
    metadata: {name: site}
    spec: {access: [{key: writer, permissions: [write]}]}
    ---
    apiVersion: rhizome/v1
    kind: AccessKey
    metadata: {name: writer}
    ---
    apiVersion: rhizome/v1
    kind: User
    metadata: {name: ann}
    ---
    apiVersion: rhizome/v1
    kind: Secret
    metadata: {name: token}
    spec: {generated: {length: 20}}
    ---
    apiVersion: rhizome/v1
    kind: Service
    metadata: {name: web}
    spec:
      run: {process: {command: [web]}}
      replicas: 2
      environment: {TOKEN: "${secret.token}", KEY: "${accessKey.writer.id}", HERE: "${node.name}"}
      ports: [{name: http, port: 8080, public: {port: 80}}]
    ---
    apiVersion: rhizome/v1
    kind: Service
    metadata: {name: mail}
    spec:
      run: {process: {command: [mail]}}
      placement: {nodes: [ash]}
      ports: [{name: smtp, port: 2525, public: {port: 25}}]

    """

  private func desired(_ text: String = homes) throws -> DesiredState {
    let result = load(text)
    return try #require(result.desired, "\(result.diagnostics)")
  }

  private func names(_ desired: DesiredState) -> [String] { desired.addresses.map(\.description) }

  @Test("one machine drives everything, whether it is named or not")
  func single() throws {
    let desired = try #require(load(foundation).desired)
    #expect(try desired.share(of: nil) == desired)
    #expect(try desired.share(of: "laptop") == desired)
    #expect(desired.localNode?.address == Address(.node, "laptop"))
  }

  @Test("several share: services where they run, their ports, and the cluster's things on the machine that stores")
  func several() throws {
    let all = try desired()
    let records = ["Cluster/plant", "Zone/east", "Zone/west", "Node/ash", "Node/oak"]
    #expect(
      try names(all.share(of: "ash")) == records
        + ["Service/mail", "Service/web", "PortMapping/east.tcp-25", "PortMapping/east.tcp-80"]
    )
    #expect(
      try names(all.share(of: "oak")) == records
        + [
          "Secret/token", "AccessKey/writer", "Bucket/site", "Grant/site.writer", "User/ann", "Service/web",
          "PortMapping/west.tcp-80",
        ]
    )
    let ash = try all.share(of: "ash")
    #expect(ash.localNode?.address == Address(.node, "ash"))
    #expect(ash.caretaker(of: Address(.bucket, "site")) == "Node/oak")
    #expect(ash.caretaker(of: Address(.service, "web")) == nil)
    #expect(ash.resources[Address(.service, "web")]?.attributes["replicas"] == 2)
  }

  @Test("a mapping leads to the machine that runs the instance")
  func mappings() throws {
    let all = try desired()
    #expect(all.resources[Address(.portMapping, "east.tcp-80")]?.attributes["internalAddress"] == "192.168.1.10")
    #expect(all.resources[Address(.portMapping, "west.tcp-80")]?.attributes["internalAddress"] == "192.168.2.10")
    #expect(all.resources[Address(.portMapping, "west.tcp-25")] == nil)
  }

  @Test(
    "the cluster's things are with the first by name, unless exactly one machine stores",
    arguments: [("ash", 0), ("oak", 1), ("ash", 2)]
  )
  func lead(expected: String, storing: Int) throws {
    var text = Self.homes
    if storing == 0 { text = text.replacing(", storage: {capacity: 100GB}", with: "") }
    if storing == 2 { text = text.replacing("192.168.1.10}", with: "192.168.1.10, storage: {capacity: 1GB}}") }
    for node in ["ash", "oak"] {
      let share = try desired(text).share(of: node)
      #expect((share.resources[Address(.bucket, "site")] != nil) == (node == expected))
    }
  }

  @Test("references lead to everything that is declared, and ${node} to this machine")
  func references() throws {
    let all = try desired()
    for node in ["ash", "oak"] {
      var context = ResolverTests.context
      context.localNode = node
      let (share, problems) = Resolver.resolve(try all.share(of: node), within: all, with: context)
      #expect(problems == [])
      let environment = share.resources[Address(.service, "web")]?.attributes["environment"] ?? .null
      #expect(environment["HERE"] == .string(node))
      #expect(environment["TOKEN"].isSensitive)
      #expect(environment["KEY"].text?.isEmpty == false)
    }
  }

  @Test("what only another machine can open is no problem here")
  func sealed() throws {
    let text = Self.homes.replacing("{generated: {length: 20}}", with: "{sealed: \"-----BEGIN CMS-----\"}")
      .replacing("TOKEN: \"${secret.token}\", ", with: "")
    let all = try desired(text)
    var context = ResolverTests.context
    context.localNode = "ash"
    #expect(Resolver.resolve(try all.share(of: "ash"), within: all, with: context).diagnostics == [])
    context.localNode = "oak"
    #expect(Resolver.resolve(try all.share(of: "oak"), within: all, with: context).diagnostics.count == 1)
  }

  @Test("a machine that is not named, or not declared, has no share")
  func refusals() throws {
    let all = try desired()
    let unnamed = #expect(throws: ShareError.self) { try all.share(of: nil) }
    #expect(
      unnamed?.description == """
        the manifests declare 2 Nodes, and this daemon does not know which of them it is; start it with --node NAME, \
        where NAME is one of: ash, oak
        """
    )
    let unknown = #expect(throws: ShareError.self) { try all.share(of: "elm") }
    #expect(
      unknown?.description == """
        this daemon was started with --node elm, and the manifests do not declare Node/elm, but ash, oak; declare it, or \
        start the daemon with the name that this machine has there
        """
    )
  }

  @Test("a service that all machines have put off is driven by none, and is known to have moved")
  func drained() throws {
    let text = Self.homes.replacing(
      "address: 192.168.1.10}",
      with: "address: 192.168.1.10, maintenance: {drain: true}}"
    )
    let result = load(text)
    #expect(result.diagnostics.allSatisfy { $0.severity == .warning && $0.code == "no-place" })
    let all = try #require(result.desired)
    let share = try all.share(of: "ash")
    #expect(share.caretaker(of: Address(.service, "mail")) == "no machine")
    #expect(share.caretaker(of: Address(.service, "web")) == "Node/oak")
    #expect(share.hasMovedAway(Address(.service, "mail")))
    #expect(!share.hasMovedAway(Address(.bucket, "site")))
  }
}

@Suite("The example of three homes")
struct ThreeHomesTests {
  private func share(_ node: String) throws -> [String] {
    let files = try Checkout.manifests(in: Checkout.examples.appending(path: "three-homes"))
    let all = try #require(Manifest.load(files, source: "folder").desired)
    let share = try all.share(of: node)
    return share.addresses.filter { ![.cluster, .zone, .node].contains($0.kind) }.map(\.description)
  }

  @Test("everything has one machine, and what is where is as kept")
  func shares() throws {
    var lines: [String] = []
    for node in ["ash", "bay", "elm", "fir", "oak", "yew"] {
      lines.append("\(node): \(try share(node).joined(separator: " "))")
    }
    let file = Checkout.root.appending(path: "Tests/Fixtures/three-homes-shares.txt")
    try expectSnapshot(lines.joined(separator: "\n") + "\n", at: file)
    let mappings = lines.joined(separator: " ").components(separatedBy: " ").filter { $0.hasPrefix("PortMapping/") }
    #expect(
      mappings.sorted() == [
        "PortMapping/attic.tcp-8443", "PortMapping/court.tcp-20080", "PortMapping/garden.tcp-3900",
        "PortMapping/garden.tcp-80", "PortMapping/garden.tcp-8443",
      ]
    )
  }
}

@Suite("Shares of random rhizomes")
struct ShareProperties {
  @Test("are disjoint and complete", arguments: UInt64(1)...60)
  func partition(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let result = load(RandomRhizome.text(&random))
    let all = try #require(result.desired, "seed \(seed): \(result.diagnostics.map(\.message))")
    let nodes = all.addresses.filter { $0.kind == .node }.map(\.name)
    var drivers: [Address: [String]] = [:]
    for node in nodes {
      let share = try all.share(of: node)
      for address in share.addresses { drivers[address, default: []].append(node) }
      #expect(Set(share.addresses).union((share.share?.elsewhere ?? [:]).keys) == Set(all.addresses))
    }
    for (address, resource) in all.resources {
      switch address.kind {
      case .cluster, .zone, .node: #expect(drivers[address] == nodes)
      case .service:
        let replicas = Int(resource.attributes["replicas"].integer ?? 1)
        #expect(drivers[address]?.count == max(1, replicas), "seed \(seed): \(address)")
      default: #expect(drivers[address]?.count == 1, "seed \(seed): \(address)")
      }
    }
    for (address, resource) in all.resources where address.kind == .portMapping {
      let node = try #require(drivers[address]?.first)
      let machine = try #require(all.resources[Address(.node, node)])
      #expect(machine.attributes["zone"] == resource.attributes["zone"])
      #expect(machine.attributes["address"] == resource.attributes["internalAddress"])
      let service = try #require(resource.attributes["service"].text)
      #expect(drivers[Address(.service, service)]?.contains(node) == true)
    }
  }
}

/// Homes, machines and services by chance, such that every service has a place.
private enum RandomRhizome {
  static func text(_ random: inout SeededGenerator) -> String {
    let zones = Int.random(in: 2...4, using: &random)
    let nodes = Int.random(in: 2...9, using: &random)
    var documents = ["kind: Cluster\nmetadata: {name: plant}\nspec: {domain: plant.example}"]
    for zone in 0..<zones { documents.append("kind: Zone\nmetadata: {name: z\(zone)}\nspec: {gateway: {mode: upnp}}") }
    for node in 0..<nodes {
      let storage = Bool.random(using: &random) ? ", storage: {capacity: 1GB}" : ""
      let spec = "{zone: z\(node % zones), address: 10.0.\(node % zones).\(node)\(storage)}"
      documents.append("kind: Node\nmetadata: {name: n\(node)}\nspec: \(spec)")
    }
    for service in 0..<Int.random(in: 0...12, using: &random) {
      let replicas = Int.random(in: 0...min(zones, nodes), using: &random)
      let port = Bool.random(using: &random) ? ", public: {port: \(2_000 + service)}" : ""
      let spec =
        "{run: {process: {command: [a]}}, replicas: \(replicas), ports: [{name: p, port: \(9_000 + service)\(port)}]}"
      documents.append("kind: Service\nmetadata: {name: s\(service)}\nspec: \(spec)")
    }
    for bucket in 0..<3 { documents.append("kind: Bucket\nmetadata: {name: bucket\(bucket)}") }
    return documents.map { "apiVersion: rhizome/v1\n\($0)\n" }.joined(separator: "---\n")
  }
}

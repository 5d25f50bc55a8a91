import RhizomeManifest
import RhizomeModel
import Testing

@Suite("Firewalls follow from nodes and services")
struct FirewallTests {
  /// Two machines of one home, the first of which has a managed firewall, and services beside them.
  private func openings(_ services: String, allow: String = "[]") throws -> Value {
    let text =
      foundation + """
        ---
        apiVersion: rhizome/v1
        kind: Node
        metadata: {name: tower}
        spec: {zone: home, address: 192.168.1.21, firewall: {mode: managed, allow: \(allow)}}

        """ + services
    return try #require(load(text).desired?.resources[Address(.firewall, "tower")]).attributes["openings"]
  }

  private func service(_ name: String, _ ports: String, placement: String = "{nodes: [tower]}") -> String {
    """
    ---
    apiVersion: rhizome/v1
    kind: Service
    metadata: {name: \(name)}
    spec: {run: {process: {command: [a]}}, placement: \(placement), ports: \(ports)}

    """
  }

  @Test("a public port is open to all, another one to the machines, and as is written")
  func defaults() throws {
    let ports = """
      [{name: a, port: 80, public: {port: 8080}}, {name: b, port: 81}, {name: c, port: 82, open: lan},
        {name: d, port: 83, open: none}, {name: e, port: 84, protocol: udp, open: all}]
      """
    let opened = try openings(service("web", ports))
    #expect(
      opened == [
        "tcp-80": ["protocol": "tcp", "port": 80, "from": "all"],
        "tcp-81": ["protocol": "tcp", "port": 81, "from": "nodes"],
        "tcp-82": ["protocol": "tcp", "port": 82, "from": "lan"],
        "udp-84": ["protocol": "udp", "port": 84, "from": "all"],
      ]
    )
  }

  @Test("what a person wrote for the machine comes with it, and keeps its name")
  func allowances() throws {
    let allow = """
      [{name: ssh, port: 22, from: all}, {name: mosh, port: 60000, to: 61000, protocol: udp}, {name: tcp-80, port: 9}]
      """
    let opened = try openings(service("web", "[{name: a, port: 80, open: all}]"), allow: allow)
    #expect(
      opened == [
        "ssh": ["protocol": "tcp", "port": 22, "from": "all"],
        "mosh": ["protocol": "udp", "port": 60_000, "to": 61_000, "from": "lan"],
        "tcp-80": ["protocol": "tcp", "port": 9, "from": "lan"],
        "tcp-80-all": ["protocol": "tcp", "port": 80, "from": "all"],
      ]
    )
  }

  @Test("what runs elsewhere, or nowhere, opens nothing")
  func elsewhere() throws {
    #expect(try openings(service("a", "[{name: a, port: 80}]", placement: "{nodes: [laptop]}")) == [:])
  }

  @Test("it belongs to its machine, knows the others, and opening a port is no change of the service")
  func resource() throws {
    let text =
      foundation + """
        ---
        apiVersion: rhizome/v1
        kind: Node
        metadata: {name: tower, annotations: {rhizome/drift: report}}
        spec: {zone: home, address: "fd00::1", firewall: {mode: managed, confirm: 30s}}
        """
    let firewall = try #require(load(text).desired?.resources[Address(.firewall, "tower")])
    #expect(firewall.home == .node("tower") && firewall.dependencies == [Address(.node, "tower")])
    #expect(firewall.policies.drift == .report)
    #expect(firewall.attributes["nodes"] == ["192.168.1.20"])
    #expect(firewall.attributes["confirm"] == 30_000 && firewall.attributes["policy"] == "drop")
    #expect(Schema.service.spec["ports"].flatMap { $0.type.member("open") }?.ownership == .planning)
  }

  @Test("machines whose firewall is not managed have none")
  func unmanaged() {
    #expect(load(foundation).desired?.resources.values.contains { $0.address.kind == .firewall } == false)
  }
}

extension FieldType {
  fileprivate func member(_ name: String) -> FieldSchema? {
    guard case .keyed(_, let schema) = self else { return nil }
    return schema[name]
  }
}

import Foundation
import RhizomeManifest
import RhizomeModel
import Testing

@Suite("Loading good manifests")
struct LoadTests {
  @Test("the examples are right, without a warning", arguments: Checkout.folders(in: Checkout.examples))
  func examples(folder: URL) throws {
    let result = Manifest.load(try Checkout.manifests(in: folder), source: "folder")
    #expect(DiagnosticRenderer.text(result.diagnostics) == "\n")
    #expect(result.desired != nil)
  }

  @Test("programs in the example are programs", .enabled(if: Python.has("ast"), "there is no Python"))
  func programs() throws {
    let folder = Checkout.examples.appending(path: "one-box")
    let desired = try #require(Manifest.load(try Checkout.manifests(in: folder), source: "folder").desired)
    let files = try #require(desired.resources[Address(.service, "guestbook")]?.attributes["files"])
    let program = try #require(files["app.py"]["content"].text)
    #expect(
      try Python.run(["-c", "import ast, sys; print(type(ast.parse(sys.argv[1])).__name__)", program]) == "Module\n"
    )
  }

  @Test("the desired state of each is as kept", arguments: Checkout.folders(in: Checkout.good))
  func good(folder: URL) throws {
    let result = Manifest.load(try Checkout.manifests(in: folder), source: "folder")
    #expect(DiagnosticRenderer.text(result.diagnostics) == "\n")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let resources = (result.desired?.addresses ?? []).compactMap { result.desired?.resources[$0] }
    let text = String(decoding: try encoder.encode(resources), as: UTF8.self) + "\n"
    try expectSnapshot(text, at: folder.appending(path: "desired.json"))
  }

  @Test("defaults are filled in, units parsed, sets sorted, lists keyed")
  func normalForm() throws {
    let result = load(
      foundation + """
        ---
        apiVersion: rhizome/v1
        kind: Bucket
        metadata: {name: site}
        spec:
          aliases: [www.plant.example, site, site]
          website: {}
          quotas: {size: 1.5GiB}
          access: [{key: publisher, permissions: [write, read]}]
        ---
        apiVersion: rhizome/v1
        kind: AccessKey
        metadata: {name: publisher}
        """
    )
    #expect(result.diagnostics == [])
    let bucket = try #require(result.desired?.resources[Address(.bucket, "site")])
    #expect(
      bucket.attributes == [
        "aliases": ["site", "www.plant.example"], "website": ["index": "index.html"],
        "quotas": ["size": 1_610_612_736], "access": ["publisher": ["permissions": ["read", "write"]]],
        "deletionPolicy": "retain",
      ]
    )
    let grant = try #require(result.desired?.resources[Address(.grant, "site.publisher")])
    #expect(grant.attributes["write"] == true && grant.attributes["owner"] == false)
    #expect(grant.dependencies == [Address(.accessKey, "publisher"), Address(.bucket, "site")])
  }

  @Test("anchors, aliases and merge keys work")
  func aliases() throws {
    let result = load(
      foundation + """
        ---
        apiVersion: rhizome/v1
        kind: Service
        metadata: {name: a}
        spec:
          run: {process: {command: [a]}}
          environment: &base {A: "1", B: "2"}
        ---
        apiVersion: rhizome/v1
        kind: Service
        metadata: {name: b}
        spec:
          run: {process: {command: [&x a, *x]}}
          environment:
            <<: [{B: "4", C: "5"}, {C: "6", D: "7"}]
            B: "3"
        """
    )
    #expect(result.diagnostics == [])
    let service = try #require(result.desired?.resources[Address(.service, "b")])
    #expect(service.attributes["environment"] == ["B": "3", "C": "5", "D": "7"])
    #expect(service.attributes["run"]["process"]["command"] == ["a", "a"])
  }

  @Test("what is said about drift nearer to a resource counts, and what follows from it has rules of its own")
  func driftPolicies() throws {
    let cluster = foundation.replacingOccurrences(
      of: "spec: {domain: plant.example}",
      with: """
        spec:
          domain: plant.example
          policy:
            drift: ignore
            driftRules:
              - {kind: Bucket, drift: report}
              - {kind: Bucket, field: quotas.size, drift: heal}
              - {kind: Grant, field: owner, drift: report}
        """
    )
    let result = load(
      cluster + """
        ---
        {apiVersion: rhizome/v1, kind: AccessKey, metadata: {name: k}}
        ---
        {apiVersion: rhizome/v1, kind: Bucket, metadata: {name: plain}, spec: {access: [{key: k, permissions: [read]}]}}
        ---
        apiVersion: rhizome/v1
        kind: Bucket
        metadata: {name: own, annotations: {rhizome/drift: heal, rhizome/drift-report: website}}
        spec: {access: [{key: k, permissions: [read]}]}
        ---
        apiVersion: rhizome/v1
        kind: Bucket
        metadata: {name: field, annotations: {rhizome/drift-ignore: quotas}}
        spec: {}
        """
    )
    #expect(result.diagnostics.map(\.message) == [])
    let policies = { (kind: Kind, name: String) in result.desired?.resources[Address(kind, name)]?.policies }
    let (size, quotas, website) = (FieldPath(["quotas", "size"]), FieldPath(["quotas"]), FieldPath(["website"]))
    #expect(policies(.bucket, "plain") == Policies(drift: .report, fieldDrift: [size: .heal], deletion: .retain))
    #expect(policies(.bucket, "own") == Policies(drift: .heal, fieldDrift: [website: .report], deletion: .retain))
    #expect(policies(.bucket, "field") == Policies(drift: .report, fieldDrift: [quotas: .ignore], deletion: .retain))
    #expect(policies(.grant, "own.k") == Policies(drift: .heal))
    #expect(policies(.grant, "plain.k") == Policies(drift: .ignore, fieldDrift: [FieldPath(["owner"]): .report]))
    #expect(policies(.accessKey, "k")?.drift == .ignore)
  }

  @Test("a public port becomes a mapping in its home")
  func portMapping() throws {
    let result = load(
      foundation + """
        ---
        apiVersion: rhizome/v1
        kind: Service
        metadata: {name: web, annotations: {rhizome/drift: report}}
        spec:
          run: {builtin: web}
          ports: [{name: http, port: 3902, public: {port: 80}}]
        """
    )
    let mapping = try #require(result.desired?.resources[Address(.portMapping, "home.tcp-80")])
    #expect(
      mapping.attributes == [
        "zone": "home", "protocol": "tcp", "externalPort": 80, "internalAddress": "192.168.1.20",
        "internalPort": 3902, "service": "web", "lease": 3_600_000,
      ]
    )
    #expect(mapping.home == .zone("home"))
    #expect(mapping.policies.drift == .report)
    #expect(mapping.dependencies == [Address(.zone, "home"), Address(.service, "web")])
    #expect(result.desired?.resources[Address(.service, "web")]?.home == .node("laptop"))
  }
}

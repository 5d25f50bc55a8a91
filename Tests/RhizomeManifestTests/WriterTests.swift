import RhizomeModel
import Testing

@testable import RhizomeManifest

@Suite("Writing manifests")
struct WriterTests {
  @Test("every kind and field is read back as it was", arguments: UInt64(1)...200)
  func roundTrip(seed: UInt64) throws {
    var maker = SpecMaker(seed: seed)
    for kind in Kind.declarable {
      let spec = maker.spec(of: kind)
      let declaration = WrittenDeclaration(
        Address(kind, maker.label()),
        annotations: seed % 2 == 0 ? [:] : ["rhizome/adopt": "true", "plant.example/note": maker.anyText()],
        spec: spec
      )
      let text = ManifestWriter.text([declaration])
      let (found, problems) = ManifestReader.read(text)
      #expect(problems.isEmpty, "\(text)")
      #expect(found.map(\.address) == [declaration.address])
      #expect(found.first?.spec == spec, "\(text)")
      #expect(found.first?.annotations.mapValues(\.value) == annotationsOfOurs(declaration))
    }
  }

  /// Annotations of other programs pass, and are not kept.
  private func annotationsOfOurs(_ declaration: WrittenDeclaration) -> [String: String] {
    declaration.annotations.filter { $0.key.hasPrefix("rhizome/") }
  }

  @Test("every field was written by some seed")
  func coverage() {
    var seen: Set<String> = []
    for seed in UInt64(1)...200 {
      var maker = SpecMaker(seed: seed)
      for kind in Kind.declarable { SpecMaker.collect(maker.spec(of: kind), "\(kind)", Schema.spec(of: kind), &seen) }
    }
    var all: Set<String> = []
    for kind in Kind.declarable { SpecMaker.names("\(kind)", Schema.spec(of: kind), &all) }
    #expect(all.subtracting(seen) == [])
  }

  @Test(
    "text that looks like something else stays text",
    arguments: [
      "", " ", "true", "No", "null", "~", "1", "0o17", "1e3", "- a", "a: b", "a #b", "{a}", "[a]", "*a", "&a", "!a",
      "%a",
      "@a", "`a`", "'", "\"", "\\", "a\tb", "a\nb", "a\nb\n", "a\n\nb\n\n", "\na", " a\nb", "a\r\nb", "\u{7}", "\u{85}",
      "\u{2028}", "\u{FEFF}a", "\u{202E}a", "---", "...", "a: |", "é", "日本", "👩‍👩‍👧", "e\u{301}", "a,b", "a ", "# a",
      "2027-01-31", "=", "<<", "a'b", "key: [x", "?", "| a", "> a",
    ]
  )
  func hostileText(text: String) throws {
    let spec: Value = ["description": .string(text), "members": []]
    let declaration = WrittenDeclaration(Address(.group, "g"), spec: spec)
    let (found, problems) = ManifestReader.read(ManifestWriter.text([declaration]))
    #expect(problems.isEmpty)
    #expect(found.first?.spec["description"].text.map { Array($0.utf8) } == Array(text.utf8))
  }

  @Test("secrets are not written")
  func secrets() {
    let spec: Value = ["password": ["hash": .sensitive(Sensitive(fingerprint: "f", cleartext: "{SSHA}hush"))]]
    let text = ManifestWriter.text([WrittenDeclaration(Address(.user, "alice"), spec: spec)])
    #expect(!text.contains("hush") && !text.contains("{SSHA}"))
  }

  @Test("reads as a person would write it")
  func tidy() {
    let declarations = [
      WrittenDeclaration(
        Address(.bucket, "site"),
        annotations: ["rhizome/adopt": "true"],
        spec: [
          "aliases": ["site", "www.plant.example"], "website": ["index": "index.html", "error": "404.html"],
          "quotas": ["size": .integer(10 << 30)], "access": ["publisher": ["permissions": ["read", "write"]]],
          "deletionPolicy": "retain",
        ]
      ),
      WrittenDeclaration(Address(.group, "admins"), spec: ["members": ["alice"], "description": "One\nTwo"]),
    ]
    #expect(
      ManifestWriter.text(declarations) == """
        apiVersion: rhizome/v1
        kind: Bucket
        metadata:
          name: site
          annotations: {rhizome/adopt: "true"}
        spec:
          aliases: [site, www.plant.example]
          website: {error: "404.html"}
          quotas: {size: 10GiB}
          access: [{key: publisher, permissions: [read, write]}]
        ---
        apiVersion: rhizome/v1
        kind: Group
        metadata: {name: admins}
        spec:
          description: |-
            One
            Two
          members: [alice]

        """
    )
  }
}

import OpenSSL
import RhizomeManifest
import RhizomeModel
import RhizomeSource
import Testing

/// What git writes, and what a repository can be made to hold by hand.
@Suite struct GitFormatTests {
  private static let object = String(repeating: "0123456789", count: 4)

  private func listing(_ lines: (mode: String, path: String)...) -> [UInt8] {
    lines.flatMap { Array("\($0.mode) blob \(Self.object)\t\($0.path)".utf8) + [0] }
  }

  // MARK: URLs

  @Test(arguments: [
    "https://git.example/plant/infra.git", "ssh://git@git.example:2222/plant/infra.git", "http://127.0.0.1:8080/a.git",
    "file:///srv/infra.git", "https://[::1]:3000/a",
  ]) func `URLs of the four protocols are taken`(_ text: String) { #expect(GitURL(text)?.text == text) }

  @Test(arguments: [
    "", "git@git.example:plant/infra.git", "git://git.example/a", "ext::sh -c true", "--upload-pack=x", "/srv/a.git",
    "https://", "https://git.example", "https:///a", "https://alice@git.example/a", "https://a:b@git.example/a",
    "ssh://git:secret@git.example/a", "ssh://-oProxyCommand=x/a", "ssh://git@-x/a", "file://host/a",
    "https://git.example/a b", "https://git.example/a\nb", "HTTPS://git.example/a", "https://é.example/a",
  ]) func `other URLs are refused with a reason`(_ text: String) {
    #expect(GitURL(text) == nil)
    #expect(GitURL.problem(with: text) != nil)
  }

  @Test func `a token is good for its host only`() {
    #expect(GitURL("https://git.example:8443/a/b.git")?.origin == "https://git.example:8443")
  }

  // MARK: Trees

  @Test func `manifests are found, everything else and hidden files are left out`() throws {
    let tree = try GitTree(
      listing: listing(("100644", "a.yaml"), ("100755", "b/c.yml"), ("100644", "README"), ("100644", ".ci/x.yaml"))
    )
    #expect(tree.manifests.map(\.path) == ["a.yaml", "b/c.yml"])
  }

  @Test(arguments: [
    "../a.yaml", "a/../../b.yaml", ".git/config.yaml", "a/.GIT/x.yaml", "a//b.yaml", "/a.yaml", "./a.yaml",
  ])
  func `names that lead out are refused`(_ path: String) {
    #expect(throws: SourceError.self) { try GitTree(listing: listing(("100644", path))) }
  }

  @Test(arguments: [
    "100644 blob", "100644 blob zz\ta", "x", "777777 blob \(object)\ta.yaml", "100644 blob \(object)\ta\u{1B}.yaml",
  ])
  func `a list of another form is refused`(_ line: String) {
    #expect(throws: SourceError.self) { try GitTree(listing: Array(line.utf8) + [0]) }
  }

  @Test func `submodules are refused by name`() {
    let error = #expect(throws: SourceError.self) { try GitTree(listing: listing(("160000", "vendored"))) }
    #expect(error?.path == "vendored")
  }

  @Test func `too many files are refused`() {
    var limits = ManifestLimits.standard
    limits.files = 1
    let error = #expect(throws: SourceError.self) {
      try GitTree(listing: listing(("100644", "a.yaml"), ("100644", "b.yaml")), limits: limits)
    }
    #expect(error?.code == .limitExceeded && error?.path == "b.yaml")
  }

  @Test(arguments: [
    ("x/a.yaml", "../base.yaml", true), ("a.yaml", "./base.yaml", true), ("a.yaml", "/base.yaml", false),
    ("a.yaml", "../base.yaml", false), ("x/a.yaml", "../../base.yaml", false), ("a.yaml", "none.yaml", false),
    ("a.yaml", "", false),
  ]) func `a link stands for a file inside, or is refused`(_ link: String, _ target: String, _ isFine: Bool) throws {
    let tree = try GitTree(listing: listing(("100644", "base.yaml"), ("120000", link)))
    let found = try? tree.target(of: tree.links[0], Array(target.utf8))
    #expect((found?.path == link) == isFine)
  }

  @Test func `every link that leaves is refused, also one that is no manifest`() throws {
    let tree = try GitTree(listing: listing(("120000", "etc")))
    #expect(throws: SourceError.self) { try tree.target(of: tree.links[0], Array("/etc".utf8)) }
    #expect(try tree.target(of: tree.links[0], Array("inside".utf8)) == nil)
  }

  // MARK: Contents

  @Test func `contents are taken by their sizes`() throws {
    let answer = Array("\(Self.object) blob 3\na\nb\n\(Self.object) blob 0\n\n".utf8)
    #expect(try GitBatch.contents(of: answer, count: 2) == [Array("a\nb".utf8), []])
    for length in 0..<answer.count {
      #expect(throws: GitFailure.self) { try GitBatch.contents(of: Array(answer.prefix(length)), count: 2) }
    }
  }

  @Test(arguments: [
    "\(object) missing\n", "\(object) tree 3\nabc\n", "\(object) blob -1\n\n", "\(object) blob 9999999999999999999\n",
  ])
  func `a missing or odd object is a failure`(_ answer: String) {
    #expect(throws: GitFailure.self) { try GitBatch.contents(of: Array(answer.utf8), count: 1) }
  }

  // MARK: Commits

  private func commit(_ message: String) -> GitCommit? {
    let head = "tree x\nauthor Zoé <zoe@x> 1700000000 +0100\ncommitter B <b@x> 1 +0000\ngpgsig x\n y\n\n"
    return GitCommit(id: Self.object, object: Array((head + message).utf8))
  }

  @Test func `author, time and first line are read, without what gives orders to a terminal`() {
    let read = commit("Add \u{1B}[31mphotos\u{202E}\n\nBody\n")
    #expect(read?.author == "Zoé <zoe@x>" && read?.authoredAt == Timestamp(milliseconds: 1_700_000_000_000))
    #expect(read?.summary == "Add  [31mphotos ")
  }

  @Test(arguments: [
    ("s\n\nRhizome-Allow-Deletions: 3\n", 3), ("s\n\nbody\n\nSigned-off-by: x\nrhizome-allow-deletions:12\n", 12),
  ]) func `the trailer is read from the last paragraph`(_ message: String, _ count: Int) {
    #expect(commit(message)?.allowedDeletions == count)
  }

  @Test(arguments: [
    "Rhizome-Allow-Deletions: 3\n", "s\n\nRhizome-Allow-Deletions: 3\n\nmore\n", "s\n\nRhizome-Allow-Deletions: -1\n",
    "s\n\nRhizome-Allow-Deletions: 3x\n", "s\n\nRhizome-Allow-Deletions: 3\nRhizome-Allow-Deletions: 4\n",
    "s\n\nRhizome-Allow-Deletions: 99999999\n",
  ]) func `anything else is no trailer`(_ message: String) { #expect(commit(message)?.allowedDeletions == nil) }

  @Test func `an object without an author is no commit`() {
    #expect(GitCommit(id: Self.object, object: Array("tree x\n\nauthor in the message\n".utf8)) == nil)
  }

  // MARK: Webhooks

  private let body = Array(#"{"ref": "refs/heads/main"}"#.utf8)

  private func mac(_ secret: String) -> String {
    Hex.encode(MessageAuthentication.hmac(body, key: Array(secret.utf8), .sha256))
  }

  private func isGenuine(_ headers: [String: String]) -> Bool {
    GitWebhook.isGenuine(header: { headers[$0] }, body: body, secret: "s3cret")
  }

  @Test func `each forge is known by its manner`() {
    #expect(isGenuine(["x-forgejo-signature": mac("s3cret"), "x-hub-signature-256": "sha256=" + mac("s3cret")]))
    #expect(isGenuine(["x-gitea-signature": mac("s3cret")]))
    #expect(isGenuine(["x-hub-signature-256": "sha256=" + mac("s3cret")]))
    #expect(isGenuine(["x-gitlab-token": "s3cret"]))
  }

  @Test func `everything else is refused`() {
    let bad: [[String: String]] = [
      [:], ["x-gitea-signature": ""], ["x-gitea-signature": mac("other")], ["x-hub-signature-256": "sha256="],
      ["x-hub-signature": "sha1=" + mac("s3cret")], ["x-gitlab-token": ""], ["x-gitlab-token": "s3cre"],
      ["x-gitea-signature": mac("s3cret"), "x-hub-signature-256": "sha256=" + mac("other")],
      ["x-gitlab-token": "s3cret", "x-gitea-signature": mac("other")], ["x-gitea-signature": "zz" + mac("s3cret")],
    ]
    for headers in bad { #expect(!isGenuine(headers), "\(headers)") }
  }

  @Test func `GitHub's own example is taken`() {
    // https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries, "Testing the webhook payload".
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    let headers = ["x-hub-signature-256": signature]
    #expect(
      GitWebhook.isGenuine(
        header: { headers[$0] },
        body: Array("Hello, World!".utf8),
        secret: "It's a Secret to Everybody"
      )
    )
  }

  // MARK: Words of git

  @Test(arguments: [
    ("fatal: couldn't find remote ref refs/heads/main", GitFailure.Code.noBranch),
    ("Host key verification failed.\nfatal: Could not read from remote repository.", .hostKey),
    ("fatal: Authentication failed for 'https://git.example/a/'", .loginRefused),
    ("git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.", .loginRefused),
    ("fatal: repository 'https://git.example/a/' not found", .noRepository),
    ("fatal: unable to access 'https://x/': Could not resolve host: x", .unreachable),
    ("fatal: early EOF\nfatal: fetch-pack: invalid index-pack output", .damaged), ("", .other),
  ]) func `what git says is told in plain words`(_ text: String, _ code: GitFailure.Code) {
    let failure = GitFailure.fetching(GitSettings(url: "https://git.example/a"), exitCode: 128, errorText: text)
    #expect(failure.code == code)
    #expect(failure.message.contains("https://git.example/a"))
  }
}

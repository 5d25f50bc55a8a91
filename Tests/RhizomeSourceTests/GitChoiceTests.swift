import RhizomeSource
import Testing

@Suite struct GitChoiceTests {
  private let given = GitSettings(url: "https://git.example/a", credential: "token", knownHosts: "host key")

  @Test func `what the daemon was started with is followed where nothing is declared`() {
    #expect(GitChoice(given: given).effective == given)
    #expect(GitChoice().effective == nil)
  }

  @Test func `nothing is followed before it is known what runs, since only that says whose signatures count`() {
    #expect(GitChoice(given: given, isWaiting: true).effective == nil)
  }

  @Test func `what is declared ranks above, and is completed where it is about the same repository`() {
    var declared = GitSettings(url: given.url, branch: "live")
    declared.signers = GitSigners(isRequired: true, ssh: "alice ssh-ed25519 AAAA")
    let effective = GitChoice(given: given, declared: declared).effective
    #expect(effective?.branch == "live" && effective?.signers == declared.signers)
    #expect(effective?.credential == "token" && effective?.knownHosts == "host key")
  }

  @Test func `a token is not taken along to another repository`() {
    let declared = GitSettings(url: "https://other.example/a")
    #expect(GitChoice(given: given, declared: declared).effective?.credential == nil)
  }

  @Test func `signers of the start hold until others are declared`() {
    var strict = given
    strict.signers = GitSigners(isRequired: true, ssh: "alice ssh-ed25519 AAAA")
    let declared = GitSettings(url: given.url)
    #expect(GitChoice(given: strict, declared: declared).effective?.signers == strict.signers)
  }

  @Test func `only another place, or another way to it, is a place to look at first`() {
    let choice = GitChoice(given: given, declared: GitSettings(url: given.url, path: "live"))
    #expect(choice.place(declaring: GitSettings(url: given.url, path: "live", interval: .seconds(5))) == nil)
    #expect(choice.place(declaring: GitSettings(url: given.url, path: "lvie"))?.path == "lvie")
    #expect(choice.place(declaring: GitSettings(url: given.url, branch: "next", path: "live"))?.credential == "token")
    let renewed = GitSettings(url: given.url, path: "live", credential: "renewed")
    #expect(choice.place(declaring: renewed)?.credential == "renewed")
    // What the daemon was started with is followed again.
    #expect(choice.place(declaring: nil) == given)
    #expect(GitChoice().place(declaring: nil) == nil)
    #expect(GitChoice().place(declaring: given) == given)
  }

  @Test func `what was said at the start and manifests say otherwise is told`() {
    let start = GitStart(url: given.url, branch: "live", path: "cluster", credentialOption: "--git-token-file")
    #expect(start.outranked(by: nil) == [])
    #expect(start.outranked(by: GitSettings(url: given.url, branch: "live", path: "cluster")) == [])
    let declared = GitSettings(url: given.url, branch: "main", path: "infra", credential: "x", knownHosts: "y")
    #expect(
      start.outranked(by: declared) == [
        "Without effect: --branch live. The manifests declare the branch 'main' (Cluster.spec.git), and rank above.",
        "Without effect: --path cluster. The manifests declare the folder 'infra' (Cluster.spec.git), and rank above.",
        "Without effect: --git-token-file. The manifests declare credentials of their own (Cluster.spec.git), and rank "
          + "above.",
      ]
    )
    // What was left out was not said, and nothing is told of it.
    #expect(GitStart(url: given.url).outranked(by: declared) == [])
    let elsewhere = start.outranked(by: GitSettings(url: "https://other.example/a"))
    #expect(elsewhere.count == 1 && elsewhere.first?.contains("the repository https://other.example/a") == true)
  }

  @Test func `a description shows no token`() {
    #expect(!"\(given) \(String(reflecting: given))".contains("token"))
  }
}

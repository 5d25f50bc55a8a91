import RhizomeManifest
import RhizomeSource
import Testing

@Suite struct GitSightTests {
  private static let settings = GitSettings(url: "https://git.example/a", path: "lvie")

  private func problem(_ text: String?, _ folders: [String] = [], _ settings: GitSettings = settings) -> String? {
    let files = text.map { $0.isEmpty ? [] : [ManifestFile(path: "all.yaml", bytes: Array($0.utf8))] }
    let commit = String(repeating: "ab", count: 20)
    return GitSight(settings: settings, commit: commit, files: files, folders: folders).problem(ofCluster: "plant")
  }

  private func cluster(_ name: String) -> String {
    "apiVersion: rhizome/v1\nkind: Cluster\nmetadata: {name: \(name)}\nspec: {domain: plant.example}\n"
  }

  @Test func `a folder that is not there is told with those that are`() {
    #expect(
      problem(nil, ["docs", "live"])
        == "there is no folder 'lvie' at commit ababababab; there are 'docs', 'live'"
    )
    #expect(problem(nil, ["live"])?.hasSuffix("; there is 'live'") == true)
    #expect(problem(nil)?.hasSuffix("; there are no folders") == true)
    #expect(problem(nil, (1...11).map { "f\($0)" })?.hasSuffix("'f8' and 3 more") == true)
  }

  @Test func `a folder without manifests is told likewise`() {
    #expect(problem("", ["live"]) == "the folder 'lvie' holds no manifests at commit ababababab; there is 'live'")
    let whole = GitSettings(url: "https://git.example/a")
    #expect(problem("", [], whole) == "it holds no manifests at commit ababababab; there are no folders")
  }

  @Test func `the manifests have to be without mistakes, and this cluster's`() {
    #expect(problem(cluster("plant")) == nil)
    #expect(
      problem(cluster("forest"))
        == "the manifests there, at commit ababababab, are those of the Cluster 'forest', not of 'plant'"
    )
    let slip = problem(cluster("plant").replacing("spec", with: "spce"))
    #expect(slip?.hasPrefix("the manifests there, at commit ababababab, have mistakes: ") == true)
    #expect(slip?.contains("all.yaml:4: ") == true)
    #expect(problem("# nothing\n")?.contains("have mistakes") == true)
  }

  @Test func `what the place says of itself is final, and what the line says is not`() {
    for code in [GitFailure.Code.noBranch, .noRepository, .loginRefused, .hostKey] {
      #expect(GitFailure(code, "").isAboutThePlace)
    }
    for code in [GitFailure.Code.unreachable, .timedOut, .other, .damaged] {
      #expect(!GitFailure(code, "").isAboutThePlace)
    }
  }
}

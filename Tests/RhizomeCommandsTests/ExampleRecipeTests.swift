import Foundation
import Testing

/// The recipes in `Examples/git` are read by a YAML parser that is not ours.
@Suite struct ExampleRecipeTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let python = ProcessInfo.processInfo.environment["RHIZOME_PYTHON"] ?? "python3"

  private static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [python] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  @Test(.enabled(if: (try? run(["-c", "import yaml"]).status) == 0, "RHIZOME_PYTHON has no yaml"))
  func `the Forgejo Actions recipe is a workflow that validates and plans`() throws {
    let script = """
      import sys, yaml
      flow = yaml.safe_load(open(sys.argv[1]))
      assert flow[True]["pull_request"]["paths"] == ["cluster/**"], flow  # YAML 1.1 reads the key `on` as true
      steps = [step for job in flow["jobs"].values() for step in job["steps"]]
      assert all(job["runs-on"] for job in flow["jobs"].values())
      assert all(("run" in step) != ("uses" in step) for step in steps)
      text = "\\n".join(step.get("run", "") for step in steps)
      assert "rhizome validate -f cluster" in text and "rhizome plan -f cluster" in text and "-o markdown" in text
      assert "${{ secrets" not in text, "a secret in a script is one in its arguments"
      """
    let recipe = Self.root.appending(path: "Examples/git/.forgejo/workflows/rhizome.yaml")
    let (status, output) = try Self.run(["-c", script, recipe.path])
    #expect(status == 0, "\(output)")
  }
}

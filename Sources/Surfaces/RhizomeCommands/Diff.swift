package import ArgumentParser
import RhizomeAPI
import RhizomeClient
import RhizomeModel

/// `rhizome diff N M`
package struct Diff: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Tell what going from one revision to another does, by what they declare.",
    discussion:
      "Nothing is looked at: the world counts as being exactly what the first revision says. Exit code 2 when "
      + "they differ."
  )

  @Argument(help: "The number of a revision, from `rhizome history`.")
  var from: Int
  @Argument(help: "Another one.")
  var to: Int
  @OptionGroup var output: OutputOptions<PlanFormats>
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let response = try await connection.client.compare(CompareRequest(from: from, to: to))
    try PlanOutput.write(response.plan, as: output.format)
    if !response.plan.isEmpty { throw ExitCode(2) }
  }
}

/// Measures an engine against what it wants to be compared with, both in the same run:
/// `EngineBenchmarks directory` and `EngineBenchmarks storage`.
@main
struct Main {
  struct Usage: Error, CustomStringConvertible { let description = "usage: EngineBenchmarks directory | storage" }

  static func main() async throws {
    switch CommandLine.arguments.dropFirst().first {
    case "directory": try await DirectoryBenchmark.run()
    case DirectoryBenchmark.command: try await DirectoryBenchmark.serve()
    case AnsweringMachine.command: try await AnsweringMachine.serve()
    case KeptAwake.command: await KeptAwake.serve()
    case "storage": try await StorageBenchmark.run()
    default: throw Usage()
    }
  }
}

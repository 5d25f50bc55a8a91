#if os(Linux)
  import Glibc

  /// Runs `home.sh` and reads what it prints.
  enum HomeScript {
    private static let path: String = {
      let here = "Sources/Testing/RouterLab/HomeScript.swift"
      return #filePath.dropLast(here.count) + "Tests/Integration/Lab/home.sh"
    }()

    /// - Returns: the standard output.
    /// - Throws: `LabError` with the standard error when the script fails.
    static func run(_ arguments: [String]) async throws -> String {
      let search = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
      return try await Command.run(
        ["/bin/sh", path] + arguments,
        environment: ["LAB_OWNER_PID=\(getpid())", "PATH=\(search)"]
      )
    }

    /// The `KEY=VALUE` lines of a text.
    static func facts(_ text: String) -> [String: String] {
      let pairs = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
      return Dictionary(pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }) { $1 }
    }
  }
#endif

#if os(Linux)
  import Glibc

  /// Runs `Tests/Integration/Lab/lab`, the one program that makes laboratories, for people and for tests.
  package enum LabProgram {
    private static let path: String = {
      let here = "Sources/Testing/RouterLab/LabProgram.swift"
      return #filePath.dropLast(here.count) + "Tests/Integration/Lab/lab"
    }()

    /// The system's own Python where there is one: what a version manager puts first takes longer to start.
    private static let python = access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3"

    /// - Parameter owner: the process with whose end a lab made now may be swept.
    /// - Returns: the standard output.
    /// - Throws: `LabError` with the standard error when the program fails.
    package static func run(_ arguments: [String], owner: Int32 = getpid()) async throws -> String {
      let search = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
      return try await Command.run(
        [python, path] + arguments,
        environment: ["LAB_OWNER_PID=\(owner)", "PATH=\(search):/usr/sbin:/sbin"]
      )
    }
  }
#endif

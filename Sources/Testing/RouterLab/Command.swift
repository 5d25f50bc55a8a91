#if os(Linux)
  import Glibc
  import UPnP

  /// Runs a program to its end without blocking the cooperative pool.
  ///
  /// Not Foundation's `Process`: that learns of the end through a socket which any daemon started by the program keeps
  /// open.
  enum Command {
    /// - Returns: what the program prints on its standard output.
    /// - Throws: `LabError` with its standard error when it fails or takes longer than a minute.
    static func run(_ words: [String], environment: [String] = []) async throws -> String {
      try await BlockingCalls().run("run \(words.joined(separator: " "))", deadline: .seconds(60)) {
        let (output, errors) = (temporaryFile(), temporaryFile())
        defer { for file in [output, errors] { close(file) } }
        let status = try wait(for: start(words, environment, output: output, errors: errors))
        guard status == 0 else { throw LabError("\(words.joined(separator: " ")): \(contents(of: errors))") }
        return contents(of: output)
      }
    }

    private static func start(_ words: [String], _ environment: [String], output: CInt, errors: CInt) throws -> pid_t {
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      defer { posix_spawn_file_actions_destroy(&actions) }
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_adddup2(&actions, output, 1)
      posix_spawn_file_actions_adddup2(&actions, errors, 2)
      let arguments = words.map { strdup($0) } + [nil]
      let variables = environment.map { strdup($0) } + [nil]
      defer { for text in arguments + variables { free(text) } }
      var child: pid_t = 0
      let status = posix_spawnp(&child, words[0], &actions, nil, arguments, variables)
      guard status == 0 else { throw LabError("cannot start \(words[0]): error \(status)") }
      return child
    }

    /// - Returns: the exit status; 128 plus the signal when a signal ended it.
    private static func wait(for child: pid_t) -> CInt {
      var status: CInt = 0
      while waitpid(child, &status, 0) < 0, errno == EINTR {}
      return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
    }

    private static func temporaryFile() -> CInt {
      var template = Array("/tmp/rhizome-lab-XXXXXX".utf8CString)
      let file = mkstemp(&template)
      _ = fcntl(file, F_SETFD, FD_CLOEXEC)
      unlink(template)
      return file
    }

    private static func contents(of file: CInt) -> String {
      var bytes = [UInt8](repeating: 0, count: 256 * 1024)
      let count = pread(file, &bytes, bytes.count, 0)
      return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
  }
#endif

internal import OpenSSL

/// A program to be kept running.
package struct ProcessDefinition: Sendable, Hashable {
  /// Identifies it within its supervisor, and names its folder: letters, digits, `-`, `_` and `.`.
  package let name: String
  /// The program and its arguments. Everybody on the machine can read these: secrets belong into the environment or
  /// into files. A program without a slash is looked for in `PATH`.
  package var command: [String]
  /// All variables, beside `PATH` and `HOME`, which are given small defaults.
  package var environment: [String: String]
  /// Where it runs; nil means its own folder. A relative path lies inside its own folder.
  package var workingDirectory: String?
  /// Files that are written before it starts, and replace what is there.
  package var files: [RenderedFile]
  /// How long it may take to end after SIGTERM before SIGKILL.
  package var stopGrace: Duration

  package init(
    name: String,
    command: [String],
    environment: [String: String] = [:],
    workingDirectory: String? = nil,
    files: [RenderedFile] = [],
    stopGrace: Duration = .seconds(10)
  ) {
    self.name = name
    self.command = command
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.files = files.sorted { $0.path < $1.path }
    self.stopGrace = stopGrace
  }

  /// A digest of all that a running process cannot change any more: when it differs, a restart is due.
  package var digest: String {
    let digest = Digest(.sha256)
    func add(_ text: some Sequence<UInt8>) {
      let bytes = Array(text)
      // Lengths in front keep neighbouring fields apart.
      digest.update(Array("\(bytes.count):".utf8))
      digest.update(bytes)
    }
    func add(count: Int) { add(String(count).utf8) }
    add(count: command.count)
    for argument in command { add(argument.utf8) }
    add(count: environment.count)
    for (key, value) in environment.sorted(by: { $0.key < $1.key }) {
      add(key.utf8)
      add(value.utf8)
    }
    add((workingDirectory ?? "").utf8)
    for file in files {
      add(file.path.utf8)
      add(file.content)
      add(count: Int(file.mode))
    }
    return Hex.encode(digest.finalize())
  }
}

/// A file written for a process into its own folder.
package struct RenderedFile: Sendable, Hashable {
  /// Relative to the process's folder, without `..`.
  package let path: String
  package let content: [UInt8]
  /// Permission bits; 0600 keeps it to its user.
  package let mode: UInt32

  package init(path: String, content: [UInt8], mode: UInt32 = 0o600) {
    self.path = path
    self.content = content
    self.mode = mode
  }
}

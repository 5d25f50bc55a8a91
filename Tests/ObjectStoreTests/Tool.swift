import Foundation

/// Runs the programs that real people use against the store.
enum Tool {
  struct Result: Sendable {
    let status: Int32
    let output: String
  }

  static let python = ProcessInfo.processInfo.environment["RHIZOME_PYTHON"] ?? "python3"

  /// Whether a command can be started and says that all is well.
  static func works(_ command: [String]) -> Bool { (try? runBlocking(command, [:], nil))?.status == 0 }

  static let hasBoto = works([python, "-c", "import boto3"])
  static let hasAWS = works(["aws", "--version"])
  static let hasRclone = works(["rclone", "version"])
  static let hasCurl = works(["curl", "--version"])

  /// Runs a command with the settings that S3 clients look for; standard output and error are put together.
  static func run(
    _ command: [String],
    _ running: RunningStore,
    extra: [String: String] = [:]
  ) async throws -> Result {
    var environment = [
      "AWS_ENDPOINT_URL": running.endpoint, "RCLONE_CONFIG": "\(running.fixture.directory)/rclone.conf",
      "RCLONE_CONFIG_R_TYPE": "s3", "RCLONE_CONFIG_R_PROVIDER": "Other", "RCLONE_CONFIG_R_ENV_AUTH": "true",
      "RCLONE_CONFIG_R_ENDPOINT": running.endpoint, "RCLONE_CONFIG_R_REGION": "garage",
      "WEB_PORT": String(running.webPort),
    ]
    environment.merge(extra) { $1 }
    return try await run(command, running.fixture.directory, environment)
  }

  /// Runs a command with the usual key, in a directory.
  static func run(_ command: [String], _ directory: String, _ extra: [String: String] = [:]) async throws -> Result {
    var environment = [
      "AWS_ACCESS_KEY_ID": StoreFixture.keyID, "AWS_SECRET_ACCESS_KEY": StoreFixture.secret,
      "AWS_DEFAULT_REGION": "garage", "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null",
      "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1",
    ]
    environment.merge(extra) { $1 }
    return try await withCheckedThrowingContinuation { [environment] continuation in
      DispatchQueue.global().async {
        continuation.resume(with: Swift.Result { try runBlocking(command, environment, directory) })
      }
    }
  }

  private static func runBlocking(
    _ command: [String],
    _ environment: [String: String],
    _ directory: String?
  ) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Rclone refuses to start with it, and nothing here speaks TLS.
    process.environment?["AWS_CA_BUNDLE"] = nil
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Result(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
  }
}

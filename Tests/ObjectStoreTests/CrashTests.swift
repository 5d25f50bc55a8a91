import Foundation
import ObjectStore
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Crashes", .enabled(if: Tool.hasBoto, "needs boto3 in $RHIZOME_PYTHON"))
struct CrashTests {
  /// A child process serves the store and is killed at some instant, while clients in another process upload, replace
  /// and delete. Whatever they were told is done must be there afterwards, whole.
  @Test("nothing acknowledged is lost by kill -9", arguments: [400, 700, 1100])
  func killed(milliseconds: Int) async throws {
    try await StoreFixture.with { fixture in
      let script = try #require(
        Bundle.module.url(forResource: "crash_clients.py", withExtension: nil, subdirectory: "Resources")
      ).path
      let directory = fixture.directory
      try await fixture.serving { running in
        try await running.importKey()
        try await running.makeBucket("bucket")
      }
      let portFile = "\(directory)/port"
      async let clients = Tool.run([Tool.python, script, "upload", portFile, "\(directory)/acknowledged"], directory)
      await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String, milliseconds] in
        let portFile = "\(directory)/port"
        try await StoreFixture(directory: directory).serving { running in
          try Data("\(running.s3Port)\n".utf8).write(to: URL(fileURLWithPath: portFile), options: .atomic)
          while !FileManager.default.fileExists(atPath: "\(portFile).ready") { usleep(1000) }
          usleep(UInt32(milliseconds * 1000))
          kill(getpid(), SIGKILL)
        }
      }
      let uploaded = try await clients
      #expect(uploaded.status == 0, "\(uploaded.output)")
      try await fixture.serving { running in
        #expect(running.store.startupReport.damagedFiles.isEmpty)
        let check = [Tool.python, script, "check", running.endpoint, "\(directory)/acknowledged"]
        let checked = try await Tool.run(check, running)
        #expect(checked.status == 0, "\(checked.output)")
        let bucket = try #require(try await running.store.bucket(alias: "bucket"))
        let usage = "objects=\(bucket.objectCount) bytes=\(bucket.byteCount)"
        #expect(checked.output.contains(usage), "the books say \(usage), the listing: \(checked.output)")
      }
      #expect(try fixture.temporaryFiles().isEmpty)
    }
  }
}

import Foundation
import ObjectStore
import S3Protocol
import Testing

@Suite("Real clients")
struct ClientTests {
  private static func script(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Resources")).path
  }

  @Test("boto3, unchanged", .enabled(if: Tool.hasBoto, "needs boto3 in $RHIZOME_PYTHON"))
  func boto() async throws {
    try await StoreFixture.with { fixture in
      try await fixture.serving { running in
        try await running.importKey()
        try await running.importKey("GKother", mayCreateBuckets: false)
        let expired = AccessKeySettings(expiry: Timestamp(seconds: 1))
        try await running.store.importKey(id: "GKexpired", secret: StoreFixture.secret, expired, mark: nil)
        let quotas = BucketSettings.Quotas(maximumByteCount: 100_000, maximumObjectCount: 3)
        try await running.makeBucket("quota", settings: BucketSettings(aliases: ["quota"], quotas: quotas))
        try await running.makeBucket("readonly", .read)
        try await running.makeBucket("foreign", [])
        let result = try await Tool.run([Tool.python, try Self.script("boto_calls.py")], running)
        #expect(result.status == 0, "\(result.output)")
      }
    }
  }

  @Test("streamed bodies with signed chunks and trailers", .enabled(if: Tool.hasBoto, "needs boto3 in $RHIZOME_PYTHON"))
  func chunked() async throws {
    try await StoreFixture.with { fixture in
      try await fixture.serving { running in
        try await running.importKey()
        try await running.makeBucket("bucket")
        let result = try await Tool.run([Tool.python, try Self.script("chunked_calls.py")], running)
        #expect(result.status == 0, "\(result.output)")
      }
      #expect(try fixture.temporaryFiles().isEmpty)
      #expect(try fixture.blobs().count == 3)
    }
  }

  @Test(
    "bodies pass in bounded memory, both ways",
    .enabled(if: Tool.hasCurl && Memory.canBeMeasured, "needs curl, Linux")
  )
  func memory() async throws {
    try await StoreFixture.with { fixture in
      try await fixture.serving { running in
        try await running.importKey()
        try await running.makeBucket("bucket")
        let before = try Memory.residentPeak()
        let result = try await Tool.run(["bash", "-xeuo", "pipefail", try Self.script("large_body.sh")], running)
        #expect(result.status == 0, "\(result.output)")
        let growth = try Memory.residentPeak() - before
        #expect(growth < 100 << 20, "the process grew by \(growth >> 20) MiB for a body of 400 MiB")
      }
    }
  }

  @Test("broken and hostile clients", .enabled(if: Tool.hasBoto, "needs boto3 in $RHIZOME_PYTHON"))
  func hostile() async throws {
    try await StoreFixture.with { fixture in
      try await fixture.serving { running in
        try await running.importKey()
        let website = BucketSettings.Website(index: "index.html")
        try await running.makeBucket("bucket", settings: BucketSettings(aliases: ["bucket"], website: website))
        let result = try await Tool.run([Tool.python, try Self.script("hostile_calls.py")], running)
        #expect(result.status == 0, "\(result.output)")
      }
      #expect(try fixture.temporaryFiles().isEmpty)
      #expect(try fixture.blobs().isEmpty)
    }
  }

  @Test("aws s3 and s3api, unchanged", .enabled(if: Tool.hasAWS, "needs the AWS command line"))
  func aws() async throws {
    try await StoreFixture.with { fixture in
      try await fixture.serving { running in
        try await running.importKey()
        let result = try await Tool.run(["bash", "-xeuo", "pipefail", try Self.script("aws_calls.sh")], running)
        #expect(result.status == 0, "\(result.output)")
      }
    }
  }

  @Test("rclone, unchanged", .enabled(if: Tool.hasRclone, "needs rclone"))
  func rclone() async throws {
    try await StoreFixture.with { fixture in
      try await fixture.serving { running in
        try await running.importKey()
        let result = try await Tool.run(["bash", "-xeuo", "pipefail", try Self.script("rclone_calls.sh")], running)
        #expect(result.status == 0, "\(result.output)")
      }
    }
  }

  @Test("curl --aws-sigv4, and a web site", .enabled(if: Tool.hasCurl, "needs curl"))
  func curl() async throws {
    try await StoreFixture.with { fixture in
      try await fixture.serving { running in
        try await running.importKey()
        let website = BucketSettings.Website(index: "index.html", error: "404.html")
        try await running.makeBucket(
          "site",
          settings: BucketSettings(aliases: ["site", "www.example.org"], website: website)
        )
        try await running.makeBucket("private")
        let result = try await Tool.run(["bash", "-xeuo", "pipefail", try Self.script("curl_calls.sh")], running)
        #expect(result.status == 0, "\(result.output)")
      }
    }
  }
}

/// How much memory this process has used at most, from the kernel's books.
enum Memory {
  static let canBeMeasured = FileManager.default.fileExists(atPath: "/proc/self/status")

  /// In bytes.
  static func residentPeak() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.filter(\.isNumber))) * 1024
  }
}

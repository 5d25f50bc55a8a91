import S3Protocol
import Testing

@Suite("Operations")
struct OperationTests {
  private let addressing = BucketAddressing(virtualHostSuffixes: ["s3.example.org"])

  private func parse(
    _ method: String,
    _ target: String,
    _ headers: [(name: String, value: String)] = []
  ) throws -> S3Operation {
    let head = try RequestHead(method: method, target: target, headers: headers)
    return try S3Operation.parse(head, try addressing.resolve(head))
  }

  @Test("path style")
  func pathStyle() throws {
    #expect(try parse("GET", "/") == .listBuckets)
    #expect(try parse("PUT", "/bucket") == .createBucket("bucket"))
    #expect(try parse("GET", "/bucket/?location=") == .getBucketLocation("bucket"))
    #expect(try parse("POST", "/bucket?delete") == .deleteObjects("bucket"))
    #expect(try parse("PUT", "/bucket/a%2Fb//c") == .putObject("bucket", key: "a/b//c"))
    #expect(try parse("GET", "/bucket//") == .getObject("bucket", key: "/"))
    #expect(try parse("GET", "/bucket/a+b?x-id=GetObject") == .getObject("bucket", key: "a+b"))
    let copy = try parse("PUT", "/b/k", [("x-amz-copy-source", "/src/a%20b")])
    #expect(copy == .copyObject("b", key: "k", source: .init(bucket: "src", key: "a b")))
  }

  @Test("virtual-host style")
  func hostStyle() throws {
    let host = [(name: "Host", value: "Bucket.S3.example.org:3900")]
    #expect(try parse("PUT", "/", host) == .createBucket("bucket"))
    #expect(try parse("HEAD", "/a/b", host) == .headObject("bucket", key: "a/b"))
    #expect(try parse("HEAD", "/a/b", [(name: "Host", value: "s3.example.org")]) == .headObject("a", key: "b"))
  }

  @Test("multipart uploads")
  func uploads() throws {
    #expect(try parse("POST", "/b/k?uploads") == .createUpload("b", key: "k"))
    #expect(try parse("PUT", "/b/k?partNumber=7&uploadId=u") == .uploadPart("b", key: "k", upload: "u", number: 7))
    #expect(try parse("POST", "/b/k?uploadId=u") == .completeUpload("b", key: "k", upload: "u"))
    #expect(try parse("DELETE", "/b/k?uploadId=u") == .abortUpload("b", key: "k", upload: "u"))
    for number in ["0", "10001", "x", ""] {
      #expect(throws: S3Error.self) { _ = try parse("PUT", "/b/k?partNumber=\(number)&uploadId=u") }
    }
  }

  @Test(
    "subresources that we do not have never pass for the plain call",
    arguments: ["acl", "tagging", "policy", "versionId=1"]
  )
  func foreign(query: String) {
    for target in ["/b/k?\(query)", "/b?\(query)"] {
      #expect(throws: S3Error.self) { _ = try parse("PUT", target) }
      #expect(throws: S3Error.self) { _ = try parse("DELETE", target) }
    }
  }

  @Test(
    "what cannot be promised is refused, not ignored",
    arguments: ["x-amz-server-side-encryption-customer-key", "X-Amz-Server-Side-Encryption", "x-amz-object-lock-mode"]
  )
  func promises(header: String) {
    #expect(throws: S3Error.self) { _ = try parse("PUT", "/b/k", [(name: header, value: "x")]) }
  }

  @Test("refuses bad targets", arguments: ["/b/%ff", "/%ff/k", "/b?prefix=%ff", "/b/%", "/b/a%00b"])
  func badTargets(target: String) { #expect(throws: S3Error.self) { _ = try parse("GET", target) } }

  @Test("refuses long keys")
  func longKeys() throws {
    #expect(throws: S3Error.self) { _ = try parse("GET", "/b/" + String(repeating: "k", count: 1025)) }
    _ = try parse("GET", "/b/" + String(repeating: "k", count: 1024))
  }

  @Test(
    "bucket names",
    arguments: ["ab", "A-b", "a_b", "-ab", "ab-", "a..b", "192.168.1.1", "xn--abc", "a/b", "", "é-bucket"]
      + [String(repeating: "a", count: 64)]
  )
  func badNames(name: String) { #expect(BucketName.problem(name) != nil) }

  @Test("good bucket names", arguments: ["abc", "my-site.example.org", "1bucket", "192.168.1.256"])
  func goodNames(name: String) { #expect(BucketName.problem(name) == nil) }

  @Test("conditions")
  func conditions() throws {
    let judge = { (headers: [(name: String, value: String)]) in
      Preconditions(try RequestHead(method: "GET", target: "/", headers: headers))
        .judgeRead(etag: "e", modified: Timestamp(seconds: 784_111_777))
    }
    #expect(try judge([]) == .proceed)
    #expect(try judge([("If-None-Match", "\"x\", \"e\"")]) == .notModified)
    #expect(try judge([("If-Match", "\"x\"")]) == .failed)
    #expect(try judge([("If-Match", "*")]) == .proceed)
    #expect(try judge([("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT")]) == .notModified)
    #expect(try judge([("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT")]) == .failed)
    let create = Preconditions(try RequestHead(method: "PUT", target: "/", headers: [("If-None-Match", "*")]))
    #expect(create.allowsWrite(over: nil) && !create.allowsWrite(over: "e"))
  }
}

import S3Protocol
import Testing

/// The examples that Amazon publishes with the description of Signature Version 4 for S3.
enum Published {
  static let keyID = "AKIAIOSFODNN7EXAMPLE"
  static let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
  static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  static let host = "examplebucket.s3.amazonaws.com"

  static var now: Timestamp {
    get throws { try #require(Timestamp(basicISO8601: "20130524T000000Z")) }
  }

  static func authorization(signed: String, _ signature: String) -> String {
    let credential = "\(keyID)/20130524/us-east-1/s3/aws4_request"
    return "AWS4-HMAC-SHA256 Credential=\(credential),SignedHeaders=\(signed),Signature=\(signature)"
  }
}

struct SignatureExample: Sendable, CustomTestStringConvertible {
  let name: String
  let method: String
  let target: String
  var headers: [(name: String, value: String)]
  let signed: String
  let signature: String

  var testDescription: String { name }

  func head(signature: String? = nil) throws -> RequestHead {
    let authorization = Published.authorization(signed: signed, signature ?? self.signature)
    let common = [("Host", Published.host), ("X-Amz-Date", "20130524T000000Z"), ("Authorization", authorization)]
    return try RequestHead(method: method, target: target, headers: headers + common)
  }

  static let all = [
    SignatureExample(
      name: "get object",
      method: "GET",
      target: "/test.txt",
      headers: [("Range", "bytes=0-9"), ("x-amz-content-sha256", Published.emptyHash)],
      signed: "host;range;x-amz-content-sha256;x-amz-date",
      signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    ),
    SignatureExample(
      name: "put object",
      method: "PUT",
      target: "/test%24file.text",
      headers: [
        ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
      ],
      signed: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
      signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    ),
    SignatureExample(
      name: "get bucket lifecycle",
      method: "GET",
      target: "/?lifecycle",
      headers: [("x-amz-content-sha256", Published.emptyHash)],
      signed: "host;x-amz-content-sha256;x-amz-date",
      signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
    ),
    SignatureExample(
      name: "list objects",
      method: "GET",
      target: "/?max-keys=2&prefix=J",
      headers: [("x-amz-content-sha256", Published.emptyHash)],
      signed: "host;x-amz-content-sha256;x-amz-date",
      signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    ),
  ]
}

@Suite("Signature Version 4")
struct SignatureTests {
  private let verifier = SignatureVerifier(region: "us-east-1")

  private func verify(
    _ head: RequestHead,
    secret: String = Published.secret,
    secondsLater: Int64 = 0
  ) throws -> SignatureVerifier.Verified {
    let authorization = try #require(try Authorization.parse(head))
    let now = Timestamp(seconds: try Published.now.seconds + secondsLater)
    return try verifier.verify(head, authorization, secret: secret, now: now)
  }

  private func refusal(_ body: () throws -> Void) -> S3Error.Code? {
    do { try body() } catch { return (error as? S3Error)?.code }
    return nil
  }

  @Test("accepts what Amazon signed", arguments: SignatureExample.all)
  func published(example: SignatureExample) throws {
    #expect(try verify(try example.head()).seed == example.signature)
  }

  @Test("accepts Amazon's presigned address until it expires")
  func presigned() throws {
    let target =
      "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
      + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
      + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
      + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    let head = try RequestHead(method: "GET", target: target, headers: [("Host", Published.host)])
    #expect(try verify(head, secondsLater: 86_400).payload == .unsigned)
    #expect(refusal { _ = try verify(head, secondsLater: 86_401) } == .accessDenied)
  }

  @Test("refuses another secret, another signature and a changed request")
  func mismatch() throws {
    var example = SignatureExample.all[0]
    #expect(refusal { _ = try verify(try example.head(), secret: "other") } == .signatureDoesNotMatch)
    #expect(refusal { _ = try verify(try example.head(signature: "00")) } == .signatureDoesNotMatch)
    example.headers[0].value = "bytes=0-10"
    #expect(refusal { _ = try verify(try example.head()) } == .signatureDoesNotMatch)
  }

  @Test("refuses a clock more than 15 minutes off, in either direction", arguments: [900, 901, -900, -901] as [Int64])
  func skew(seconds: Int64) throws {
    let expected: S3Error.Code? = abs(seconds) > 900 ? .requestTimeTooSkewed : nil
    #expect(refusal { _ = try verify(try SignatureExample.all[0].head(), secondsLater: seconds) } == expected)
  }

  @Test("refuses an x-amz header that is not signed")
  func coverage() throws {
    var example = SignatureExample.all[0]
    example.headers.append(("x-amz-copy-source", "/a/b"))
    #expect(refusal { _ = try verify(try example.head()) } == .accessDenied)
  }

  @Test("refuses another region, naming ours")
  func region() throws {
    let head = try SignatureExample.all[0].head()
    let authorization = try #require(try Authorization.parse(head))
    #expect(throws: S3Error.self) {
      let verifier = SignatureVerifier(region: "garage")
      _ = try verifier.verify(head, authorization, secret: Published.secret, now: try Published.now)
    }
  }

  @Test(
    "refuses malformed claims",
    arguments: [
      "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00",
      "AWS AKIA:sig", "Bearer x", "AWS4-HMAC-SHA256 Credential=/1/2/s3/aws4_request,SignedHeaders=host,Signature=0",
      String(repeating: "=,", count: 40_000),
    ]
  )
  func malformed(header: String) throws {
    let head = try RequestHead(method: "GET", target: "/", headers: [("authorization", header), ("x-amz-date", "x")])
    #expect(throws: S3Error.self) { _ = try Authorization.parse(head) }
  }

  @Test("an unsigned request makes no claim")
  func anonymous() throws {
    #expect(try Authorization.parse(try RequestHead(method: "GET", target: "/", headers: [])) == nil)
  }
}

import S3Protocol
import Testing

@Suite("Checksums and encodings")
struct ChecksumTests {
  /// The check values of the CRC catalogue (reveng.sourceforge.io) for "123456789", in base64.
  @Test(
    "CRC check values",
    arguments: [(ChecksumAlgorithm.crc32, "y/Q5Jg=="), (.crc32c, "4waSgw=="), (.crc64nvme, "rosUhgp5mIg=")]
  )
  func checkValues(algorithm: ChecksumAlgorithm, expected: String) {
    var checksum = Checksum(algorithm)
    Array("123456789".utf8).withUnsafeBytes { checksum.update($0) }
    #expect(checksum.finalize() == expected)
  }

  @Test("pieces give the same as the whole", arguments: ChecksumAlgorithm.allCases)
  func pieces(algorithm: ChecksumAlgorithm) {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 31) }
    var (whole, pieces) = (Checksum(algorithm), Checksum(algorithm))
    bytes.withUnsafeBytes { whole.update($0) }
    for start in stride(from: 0, to: bytes.count, by: 13) {
      Array(bytes[start..<min(start + 13, bytes.count)]).withUnsafeBytes { pieces.update($0) }
    }
    #expect(whole.finalize() == pieces.finalize())
  }

  /// RFC 4648 section 10.
  @Test(
    "base64",
    arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
  )
  func base64(text: String, encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == encoded)
    #expect(Base64.decode(encoded) == Array(text.utf8))
  }

  @Test("bad base64 is refused", arguments: ["Zg", "Zg=", "Z===", "Zh==", "Zg==Zg==", "Zm9v\n", "****", "===="])
  func badBase64(text: String) { #expect(Base64.decode(text) == nil) }

  @Test("dates in their three spellings, there and back")
  func dates() throws {
    let moment = try #require(Timestamp(httpDate: "Sun, 06 Nov 1994 08:49:37 GMT"))
    #expect(moment.seconds == 784_111_777)
    #expect(moment.httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(moment.basicISO8601 == "19941106T084937Z")
    #expect(Timestamp(basicISO8601: "19941106T084937Z") == moment)
    #expect(Timestamp(milliseconds: 1_709_210_096_007).extendedISO8601 == "2024-02-29T12:34:56.007Z")
    #expect(Timestamp(basicISO8601: "19941306T084937Z") == nil)
    #expect(Timestamp(httpDate: "Sunday, 06-Nov-94 08:49:37 GMT") == nil)
  }

  @Test("percent-encoding, as signatures want it")
  func percent() {
    #expect(PercentEncoding.encode("a/b c~é+") == "a%2Fb%20c~%C3%A9%2B")
    #expect(PercentEncoding.encode("a/b", keepingSlash: true) == "a/b")
    #expect(PercentEncoding.decodeText("a%2Fb+c", plusIsSpace: true) == "a/b c")
    #expect(PercentEncoding.decodeText("%C3") == nil)
    #expect(PercentEncoding.decode("%2") == nil)
    #expect(PercentEncoding.decode("%zz") == nil)
  }
}

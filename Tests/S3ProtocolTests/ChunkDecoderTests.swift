import S3Protocol
import Testing

@Suite("aws-chunked coding")
struct ChunkDecoderTests {
  /// Amazon's example of a signed stream: 65 KiB of `a` in a chunk of 64 KiB and one of 1 KiB.
  private static let signatures = [
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
  ]

  private static func signedBody(_ signatures: [String] = signatures) -> [UInt8] {
    let first = "10000;chunk-signature=\(signatures[0])\r\n" + String(repeating: "a", count: 65_536) + "\r\n"
    let second = "400;chunk-signature=\(signatures[1])\r\n" + String(repeating: "a", count: 1024) + "\r\n"
    return Array("\(first)\(second)0;chunk-signature=\(signatures[2])\r\n\r\n".utf8)
  }

  private func signing() throws -> (context: SigningContext, seed: String) {
    let signed =
      "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class"
    let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    let head = try RequestHead(
      method: "PUT",
      target: "/examplebucket/chunkObject.txt",
      headers: [
        ("Host", "s3.amazonaws.com"), ("x-amz-date", "20130524T000000Z"), ("Content-Encoding", "aws-chunked"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"), ("x-amz-decoded-content-length", "66560"),
        ("Content-Length", "66824"), ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        ("Authorization", Published.authorization(signed: signed, seed)),
      ]
    )
    let authorization = try #require(try Authorization.parse(head))
    let verifier = SignatureVerifier(region: "us-east-1")
    let verified = try verifier.verify(head, authorization, secret: Published.secret, now: try Published.now)
    #expect(verified.payload == .chunked(signed: true, trailer: false))
    return (verified.signing, verified.seed)
  }

  /// Feeds `body` in pieces of `step` bytes.
  private func decode(_ body: [UInt8], _ decoder: ChunkDecoder, step: Int) throws -> (data: [UInt8], ChunkDecoder) {
    var decoder = decoder
    var data: [UInt8] = []
    for start in stride(from: 0, to: body.count, by: step) {
      let piece = Array(body[start..<min(start + step, body.count)])
      try piece.withUnsafeBytes { try decoder.decode($0) { data.append(contentsOf: $0) } }
    }
    try decoder.finish()
    return (data, decoder)
  }

  @Test("accepts Amazon's signed stream, whole or byte by byte", arguments: [1, 2, 7, 4096, 1 << 20])
  func published(step: Int) throws {
    let decoder = ChunkDecoder(signing: try signing(), expectsTrailer: false)
    let data = try decode(Self.signedBody(), decoder, step: step).data
    #expect(data == [UInt8](repeating: UInt8(ascii: "a"), count: 66_560))
  }

  @Test("refuses a changed chunk", arguments: 0..<3)
  func forged(index: Int) throws {
    var signatures = Self.signatures
    signatures[index] = String(signatures[index].reversed())
    let decoder = ChunkDecoder(signing: try signing(), expectsTrailer: false)
    #expect(throws: S3Error.self) { _ = try decode(Self.signedBody(signatures), decoder, step: 4096) }
    var body = Self.signedBody()
    body[200] ^= 1
    #expect(throws: S3Error.self) { _ = try decode(body, decoder, step: 4096) }
  }

  @Test("reads the trailer of an unsigned stream", arguments: [1, 3, 1000])
  func trailer(step: Int) throws {
    let body = Array("5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n".utf8)
    let (data, decoder) = try decode(body, ChunkDecoder(signing: nil, expectsTrailer: true), step: step)
    #expect(String(decoding: data, as: UTF8.self) == "hello world")
    #expect(decoder.trailers == ["x-amz-checksum-crc32": "DUoRhQ=="])
    var checksum = Checksum(.crc32)
    data.withUnsafeBytes { checksum.update($0) }
    #expect(checksum.finalize() == "DUoRhQ==")
  }

  @Test("takes an empty body")
  func empty() throws {
    let decoder = ChunkDecoder(signing: nil, expectsTrailer: true)
    #expect(try decode(Array("0\r\n\r\n".utf8), decoder, step: 1).data.isEmpty)
  }

  @Test(
    "refuses broken coding",
    arguments: [
      "", "5\r\nhell", "5\r\nhelloX\r\n0\r\n\r\n", "-1\r\n", "zz\r\n", "\r\n", "5\nhello\n", "0\r\nnope\r\n\r\n",
      "0\r\n\r\nmore", "FFFFFFFFFFFFFFFFF\r\n", String(repeating: "0", count: 5000),
      "0\r\n" + String(repeating: "x-a:\(String(repeating: "b", count: 900))\r\n", count: 20) + "\r\n", "0\r\n",
    ]
  )
  func broken(text: String) {
    #expect(throws: S3Error.self) {
      _ = try decode(Array(text.utf8), ChunkDecoder(signing: nil, expectsTrailer: true), step: 1)
    }
  }

  @Test("a trailer that was not announced is refused")
  func unannounced() {
    let body = Array("0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n".utf8)
    #expect(throws: S3Error.self) {
      _ = try decode(body, ChunkDecoder(signing: nil, expectsTrailer: false), step: 9)
    }
  }
}

/// Amazon's example of a signed stream with a trailing checksum.
@Suite("aws-chunked coding with a signed trailer")
struct SignedTrailerTests {
  private func decoder() throws -> ChunkDecoder {
    let signed =
      "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer"
    let seed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
    let head = try RequestHead(
      method: "PUT",
      target: "/examplebucket/chunkObject.txt",
      headers: [
        ("Host", "s3.amazonaws.com"), ("x-amz-date", "20130524T000000Z"), ("Content-Encoding", "aws-chunked"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"), ("x-amz-decoded-content-length", "66560"),
        ("x-amz-trailer", "x-amz-checksum-crc32c"),
        ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
        ("Authorization", Published.authorization(signed: signed, seed)),
      ]
    )
    let authorization = try #require(try Authorization.parse(head))
    let verifier = SignatureVerifier(region: "us-east-1")
    let verified = try verifier.verify(head, authorization, secret: Published.secret, now: try Published.now)
    return ChunkDecoder(signing: (verified.signing, verified.seed), expectsTrailer: true)
  }

  @Test("seed and chunks are accepted as Amazon signed them")
  func published() throws {
    let chunks = [
      (65_536, "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"),
      (1024, "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"),
      (0, "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"),
    ]
    var text = ""
    for (size, signature) in chunks {
      text += "\(String(size, radix: 16));chunk-signature=\(signature)\r\n" + String(repeating: "a", count: size)
      text += size > 0 ? "\r\n" : ""
    }
    var decoder = try decoder()
    try Array(text.utf8).withUnsafeBytes { try decoder.decode($0) { _ in } }
    let trailer = "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:"
    let signature = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
    var (forged, unsigned) = (decoder, decoder)
    try Array("\(trailer)\(signature)\r\n\r\n".utf8).withUnsafeBytes { try decoder.decode($0) { _ in } }
    try decoder.finish()
    #expect(decoder.trailers == ["x-amz-checksum-crc32c": "sOO8/Q=="])
    #expect(throws: S3Error.self) {
      try Array("\(trailer)0\(signature.dropFirst())\r\n".utf8).withUnsafeBytes { try forged.decode($0) { _ in } }
    }
    #expect(throws: S3Error.self) {
      try Array("x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n".utf8).withUnsafeBytes { try unsigned.decode($0) { _ in } }
    }
  }
}

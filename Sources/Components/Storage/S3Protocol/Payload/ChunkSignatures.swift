internal import OpenSSL

/// The chain of signatures over the chunks of one signed streaming body: each covers its data and the one before.
struct ChunkSignatures {
  private let context: SigningContext
  private var previous: String
  private var claimed = ""
  private var digest = Digest(.sha256)
  private var trailer = ""
  private var trailerWasSigned = false

  init(context: SigningContext, seed: String) {
    (self.context, previous) = (context, seed)
  }

  mutating func begin(claimed: String) {
    self.claimed = claimed
    digest = Digest(.sha256)
  }

  func update(_ data: UnsafeRawBufferPointer) { digest.update(data) }

  mutating func checkChunk() throws(S3Error) {
    let expected = context.signChunk(previous: previous, dataHash: Hex.encode(digest.finalize()))
    try compare(expected, claimed, "a chunk")
    previous = expected
  }

  mutating func addTrailer(_ line: String) { trailer += line }

  mutating func checkTrailer(claimed: String) throws(S3Error) {
    let hash = Hex.encode(Digest.of(trailer.utf8, .sha256))
    try compare(context.signTrailer(previous: previous, trailerHash: hash), claimed, "the trailer")
    trailerWasSigned = true
  }

  func checkTrailerWasSigned() throws(S3Error) {
    if !trailerWasSigned { throw S3Error(.signatureDoesNotMatch, "The trailer carries no x-amz-trailer-signature.") }
  }

  private func compare(_ expected: String, _ claimed: String, _ what: String) throws(S3Error) {
    guard constantTimeEquals(Array(expected.utf8), Array(claimed.utf8)) else {
      throw S3Error(.signatureDoesNotMatch, "The signature of \(what) of the streaming body does not match.")
    }
  }
}

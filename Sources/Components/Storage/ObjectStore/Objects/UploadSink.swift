internal import OpenSSL
internal import S3Protocol
internal import Synchronization

/// Takes the body of one upload, piece by piece: decodes, digests, and keeps it in memory while it is small, in a
/// temporary file once it is not. Memory is bounded by `inlineByteCount` plus the piece at hand.
///
/// The methods block on the disk and are called one after the other, on the store's threads. Unchecked, because the
/// digests of libcrypto cannot be `Sendable`: all that changes is `state`, and it is touched under `lock` only.
final class UploadSink: @unchecked Sendable {
  /// What the client said about the body, and what is checked of it.
  struct Expectation: Sendable {
    var payload: PayloadClaim = .unsigned
    /// For signed chunks: the context and the seed.
    var signing: SignatureVerifier.Verified?
    /// `Content-Length`, or `x-amz-decoded-content-length` for `aws-chunked` bodies.
    var byteCount: Int64?
    /// `Content-MD5`, decoded.
    var md5: [UInt8]?
    /// Additional checksums in base64, from headers.
    var checksums: [ChecksumAlgorithm: String] = [:]
    /// The checksum that a trailer will bring.
    var trailerChecksum: ChecksumAlgorithm?
    /// Bodies of at most so many bytes stay in memory; nil: every body goes to a file, even an empty one.
    var inlineByteCount: Int?
    /// Refused beyond this; Amazon's limit for one call is 5 GiB.
    var maximumByteCount: Int64 = 5 << 30
  }

  /// A body that arrived whole, was verified, and, if it is in a file, is durable.
  struct Finished: Sendable {
    let byteCount: Int64
    let md5: [UInt8]
    /// The checksums that were verified, by header name, to be kept with the object.
    let checksums: [String: String]
    /// The bytes, if few; otherwise they are in the file of this upload's identifier.
    let inline: [UInt8]?
  }

  let id: String
  private let expectation: Expectation
  private let blobs: BlobDirectory
  private let lock = Mutex(())
  private var state: State

  private struct State {
    var decoder: ChunkDecoder?
    var md5: Digest? = Digest(.md5)
    var sha256: Digest?
    var checksums: [Checksum] = []
    var buffer: [UInt8] = []
    var file: OpenFile?
    var byteCount: Int64 = 0
  }

  init(id: String, _ expectation: Expectation, _ blobs: BlobDirectory) {
    (self.id, self.expectation, self.blobs) = (id, expectation, blobs)
    state = Self.initialState(expectation)
  }

  private static func initialState(_ expectation: Expectation) -> State {
    var state = State()
    switch expectation.payload {
    case .unsigned: break
    case .hash: state.sha256 = Digest(.sha256)
    case .chunked(let isSigned, let hasTrailer):
      let signing = isSigned ? expectation.signing.map { ($0.signing, $0.seed) } : nil
      state.decoder = ChunkDecoder(signing: signing, expectsTrailer: hasTrailer)
    }
    let algorithms = Set(expectation.checksums.keys).union(expectation.trailerChecksum.map { [$0] } ?? [])
    state.checksums = algorithms.map { Checksum($0) }
    return state
  }

  /// Takes the next piece of the body, as it came over the wire.
  /// - Throws: `S3Error` for a body that breaks its coding or is too long, `FileSystemError`.
  func write(_ bytes: UnsafeRawBufferPointer) throws {
    try lock.withLock { _ in
      guard var decoder = state.decoder else { return try accept(bytes) }
      try decoder.decode(bytes) { try accept($0) }
      state.decoder = decoder
    }
  }

  /// Whether so many bytes more, and the end, can be taken without touching the disk.
  func keepsInMemory(_ byteCount: Int) -> Bool {
    lock.withLock { _ in
      state.file == nil && state.buffer.count + byteCount <= expectation.inlineByteCount ?? -1
    }
  }

  /// Verifies the whole, and makes it durable if it is in a file.
  /// - Throws: `S3Error`: `IncompleteBody`, `BadDigest`, `XAmzContentSHA256Mismatch`, `SignatureDoesNotMatch`;
  ///   `FileSystemError`.
  func finish() throws -> Finished {
    try lock.withLock { _ in
      try state.decoder?.finish()
      if let expected = expectation.byteCount, expected != state.byteCount {
        throw S3Error(.incompleteBody, "The body has \(state.byteCount) bytes instead of the \(expected) announced.")
      }
      if case .hash(let expected) = expectation.payload, state.sha256?.finalize() != expected {
        let hint = "Without it the body must be empty; clients that do not hash the body send UNSIGNED-PAYLOAD."
        throw S3Error(.contentSHA256Mismatch, "The 'x-amz-content-sha256' header does not match the body. \(hint)")
      }
      let md5 = state.md5?.finalize() ?? []
      if let expected = expectation.md5, expected != md5 {
        throw S3Error(.badDigest, "The Content-MD5 you specified did not match what we received.")
      }
      let checksums = try verifyChecksums()
      if state.file == nil, expectation.inlineByteCount == nil { state.file = try blobs.create(id) }
      guard let file = state.file else {
        return Finished(byteCount: state.byteCount, md5: md5, checksums: checksums, inline: state.buffer)
      }
      try flush()
      try blobs.publish(file, as: id)
      return Finished(byteCount: state.byteCount, md5: md5, checksums: checksums, inline: nil)
    }
  }

  private func verifyChecksums() throws -> [String: String] {
    var verified: [String: String] = [:]
    for checksum in state.checksums {
      let (name, value) = (checksum.algorithm.headerName, checksum.finalize())
      let claimed = expectation.checksums[checksum.algorithm] ?? state.decoder?.trailers[name]
      guard claimed == value else {
        throw S3Error(.badDigest, "The \(name) you specified (\(claimed ?? "none")) did not match what we received.")
      }
      verified[name] = value
    }
    return verified
  }

  private func accept(_ bytes: UnsafeRawBufferPointer) throws {
    state.byteCount += Int64(bytes.count)
    if state.byteCount > min(expectation.byteCount ?? .max, expectation.maximumByteCount) {
      throw S3Error(
        .entityTooLarge,
        "The body is longer than announced, or than \(expectation.maximumByteCount) bytes."
      )
    }
    state.md5?.update(bytes)
    state.sha256?.update(bytes)
    for index in state.checksums.indices { state.checksums[index].update(bytes) }
    state.buffer.append(contentsOf: bytes)
    if state.file == nil, state.buffer.count > expectation.inlineByteCount ?? 0 { state.file = try blobs.create(id) }
    if state.file != nil, state.buffer.count >= Self.writeByteCount { try flush() }
  }

  /// Bytes handed to the file system at once.
  private static let writeByteCount = 256 * 1024

  private func flush() throws {
    try state.buffer.withUnsafeBytes { try state.file?.write($0) }
    state.buffer.removeAll(keepingCapacity: true)
  }
}

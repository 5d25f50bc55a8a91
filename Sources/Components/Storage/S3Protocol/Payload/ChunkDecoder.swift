internal import OpenSSL

/// Takes the `aws-chunked` coding apart: `SIZE[;chunk-signature=HEX]\r\n DATA \r\n`, a chunk of size zero at the end,
/// and after it, where announced, trailer lines and their signature.
///
/// Data is passed on before its chunk's signature is checked, so that nothing has to be held in memory: what was
/// passed on may be believed only after `finish()` returned. Memory is bounded by `maximumLineLength` and
/// `maximumTrailerLength`, whatever the input.
package struct ChunkDecoder {
  /// Longest line taken for a chunk header or a trailer, in bytes.
  package static let maximumLineLength = 1024
  /// Most bytes taken for all trailer lines.
  package static let maximumTrailerLength = 8 * 1024

  private enum State {
    /// Collecting the line that opens a chunk.
    case header
    /// Passing data on; `remaining` bytes of this chunk are still to come.
    case data(remaining: Int)
    /// Expecting the line end after a chunk's data.
    case dataEnd
    /// Collecting trailer lines after the empty chunk.
    case trailer
    case done
  }

  private var state = State.header
  private var line: [UInt8] = []
  private var trailerLength = 0
  private var signatures: ChunkSignatures?
  private let expectsTrailer: Bool
  package private(set) var trailers: [String: String] = [:]

  /// - Parameters:
  ///   - signing: the request's signing context and seed signature when chunks are signed; nil when they are not.
  ///   - expectsTrailer: whether trailer lines follow the last chunk.
  package init(signing: (context: SigningContext, seed: String)?, expectsTrailer: Bool) {
    signatures = signing.map { ChunkSignatures(context: $0.context, seed: $0.seed) }
    self.expectsTrailer = expectsTrailer
  }

  /// Decodes the next piece of input and hands each run of data to `body`.
  /// - Throws: `InvalidRequest` for broken coding, `SignatureDoesNotMatch`, and whatever `body` throws.
  package mutating func decode(
    _ input: UnsafeRawBufferPointer,
    data body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var rest = input[...]
    while let byte = rest.first {
      if case .data(let remaining) = state {
        let run = UnsafeRawBufferPointer(rebasing: rest.prefix(remaining))
        signatures?.update(run)
        try body(run)
        rest = rest.dropFirst(run.count)
        state = remaining == run.count ? .dataEnd : .data(remaining: remaining - run.count)
      } else {
        rest = rest.dropFirst()
        try take(byte)
      }
    }
  }

  /// To be called at the end of the input.
  /// - Throws: `IncompleteBody` when the coding had not come to its end.
  package func finish() throws(S3Error) {
    guard case .done = state else {
      throw S3Error(.incompleteBody, "The aws-chunked body ended before its last chunk.")
    }
  }

  private mutating func take(_ byte: UInt8) throws(S3Error) {
    if case .done = state { throw S3Error(.invalidRequest, "There is data after the end of the aws-chunked body.") }
    line.append(byte)
    guard byte == UInt8(ascii: "\n") else {
      if line.count > Self.maximumLineLength {
        throw S3Error(.invalidRequest, "A line of the aws-chunked coding exceeds \(Self.maximumLineLength) bytes.")
      }
      return
    }
    guard line.count >= 2, line[line.count - 2] == UInt8(ascii: "\r") else {
      throw S3Error(.invalidRequest, "A line of the aws-chunked coding must end with CR LF.")
    }
    let text = line.dropLast(2)
    try takeLine(Array(text))
    line.removeAll(keepingCapacity: true)
  }

  private mutating func takeLine(_ text: [UInt8]) throws(S3Error) {
    switch state {
    case .header: try takeHeader(String(decoding: text, as: UTF8.self))
    case .dataEnd:
      guard text.isEmpty else { throw S3Error(.invalidRequest, "A chunk is longer than its size says.") }
      try signatures?.checkChunk()
      state = .header
    case .trailer: try takeTrailer(String(decoding: text, as: UTF8.self))
    case .data, .done: break
    }
  }

  private mutating func takeHeader(_ text: String) throws(S3Error) {
    let parts = text.split(separator: ";", omittingEmptySubsequences: false)
    let digits = parts.first ?? ""
    guard digits.utf8.count <= 15, digits.allSatisfy(\.isHexDigit), let size = Int(digits, radix: 16) else {
      throw S3Error(.invalidRequest, "A chunk of the aws-chunked body must open with its size in hexadecimal.")
    }
    if signatures != nil {
      let prefix = "chunk-signature="
      guard let extension_ = parts.dropFirst().first(where: { $0.hasPrefix(prefix) }) else {
        throw S3Error(.signatureDoesNotMatch, "A chunk carries no chunk-signature.")
      }
      signatures?.begin(claimed: String(extension_.dropFirst(prefix.count)))
    }
    state = size > 0 ? .data(remaining: size) : .trailer
    if size == 0 { try signatures?.checkChunk() }
  }

  /// An empty line ends the trailer. Without announced trailers, that line is all there is.
  private mutating func takeTrailer(_ text: String) throws(S3Error) {
    if text.isEmpty {
      if expectsTrailer { try signatures?.checkTrailerWasSigned() }
      state = .done
      return
    }
    trailerLength += text.utf8.count
    let parts = text.split(separator: ":", maxSplits: 1)
    guard expectsTrailer, parts.count == 2, trailerLength <= Self.maximumTrailerLength else {
      throw S3Error(.invalidRequest, "The trailer of the aws-chunked body is malformed, too long or was not announced.")
    }
    let name = parts[0].lowercased()
    let value = String(parts[1].drop { $0 == " " })
    if name == "x-amz-trailer-signature" {
      try signatures?.checkTrailer(claimed: value)
    } else {
      trailers[name] = value
      signatures?.addTrailer("\(name):\(value)\n")
    }
  }
}

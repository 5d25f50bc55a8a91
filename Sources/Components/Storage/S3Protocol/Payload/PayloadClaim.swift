internal import OpenSSL

/// What `x-amz-content-sha256` says about the body: its hash, that it is not hashed, or that it comes in
/// `aws-chunked` pieces (Amazon S3 API reference, "Signature calculations ... in multiple chunks").
package enum PayloadClaim: Hashable, Sendable {
  case unsigned
  case hash([UInt8])
  /// `aws-chunked`; `signed`: each chunk carries a signature; `trailer`: checksum lines follow the last chunk.
  case chunked(signed: Bool, trailer: Bool)

  /// - Parameter trailer: the `x-amz-trailer` header.
  /// - Throws: `InvalidArgument` for a value that is none of the known ones, `NotImplemented` for ECDSA streams.
  package init(_ value: String, trailer: String?) throws(S3Error) {
    switch value {
    case "UNSIGNED-PAYLOAD": self = .unsigned
    case "STREAMING-UNSIGNED-PAYLOAD-TRAILER": self = .chunked(signed: false, trailer: true)
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": self = .chunked(signed: true, trailer: false)
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": self = .chunked(signed: true, trailer: true)
    default:
      if value.hasPrefix("STREAMING-") {
        throw S3Error(.notImplemented, "The streaming signature \(value.prefix(64)) is not supported.")
      }
      guard let hash = Hex.decode(value), hash.count == DigestAlgorithm.sha256.byteCount else {
        let known = "UNSIGNED-PAYLOAD, a STREAMING- form or 64 hexadecimal digits"
        throw S3Error(.invalidArgument, "x-amz-content-sha256 must be \(known).")
      }
      self = .hash(hash)
    }
  }
}

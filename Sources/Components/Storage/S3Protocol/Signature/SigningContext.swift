internal import OpenSSL

/// The credential scope: a signature made for one day, region and service is worth nothing in another.
package struct CredentialScope: Hashable, Sendable, CustomStringConvertible {
  package let date: String
  package let region: String
  package let service: String

  package init(date: String, region: String, service: String = "s3") {
    (self.date, self.region, self.service) = (date, region, service)
  }

  package var description: String { "\(date)/\(region)/\(service)/aws4_request" }
}

/// Signs strings with the key derived from a secret for one scope (AWS Signature Version 4, "Derive a signing key").
package struct SigningContext: Sendable {
  static let emptyHash = Hex.encode(Digest.of([], .sha256))

  package let scope: CredentialScope
  /// The request's `x-amz-date`, as sent.
  package let date: String
  private let key: [UInt8]

  package init(secret: String, scope: CredentialScope, date: String) {
    var key = Array("AWS4\(secret)".utf8)
    for part in [scope.date, scope.region, scope.service, "aws4_request"] {
      key = MessageAuthentication.hmac(part.utf8, key: key, .sha256)
    }
    (self.key, self.scope, self.date) = (key, scope, date)
  }

  /// The signature of a whole request, in lower-case hexadecimal.
  package func sign(_ request: CanonicalRequest) -> String {
    sign(["AWS4-HMAC-SHA256", date, scope.description, request.hash])
  }

  /// The signature of one `aws-chunked` chunk, chained to the one before.
  package func signChunk(previous: String, dataHash: String) -> String {
    sign(["AWS4-HMAC-SHA256-PAYLOAD", date, scope.description, previous, Self.emptyHash, dataHash])
  }

  /// The signature of the trailing headers, chained to the last chunk's.
  package func signTrailer(previous: String, trailerHash: String) -> String {
    sign(["AWS4-HMAC-SHA256-TRAILER", date, scope.description, previous, trailerHash])
  }

  private func sign(_ lines: [String]) -> String {
    Hex.encode(MessageAuthentication.hmac(lines.joined(separator: "\n").utf8, key: key, .sha256))
  }
}

/// A refusal in the words of S3: a code that clients know, and a sentence for the person reading the log.
package struct S3Error: Error, Hashable, Sendable, CustomStringConvertible {
  /// An S3 error code with the HTTP status that goes with it (Amazon S3 API reference, "Error responses").
  package struct Code: Hashable, Sendable {
    package let name: String
    package let status: Int

    package init(_ name: String, status: Int) {
      self.name = name
      self.status = status
    }
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { "\(code.name): \(message)" }
}

extension S3Error.Code {
  package static let accessDenied = Self("AccessDenied", status: 403)
  package static let authorizationHeaderMalformed = Self("AuthorizationHeaderMalformed", status: 400)
  package static let authorizationQueryParametersError = Self("AuthorizationQueryParametersError", status: 400)
  package static let badDigest = Self("BadDigest", status: 400)
  package static let bucketAlreadyExists = Self("BucketAlreadyExists", status: 409)
  package static let bucketAlreadyOwnedByYou = Self("BucketAlreadyOwnedByYou", status: 409)
  package static let bucketNotEmpty = Self("BucketNotEmpty", status: 409)
  package static let entityTooLarge = Self("EntityTooLarge", status: 400)
  package static let entityTooSmall = Self("EntityTooSmall", status: 400)
  package static let expiredToken = Self("ExpiredToken", status: 400)
  package static let incompleteBody = Self("IncompleteBody", status: 400)
  package static let internalError = Self("InternalError", status: 500)
  package static let invalidAccessKeyID = Self("InvalidAccessKeyId", status: 403)
  package static let invalidArgument = Self("InvalidArgument", status: 400)
  package static let invalidBucketName = Self("InvalidBucketName", status: 400)
  package static let invalidDigest = Self("InvalidDigest", status: 400)
  package static let invalidPart = Self("InvalidPart", status: 400)
  package static let invalidPartOrder = Self("InvalidPartOrder", status: 400)
  package static let invalidRange = Self("InvalidRange", status: 416)
  package static let invalidRequest = Self("InvalidRequest", status: 400)
  package static let invalidURI = Self("InvalidURI", status: 400)
  package static let keyTooLong = Self("KeyTooLongError", status: 400)
  package static let malformedXML = Self("MalformedXML", status: 400)
  package static let metadataTooLarge = Self("MetadataTooLarge", status: 400)
  package static let methodNotAllowed = Self("MethodNotAllowed", status: 405)
  package static let missingContentLength = Self("MissingContentLength", status: 411)
  package static let noSuchBucket = Self("NoSuchBucket", status: 404)
  package static let noSuchKey = Self("NoSuchKey", status: 404)
  package static let noSuchUpload = Self("NoSuchUpload", status: 404)
  package static let notImplemented = Self("NotImplemented", status: 501)
  package static let preconditionFailed = Self("PreconditionFailed", status: 412)
  /// Amazon has no bucket quotas and so no code for them. Ceph's gateway answers 403 `QuotaExceeded`, Garage
  /// 403 `AccessDenied`. We take Ceph's: the same status, so that no client retries, and a name that tells the
  /// person what is wrong instead of sending them to look at their keys.
  package static let quotaExceeded = Self("QuotaExceeded", status: 403)
  package static let requestTimeTooSkewed = Self("RequestTimeTooSkewed", status: 403)
  package static let signatureDoesNotMatch = Self("SignatureDoesNotMatch", status: 403)
  package static let serviceUnavailable = Self("ServiceUnavailable", status: 503)
  package static let contentSHA256Mismatch = Self("XAmzContentSHA256Mismatch", status: 400)
}

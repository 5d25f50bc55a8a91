/// The calls of the S3 API that we know, told apart by method, target and query.
package enum S3Operation: Hashable, Sendable {
  case listBuckets
  case createBucket(String)
  case headBucket(String)
  case deleteBucket(String)
  case getBucketLocation(String)
  case getBucketVersioning(String)
  case listObjects(String, ListingRequest)
  case deleteObjects(String)
  case listUploads(String)
  case putObject(String, key: String)
  case copyObject(String, key: String, source: ObjectSource)
  case getObject(String, key: String)
  case headObject(String, key: String)
  case deleteObject(String, key: String)
  case createUpload(String, key: String)
  case uploadPart(String, key: String, upload: String, number: Int)
  case completeUpload(String, key: String, upload: String)
  case abortUpload(String, key: String, upload: String)
  case listParts(String, key: String, upload: String)

  /// Where a copy reads from: the `x-amz-copy-source` header.
  package struct ObjectSource: Hashable, Sendable {
    package let bucket: String
    package let key: String

    package init(bucket: String, key: String) { (self.bucket, self.key) = (bucket, key) }
  }

  /// Query names that turn a call into a different one. Those we do not know must not be mistaken for the plain call:
  /// `PUT /bucket/key?acl` would otherwise overwrite the object with an access policy.
  private static let foreignSubresources: Set<String> = [
    "accelerate", "acl", "analytics", "attributes", "cors", "encryption", "intelligent-tiering", "inventory",
    "legal-hold", "lifecycle", "logging", "metrics", "notification", "object-lock", "ownershipControls", "policy",
    "policyStatus", "publicAccessBlock", "replication", "requestPayment", "restore", "retention", "select", "tagging",
    "torrent", "versions", "versionId", "website",
  ]

  /// Headers that ask for a protection of the object. To store it without would be a broken promise.
  private static let foreignPromises = [
    "x-amz-server-side-encryption", "x-amz-object-lock-", "x-amz-write-offset-bytes",
  ]

  /// - Throws: `NotImplemented` for calls of S3 that we do not have, `MethodNotAllowed`, `InvalidArgument`.
  package static func parse(_ head: RequestHead, _ target: BucketAddressing.Target) throws(S3Error) -> S3Operation {
    if let name = head.query.map(\.name).first(where: foreignSubresources.contains) {
      throw S3Error(.notImplemented, "The subresource '\(name)' is not supported by this store.")
    }
    if let name = head.headers.keys.filter({ name in foreignPromises.contains { name.hasPrefix($0) } }).min() {
      throw S3Error(.notImplemented, "What the header '\(name)' asks for is not supported by this store.")
    }
    guard let bucket = target.bucket else {
      guard head.method == "GET" else { throw notAllowed(head) }
      return .listBuckets
    }
    guard let key = target.key else { return try parseBucket(head, bucket) }
    if head.hasQuery("uploads") || head.hasQuery("uploadId") { return try parseUpload(head, bucket, key) }
    return try parseObject(head, bucket, key)
  }

  private static func parseBucket(_ head: RequestHead, _ bucket: String) throws(S3Error) -> S3Operation {
    switch head.method {
    case "PUT": return .createBucket(bucket)
    case "HEAD": return .headBucket(bucket)
    case "DELETE": return .deleteBucket(bucket)
    case "POST" where head.hasQuery("delete"): return .deleteObjects(bucket)
    case "GET" where head.hasQuery("location"): return .getBucketLocation(bucket)
    case "GET" where head.hasQuery("versioning"): return .getBucketVersioning(bucket)
    case "GET" where head.hasQuery("uploads"): return .listUploads(bucket)
    case "GET": return .listObjects(bucket, try ListingRequest(head))
    default: throw notAllowed(head)
    }
  }

  private static func parseObject(_ head: RequestHead, _ bucket: String, _ key: String) throws(S3Error) -> S3Operation {
    switch head.method {
    case "PUT":
      guard let source = head[header: "x-amz-copy-source"] else { return .putObject(bucket, key: key) }
      return .copyObject(bucket, key: key, source: try parseSource(source))
    case "GET": return .getObject(bucket, key: key)
    case "HEAD": return .headObject(bucket, key: key)
    case "DELETE": return .deleteObject(bucket, key: key)
    default: throw notAllowed(head)
    }
  }

  private static func parseUpload(_ head: RequestHead, _ bucket: String, _ key: String) throws(S3Error) -> S3Operation {
    guard let upload = head.queryValue("uploadId") else {
      guard head.method == "POST" else { throw notAllowed(head) }
      return .createUpload(bucket, key: key)
    }
    switch head.method {
    case "PUT":
      if head[header: "x-amz-copy-source"] != nil {
        throw S3Error(.notImplemented, "Copying into a part of a multipart upload is not supported by this store.")
      }
      guard let number = head.queryValue("partNumber").flatMap({ Int($0) }), (1...10_000).contains(number) else {
        throw S3Error(.invalidArgument, "Part number must be an integer between 1 and 10000, inclusive.")
      }
      return .uploadPart(bucket, key: key, upload: upload, number: number)
    case "POST": return .completeUpload(bucket, key: key, upload: upload)
    case "DELETE": return .abortUpload(bucket, key: key, upload: upload)
    case "GET": return .listParts(bucket, key: key, upload: upload)
    default: throw notAllowed(head)
    }
  }

  private static func parseSource(_ header: String) throws(S3Error) -> ObjectSource {
    let path = header.drop { $0 == "/" }
    guard !path.contains("?versionId=") else { throw S3Error(.notImplemented, "Versions are not supported.") }
    let parts = path.split(separator: "/", maxSplits: 1)
    guard parts.count == 2, let bucket = PercentEncoding.decodeText(parts[0]),
      let key = PercentEncoding.decodeText(parts[1])
    else { throw S3Error(.invalidArgument, "x-amz-copy-source must read bucket/key, percent-encoded.") }
    return ObjectSource(bucket: bucket, key: key)
  }

  private static func notAllowed(_ head: RequestHead) -> S3Error {
    S3Error(.methodNotAllowed, "The method \(head.method.prefix(16)) is not allowed against this resource.")
  }
}

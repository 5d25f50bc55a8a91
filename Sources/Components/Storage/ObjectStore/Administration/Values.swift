package import S3Protocol

/// What is set on a bucket.
package struct BucketSettings: Hashable, Sendable {
  /// The names by which S3 and web clients find the bucket; none makes it unreachable. Kept in order.
  package var aliases: [String]
  package var website: Website?
  package var quotas: Quotas

  package init(aliases: [String] = [], website: Website? = nil, quotas: Quotas = Quotas()) {
    (self.aliases, self.website, self.quotas) = (aliases.sorted(), website, quotas)
  }

  /// A bucket that anybody may read through the web server.
  package struct Website: Hashable, Sendable {
    /// The object sent for a path that ends with a slash, such as `index.html`.
    package var index: String
    /// The object sent with status 404 for a missing one.
    package var error: String?

    package init(index: String, error: String? = nil) { (self.index, self.error) = (index, error) }
  }

  package struct Quotas: Hashable, Sendable {
    /// Most bytes in the bucket; nil: no limit.
    package var maximumByteCount: Int64?
    /// Most objects in the bucket; nil: no limit.
    package var maximumObjectCount: Int64?

    package init(maximumByteCount: Int64? = nil, maximumObjectCount: Int64? = nil) {
      (self.maximumByteCount, self.maximumObjectCount) = (maximumByteCount, maximumObjectCount)
    }
  }
}

/// A bucket as it is.
package struct Bucket: Hashable, Sendable, Identifiable {
  package let id: String
  package let settings: BucketSettings
  package let created: Timestamp
  /// Who made it, in the words of whoever administers the store.
  package let mark: String?
  package let byteCount: Int64
  package let objectCount: Int64
}

/// What is set on an access key.
package struct AccessKeySettings: Hashable, Sendable {
  /// For people; need not be unique.
  package var name: String
  /// From this moment on the key is refused; nil: never.
  package var expiry: Timestamp?
  package var mayCreateBuckets: Bool

  package init(name: String = "", expiry: Timestamp? = nil, mayCreateBuckets: Bool = false) {
    (self.name, self.expiry, self.mayCreateBuckets) = (name, expiry, mayCreateBuckets)
  }
}

/// An access key as it is, without its secret.
package struct AccessKey: Hashable, Sendable, Identifiable {
  package let id: String
  package let settings: AccessKeySettings
  package let mark: String?
}

/// What one key may do in one bucket.
package struct Permissions: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Read and list objects.
  package static let read = Permissions(rawValue: 1)
  /// Write and delete objects.
  package static let write = Permissions(rawValue: 2)
  /// Delete the bucket.
  package static let owner = Permissions(rawValue: 4)
}

/// One key's permissions on one bucket, as they are.
package struct Grant: Hashable, Sendable {
  package let bucketID: String
  package let keyID: String
  package let permissions: Permissions
  package let mark: String?
}

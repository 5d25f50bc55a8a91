internal import OpenSSL

/// The additional checksums of S3, named by the headers or trailers that carry them.
package enum ChecksumAlgorithm: String, Sendable, CaseIterable {
  case crc32, crc32c, crc64nvme, sha1, sha256

  /// `x-amz-checksum-crc32` and so on.
  package var headerName: String { "x-amz-checksum-\(rawValue)" }

  package init?(headerName: String) {
    guard let found = Self.allCases.first(where: { $0.headerName == headerName.lowercased() }) else { return nil }
    self = found
  }
}

/// Computes one additional checksum as data passes. Not `Sendable`: it may hold a digest in progress.
package struct Checksum {
  package let algorithm: ChecksumAlgorithm
  private var crc: CyclicRedundancyCheck?
  private var digest: Digest?

  package init(_ algorithm: ChecksumAlgorithm) {
    self.algorithm = algorithm
    switch algorithm {
    case .crc32: crc = CyclicRedundancyCheck(.crc32)
    case .crc32c: crc = CyclicRedundancyCheck(.crc32c)
    case .crc64nvme: crc = CyclicRedundancyCheck(.crc64nvme)
    case .sha1: digest = Digest(.sha1)
    case .sha256: digest = Digest(.sha256)
    }
  }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    crc?.update(bytes)
    digest?.update(bytes)
  }

  /// The checksum in base64. The value must not be used afterwards.
  package func finalize() -> String { Base64.encode(crc?.value ?? digest?.finalize() ?? []) }
}

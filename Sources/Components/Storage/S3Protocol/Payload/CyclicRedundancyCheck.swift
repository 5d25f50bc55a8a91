/// The reflected CRCs that S3 clients send as checksums, eight bytes at a time ("slicing by 8").
///
/// All widths share a 64-bit register: a reflected CRC of 32 bits lives in its low half.
package struct CyclicRedundancyCheck: Sendable {
  package enum Variant: Sendable, CaseIterable {
    case crc32, crc32c, crc64nvme

    var byteCount: Int { self == .crc64nvme ? 8 : 4 }

    var mask: UInt64 { self == .crc64nvme ? .max : 0xFFFF_FFFF }

    /// The generator polynomial, bits reversed.
    var polynomial: UInt64 {
      switch self {
      case .crc32: 0xEDB8_8320
      case .crc32c: 0x82F6_3B78
      case .crc64nvme: 0x9A6C_9329_AC4B_C9B5
      }
    }

    var tables: [UInt64] {
      switch self {
      case .crc32: Tables.crc32
      case .crc32c: Tables.crc32c
      case .crc64nvme: Tables.crc64nvme
      }
    }
  }

  private let variant: Variant
  private let tables: [UInt64]
  private var register: UInt64

  package init(_ variant: Variant) {
    self.variant = variant
    tables = variant.tables
    register = variant.mask
  }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var crc = register
    tables.withUnsafeBufferPointer { table in
      var offset = 0
      while offset + 8 <= bytes.count {
        var word = crc ^ UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        crc = 0
        for slice in stride(from: 7, through: 0, by: -1) {
          crc ^= table[slice << 8 | Int(word & 0xFF)]
          word >>= 8
        }
        offset += 8
      }
      while offset < bytes.count {
        crc = table[Int((crc ^ UInt64(bytes[offset])) & 0xFF)] ^ (crc >> 8)
        offset += 1
      }
    }
    register = crc
  }

  /// The checksum of everything fed so far, most significant byte first, as clients send it in base64.
  package var value: [UInt8] {
    let result = register ^ variant.mask
    return (0..<variant.byteCount).reversed().map { UInt8(truncatingIfNeeded: result >> ($0 * 8)) }
  }
}

/// Eight tables of 256 entries for each variant, in one array: made once, on first use.
private enum Tables {
  static let crc32 = make(CyclicRedundancyCheck.Variant.crc32.polynomial)
  static let crc32c = make(CyclicRedundancyCheck.Variant.crc32c.polynomial)
  static let crc64nvme = make(CyclicRedundancyCheck.Variant.crc64nvme.polynomial)

  private static func make(_ polynomial: UInt64) -> [UInt64] {
    var table = [UInt64](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt64(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ polynomial : crc >> 1 }
      table[byte] = crc
    }
    for index in 256..<table.count {
      let below = table[index - 256]
      table[index] = table[Int(below & 0xFF)] ^ below >> 8
    }
    return table
  }
}

/// One identifier octet of the Basic Encoding Rules (X.690 8.1.2), as far as LDAP uses them.
///
/// LDAP never needs tag numbers above 30, so the multi-octet form is refused by the reader.
package struct BERTag: Hashable, Sendable, CustomStringConvertible {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let boolean = BERTag(rawValue: 0x01)
  package static let integer = BERTag(rawValue: 0x02)
  package static let octetString = BERTag(rawValue: 0x04)
  package static let enumerated = BERTag(rawValue: 0x0A)
  package static let sequence = BERTag(rawValue: 0x30)
  package static let set = BERTag(rawValue: 0x31)

  /// `[number]` of the context class holding a primitive value.
  package static func context(_ number: UInt8) -> BERTag { BERTag(rawValue: 0x80 | number) }

  /// `[number]` of the context class holding further elements.
  package static func contextConstructed(_ number: UInt8) -> BERTag { BERTag(rawValue: 0xA0 | number) }

  /// `[APPLICATION number]` holding a primitive value.
  package static func application(_ number: UInt8) -> BERTag { BERTag(rawValue: 0x40 | number) }

  /// `[APPLICATION number]` holding further elements.
  package static func applicationConstructed(_ number: UInt8) -> BERTag { BERTag(rawValue: 0x60 | number) }

  package var description: String { "0x" + String(rawValue, radix: 16) }
}

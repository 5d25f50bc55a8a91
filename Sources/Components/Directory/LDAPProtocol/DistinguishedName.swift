/// A distinguished name (RFC 4514): relative names from the entry up to the root.
package struct DistinguishedName: Hashable, Sendable {
  /// One attribute value of a relative name. The value is unescaped.
  package struct Assertion: Hashable, Sendable {
    package var attribute: String
    package var value: [UInt8]

    package init(attribute: String, value: [UInt8]) {
      self.attribute = attribute
      self.value = value
    }
  }

  /// One step of the name; nearly always a single assertion.
  package struct Relative: Hashable, Sendable {
    package var assertions: [Assertion]

    package init(_ assertions: [Assertion]) { self.assertions = assertions }

    package init(_ attribute: String, _ value: String) {
      assertions = [Assertion(attribute: attribute, value: Array(value.utf8))]
    }
  }

  /// First the entry's own relative name, last the one nearest to the root. Empty for the root itself.
  package var relatives: [Relative]

  package init(_ relatives: [Relative]) { self.relatives = relatives }

  package static let root = DistinguishedName([])

  package var isRoot: Bool { relatives.isEmpty }

  /// The name above this one, or nil for the root.
  package var parent: DistinguishedName? {
    isRoot ? nil : DistinguishedName(Array(relatives.dropFirst()))
  }

  /// The name of a child of this entry.
  package func child(_ attribute: String, _ value: String) -> DistinguishedName {
    DistinguishedName([Relative(attribute, value)] + relatives)
  }

  /// A text equal for equal names: `normalise` maps each attribute and value to its comparable form.
  ///
  /// Special characters are escaped as hex pairs, so a raw comma always separates relative names, and
  /// "is below" is "ends with a comma and the other key".
  package func key(normalise: (Assertion) -> Assertion) -> String {
    relatives.map { relative in
      relative.assertions.map { Self.keyText(normalise($0)) }.sorted().joined(separator: "+")
    }.joined(separator: ",")
  }

  private static func keyText(_ assertion: Assertion) -> String {
    let plain = assertion.value.allSatisfy { !needsHexInKey($0) }
    if plain, let text = String(validating: assertion.value, as: UTF8.self) { return "\(assertion.attribute)=\(text)" }
    guard String(validating: assertion.value, as: UTF8.self) != nil else {
      return "\(assertion.attribute)=" + assertion.value.map(HexDigit.escape).joined()
    }
    var bytes: [UInt8] = []
    for byte in assertion.value {
      if needsHexInKey(byte) { bytes.append(contentsOf: HexDigit.escape(byte).utf8) } else { bytes.append(byte) }
    }
    return "\(assertion.attribute)=\(String(decoding: bytes, as: UTF8.self))"
  }

  private static func needsHexInKey(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "\\"), 0..<0x20: true
    default: false
    }
  }

  /// A key that folds the case of ASCII letters and trims spaces, for callers that know no schema.
  package var foldedKey: String {
    key { assertion in
      let value = String(decoding: assertion.value, as: UTF8.self).lowercased()
      let words = value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
      return Assertion(attribute: assertion.attribute.lowercased(), value: Array(words.utf8))
    }
  }
}

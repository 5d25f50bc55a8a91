/// The definitions every directory of people and groups needs, in the text form of RFC 4512 4.1.
///
/// One definition a line; a subtype comes after its supertype.
enum StandardSchema {
  static var attributeTypes: [String] {
    [operationalAttributes, coreAttributes, cosineAttributes, nisAttributes, sshAttributes].flatMap(lines)
  }

  static var objectClasses: [String] {
    [coreClasses, cosineClasses, nisClasses, sshClasses].flatMap(lines)
  }

  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map(String.init)
  }
}

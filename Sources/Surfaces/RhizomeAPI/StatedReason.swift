/// Why a person does something, in their own words: one line, since it is shown in tables and on terminals of others.
package enum StatedReason {
  /// Characters.
  private static let longest = 500

  /// - Parameter help: what to do where nothing is said.
  /// - Throws: `APIError` when it is empty, too long, or holds a line break or another control character.
  package static func check(_ text: String, orSay help: String) throws(APIError) {
    guard !text.allSatisfy(\.isWhitespace) else { throw APIError(.badRequest, help) }
    guard text.count <= longest else {
      throw APIError(.badRequest, "the reason has \(text.count) characters; say it in at most \(longest)")
    }
    let isPlain = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    guard isPlain else {
      throw APIError(.badRequest, "the reason is one line of text, without line breaks and control characters")
    }
  }
}

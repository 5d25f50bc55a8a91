/// The name of one entry: printable ASCII without spaces, in segments parted by single slashes.
///
/// Keys compare by their bytes, as every implementation sorts them.
package struct StateKey: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let text: String
  package var description: String { text }

  /// - Throws: `invalidKey` for an empty or overlong text, an empty segment or a character outside `!`...`~`.
  package init(_ text: String) throws(StateStoreError) {
    guard let problem = StateKey.problem(in: text) else {
      self.text = text
      return
    }
    throw StateStoreError(.invalidKey, "\"\(text.prefix(80))\" is no key for the state store: \(problem)")
  }

  package static func < (left: StateKey, right: StateKey) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  fileprivate static func problem(in text: String) -> String? {
    guard !text.isEmpty else { return "it is empty" }
    guard text.utf8.count <= StateStoreLimits.keyBytes else {
      return "it is longer than \(StateStoreLimits.keyBytes) bytes"
    }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return "only printable ASCII characters without spaces are allowed"
    }
    let segments = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return segments.contains(where: \.isEmpty) ? "a segment between slashes is empty" : nil
  }
}

/// All keys below a path: the empty prefix means the whole store, any other one ends in a slash, so that
/// `Bucket/` never catches `BucketList/`.
package struct StatePrefix: Hashable, Sendable, CustomStringConvertible {
  package let text: String
  package var description: String { text }

  /// The whole store.
  package static let all = StatePrefix(unchecked: "")

  private init(unchecked text: String) { self.text = text }

  /// - Throws: `invalidKey` unless the text is empty or a key followed by one slash.
  package init(_ text: String) throws(StateStoreError) {
    if text.isEmpty {
      self = .all
      return
    }
    guard text.hasSuffix("/") else {
      throw StateStoreError(.invalidKey, "the prefix \"\(text.prefix(80))\" must end in a slash")
    }
    _ = try StateKey(String(text.dropLast()))
    self.text = text
  }

  /// The key `suffix` below this prefix.
  package func key(_ suffix: String) throws(StateStoreError) -> StateKey { try StateKey(text + suffix) }

  package func contains(_ key: StateKey) -> Bool { key.text.utf8.starts(with: text.utf8) }

  /// What follows the prefix in `key`, or nil when the key lies elsewhere.
  package func suffix(of key: StateKey) -> String? {
    contains(key) ? String(decoding: key.text.utf8.dropFirst(text.utf8.count), as: UTF8.self) : nil
  }

  /// The first text after every key below this prefix; nil when there is none (the whole store).
  var upperBound: String? {
    // A prefix ends in a slash, and the character after the slash in ASCII is the digit zero.
    text.isEmpty ? nil : String(text.dropLast()) + "0"
  }
}

/// What a map holds, by name: a dictionary that is always sorted.
///
/// Maps of resources are small, and there are tens of thousands of them. Side by side and in order they take half the
/// memory of a hash table, and two of them are compared member by member, without looking any of them up.
package struct Members: Sendable, Hashable {
  package typealias Element = (key: String, value: Value)

  /// Sorted by name, each name once.
  private var entries: [Entry]

  private struct Entry: Sendable, Hashable {
    let key: String
    var value: Value
  }

  package init() { entries = [] }

  /// - Parameter elements: in any order; where a name occurs twice, the last one counts.
  package init(_ elements: some Sequence<(String, Value)>) {
    entries = elements.map { Entry(key: $0.0, value: $0.1) }
    guard !isSorted else { return }
    let numbered = entries.enumerated().sorted { ($0.element.key, $0.offset) < ($1.element.key, $1.offset) }
    keepLastOfEach(numbered.map(\.element))
  }

  package init(_ dictionary: [String: Value]) { self.init(dictionary.lazy.map { ($0.key, $0.value) }) }

  private init(sorted entries: [Entry]) { self.entries = entries }

  private var isSorted: Bool { zip(entries, entries.dropFirst()).allSatisfy { $0.key < $1.key } }

  private mutating func keepLastOfEach(_ sorted: [Entry]) {
    entries.removeAll(keepingCapacity: true)
    for entry in sorted {
      if entries.last?.key == entry.key { entries.removeLast() }
      entries.append(entry)
    }
  }
}

// MARK: - Looking up and changing

extension Members {
  package subscript(_ key: String) -> Value? {
    get {
      let place = place(of: key)
      return place < entries.count && entries[place].key == key ? entries[place].value : nil
    }
    set {
      let place = place(of: key)
      switch (place < entries.count && entries[place].key == key, newValue) {
      case (true, let value?): entries[place].value = value
      case (true, nil): entries.remove(at: place)
      case (false, let value?): entries.insert(Entry(key: key, value: value), at: place)
      case (false, nil): break
      }
    }
  }

  /// Where the name is or would be; at once for what is added in order.
  private func place(of key: String) -> Int {
    guard let last = entries.last, last.key >= key else { return entries.count }
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

// MARK: - As a collection

extension Members: RandomAccessCollection {
  package var startIndex: Int { entries.startIndex }
  package var endIndex: Int { entries.endIndex }
  package subscript(_ position: Int) -> Element { (entries[position].key, entries[position].value) }

  /// Sorted.
  package var keys: [String] { entries.map(\.key) }
  /// In the order of their names.
  package var values: [Value] { entries.map(\.value) }

  package func mapValues(_ change: (Value) throws -> Value) rethrows -> Members {
    Members(sorted: try entries.map { Entry(key: $0.key, value: try change($0.value)) })
  }

  package func compactMapValues<Result>(_ change: (Value) throws -> Result?) rethrows -> [String: Result] {
    var result: [String: Result] = [:]
    for entry in entries { result[entry.key] = try change(entry.value) }
    return result
  }

  package func filter(_ isIncluded: (Element) throws -> Bool) rethrows -> Members {
    Members(sorted: try entries.filter { try isIncluded(($0.key, $0.value)) })
  }
}

extension Members: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }
}

extension Members: Codable {
  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    self.init(try container.allKeys.map { ($0.stringValue, try container.decode(Value.self, forKey: $0)) })
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    for entry in entries { try container.encode(entry.value, forKey: Name(stringValue: entry.key)) }
  }
}

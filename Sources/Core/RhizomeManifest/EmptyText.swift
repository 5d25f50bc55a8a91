extension Manifest {
  /// True when not one document is in the texts: they are empty, hold comments only, or there are none.
  package static func declaresNothing(_ texts: some Sequence<String>) -> Bool {
    texts.allSatisfy { text in
      text.split(whereSeparator: \.isNewline).allSatisfy { line in
        let content = line.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        return content.isEmpty || content.hasPrefix("#") || content.hasPrefix("---") || content == "..."
          || content.hasPrefix("null") || content.hasPrefix("~")
      }
    }
  }
}

internal import CYAML

/// One thing that libyaml saw, as our own value.
struct Event {
  enum Kind {
    case documentStart
    case documentEnd
    case streamEnd
    case alias(String)
    case scalar(Scalar, tag: String?, anchor: String?)
    case sequenceStart(tag: String?, anchor: String?)
    case sequenceEnd
    case mappingStart(tag: String?, anchor: String?)
    case mappingEnd
  }

  let kind: Kind
  let mark: Mark
}

/// Why libyaml gave up, and where.
struct SyntaxError: Error {
  let message: String
  let mark: Mark
  /// What the parser was in the middle of, and where that began.
  let context: (message: String, mark: Mark)?
}

/// The only user of libyaml: turns pinned bytes into events, one at a time.
struct EventReader: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let bytes: UnsafeBufferPointer<UInt8>

  /// - Parameter bytes: valid UTF-8 without a byte order mark, which must stay where it is while the reader lives.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws(SyntaxError) {
    self.bytes = bytes
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    guard yaml_parser_initialize(parser) == 1 else {
      parser.deallocate()
      throw SyntaxError(message: "not enough memory to read the file", mark: .start, context: nil)
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  /// The next event; `streamEnd` comes last.
  mutating func next() throws(SyntaxError) -> Event {
    while true {
      var event = yaml_event_t()
      guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
      defer { yaml_event_delete(&event) }
      if let kind = EventReader.kind(of: event) { return Event(kind: kind, mark: Mark(event.start_mark)) }
    }
  }

  /// The event in our words; nil for the start of the stream, which says nothing.
  private static func kind(of event: yaml_event_t) -> Event.Kind? {
    switch event.type {
    case YAML_DOCUMENT_START_EVENT: .documentStart
    case YAML_DOCUMENT_END_EVENT: .documentEnd
    case YAML_STREAM_END_EVENT, YAML_NO_EVENT: .streamEnd
    case YAML_ALIAS_EVENT: .alias(text(event.data.alias.anchor) ?? "")
    case YAML_SCALAR_EVENT: scalar(of: event)
    case YAML_SEQUENCE_START_EVENT:
      .sequenceStart(tag: text(event.data.sequence_start.tag), anchor: text(event.data.sequence_start.anchor))
    case YAML_SEQUENCE_END_EVENT: .sequenceEnd
    case YAML_MAPPING_START_EVENT:
      .mappingStart(tag: text(event.data.mapping_start.tag), anchor: text(event.data.mapping_start.anchor))
    case YAML_MAPPING_END_EVENT: .mappingEnd
    default: nil
    }
  }

  private static func scalar(of event: yaml_event_t) -> Event.Kind {
    let data = event.data.scalar
    let buffer = UnsafeBufferPointer(start: data.value, count: data.length)
    let tag = text(data.tag)
    let scalar = Scalar(
      text: String(decoding: buffer, as: UTF8.self),
      isPlain: data.style == YAML_PLAIN_SCALAR_STYLE && tag != "!",
      tag: tag.flatMap(CoreTag.init)
    )
    return .scalar(scalar, tag: tag, anchor: text(data.anchor))
  }

  private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private func failure() -> SyntaxError {
    let state = parser.pointee
    guard let problem = state.problem else {
      return SyntaxError(message: "not enough memory to read the file", mark: Mark(state.mark), context: nil)
    }
    if state.error == YAML_READER_ERROR {
      let place = Mark(of: min(state.problem_offset, bytes.count), in: bytes)
      return SyntaxError(message: "a control character stands here", mark: place, context: nil)
    }
    let context = state.context.map { (String(cString: $0), Mark(state.context_mark)) }
    return SyntaxError(message: String(cString: problem), mark: Mark(state.problem_mark), context: context)
  }
}

extension Mark {
  /// libyaml counts from 0.
  fileprivate init(_ mark: yaml_mark_t) {
    self.init(line: Int32(clamping: mark.line) &+ 1, column: Int32(clamping: mark.column) &+ 1)
  }
}

package import NIOCore

extension LDAPMessage {
  /// How deeply elements may nest: the envelope and a filter of reasonable size.
  package static let depthMax = 64
  /// Most controls one message may carry.
  package static let controlsMax = 32

  /// Decodes one whole message.
  /// - Throws: `BERError` when the bytes are not exactly one message of RFC 4511.
  package init(decoding bytes: ByteBuffer) throws(BERError) {
    var outer = BERReader(bytes, depthMax: Self.depthMax)
    var reader = try outer.readConstructed(.sequence)
    try outer.expectEnd()
    let messageID = try reader.readInteger()
    guard messageID >= 0 else { throw BERError(.invalidValue, "a message id is negative") }
    let operation = try LDAPOperation(from: &reader)
    let controls = try Self.readControls(from: &reader)
    try reader.expectEnd()
    self.init(messageID: messageID, operation, controls: controls)
  }

  private static func readControls(from reader: inout BERReader) throws(BERError) -> [LDAPControl] {
    guard reader.nextTag == .contextConstructed(0) else { return [] }
    var list = try reader.readConstructed(.contextConstructed(0))
    var controls: [LDAPControl] = []
    while !list.isAtEnd {
      guard controls.count < controlsMax else { throw BERError(.tooMany, "more than \(controlsMax) controls") }
      controls.append(try LDAPControl(from: list.readConstructed(.sequence)))
    }
    return controls
  }

  /// Writes the message at the end of `buffer`.
  package func encode(into buffer: inout ByteBuffer) {
    var writer = BERWriter(buffer)
    // Give up the caller's reference first, so that the writer appends in place.
    buffer = ByteBuffer()
    writer.constructed(.sequence) { writer in
      writer.integer(messageID)
      operation.write(to: &writer)
      guard !controls.isEmpty else { return }
      writer.constructed(.contextConstructed(0)) { writer in
        for control in controls { control.write(to: &writer) }
      }
    }
    buffer = writer.buffer
  }

  /// The message as bytes.
  package func encoded() -> ByteBuffer {
    var buffer = ByteBuffer()
    encode(into: &buffer)
    return buffer
  }
}

extension LDAPControl {
  fileprivate init(from reader: BERReader) throws(BERError) {
    var reader = reader
    let type = try reader.readString()
    let isCritical = reader.nextTag == .boolean ? try reader.readBoolean() : false
    let value = reader.nextTag == .octetString ? try reader.readOctets() : nil
    try reader.expectEnd()
    self.init(type: type, isCritical: isCritical, value: value)
  }

  fileprivate func write(to writer: inout BERWriter) {
    writer.constructed(.sequence) { writer in
      writer.string(type)
      if isCritical { writer.boolean(true) }
      if let value { writer.octets(value) }
    }
  }
}

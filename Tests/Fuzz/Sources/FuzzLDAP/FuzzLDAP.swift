import CLibFuzzer
import Glibc
import LDAPProtocol
import NIOCore

/// Decodes the bytes as a stream of LDAP messages and as the texts of a filter and of a name. Traps when a message that
/// was decoded does not survive being encoded and decoded again.
func fuzzLDAP(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeBufferPointer(start: start, count: count)
  decodeStream(ByteBuffer(bytes: bytes))
  let text = String(decoding: bytes, as: UTF8.self)
  _ = try? LDAPFilter(text)
  _ = try? DistinguishedName(text)
  return 0
}

@main
private struct Harness {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments, { fuzzLDAP($0, $1) }))
  }
}

private func decodeStream(_ buffer: ByteBuffer) {
  var decoder = LDAPFrameDecoder(messageByteCountMax: 1 << 20)
  var rest = buffer
  while let message = try? decoder.decode(buffer: &rest) {
    var encoded = ByteBuffer()
    message.encode(into: &encoded)
    guard let again = try? decoder.decode(buffer: &encoded) else {
      preconditionFailure("a message that was decoded cannot be decoded again")
    }
    precondition(again == message, "a message changed on the way")
  }
}

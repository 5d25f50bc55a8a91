import CLibFuzzer
import Glibc
import PortControl

/// Decodes the bytes as what a router and what a client may send. Traps when a message that was decoded does not survive
/// being encoded and decoded again.
func fuzzPortControl(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  switch try? ControlAnswer(decoding: bytes) {
  case .natPMP(let answer): survives(answer, answer.encoded) { try NATPMPResponse(decoding: $0) }
  case .pcp(let answer): survives(answer, answer.encoded) { try PCPResponse(decoding: $0) }
  case .otherVersion, nil: break
  }
  if let request = try? PCPRequest(decoding: bytes) {
    survives(request, request.encoded) { try PCPRequest(decoding: $0) }
  }
  if let request = try? NATPMPRequest(decoding: bytes) {
    survives(request, request.encoded) { try NATPMPRequest(decoding: $0) }
  }
  return 0
}

@main
private struct Harness {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments, { fuzzPortControl($0, $1) }))
  }
}

private func survives<Message: Equatable>(
  _ message: Message,
  _ encoded: [UInt8],
  _ decode: ([UInt8]) throws -> Message
) {
  guard let again = try? decode(encoded) else {
    preconditionFailure("a message that was decoded cannot be decoded again")
  }
  precondition(again == message, "a message changed on the way")
}

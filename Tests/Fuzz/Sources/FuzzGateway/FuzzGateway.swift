import CLibFuzzer
import CMiniUPnPc
import Glibc
import UPnP

/// Reads the bytes as everything that comes from the home's network: a datagram of discovery, an HTTP answer, a
/// description, and what libminiupnpc's own parsers get to see. The first byte chooses how the answer is cut.
func fuzzGateway(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  readDatagram(bytes)
  let answer = readAnswer(Array(bytes.dropFirst()), piece: Int(bytes.first ?? 0))
  precondition(answer == readAnswer(Array(bytes.dropFirst()), piece: 0), "an answer depends on how it was cut")
  for body in [bytes, answer?.body ?? []] {
    _ = try? DeviceDescription(body)
    readAsLibrary(body)
  }
  return 0
}

@main
private struct Harness {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments, { fuzzGateway($0, $1) }))
  }
}

/// Traps when something is believed of another host than the sender.
private func readDatagram(_ bytes: [UInt8]) {
  let sender = IPv4Address(rawValue: 0xC0A8_0101)
  if let url = RouterNotice(bytes, from: sender)?.descriptionURL {
    precondition(url.hasPrefix("http://192.168.1.1:"), "a notice leads elsewhere")
  }
  var search = SSDPSearch(gateways: [], patience: .seconds(1), at: .zero)
  search.take(bytes, from: sender, at: .zero)
  precondition(search.candidates.allSatisfy { $0.hasPrefix("http://192.168.1.1:") }, "an answer leads elsewhere")
}

/// - Parameter piece: bytes that come at once; 0 for all.
private func readAnswer(_ bytes: [UInt8], piece: Int) -> WebAnswer? {
  var limits = WebAnswerReader.Limits()
  (limits.headerBytes, limits.bodyBytes) = (1024, 4096)
  var reader = WebAnswerReader(limits: limits)
  var rest = bytes[...]
  do {
    while !rest.isEmpty, reader.answer == nil {
      let part = rest.prefix(piece == 0 ? rest.count : piece)
      try reader.take(part)
      rest = rest.dropFirst(part.count)
    }
    let answer = try reader.end()
    precondition(answer.body.count <= 4096 && !(300..<400).contains(answer.status), "a limit does not hold")
    return answer
  } catch {
    return nil
  }
}

/// Copies onto the heap, at the exact size, so that reading beyond its end is noticed.
private func readAsLibrary(_ body: [UInt8]) {
  let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: body.count)
  defer { copy.deallocate() }
  _ = copy.update(fromContentsOf: body.map { CChar(bitPattern: $0) })
  guard let start = copy.baseAddress else { return }
  var values = NameValueParserData()
  ParseNameValue(start, CInt(body.count), &values)
  for name in ["errorCode", "NewExternalIPAddress", "NewLeaseDuration", "UniqueID"] {
    if let value = GetValueFromNameValueList(&values, name) { precondition(strlen(value) < 128) }
  }
  ClearNameValueList(&values)
}

import Testing
import UPnP

@testable import Reachability

@Suite("Messages of the probe")
struct ProbeMessageTests {
  private let town = Town()

  private var messages: [ProbeMessage] {
    let signature = [UInt8](repeating: 7, count: 64)
    let ask = ProbeAsk(cluster: "garden", node: "cellar", nonce: town.nonce(3), ports: [80, 443], signature: signature)
    let report = ProbeReport(
      address: town.askerAddress,
      ports: ProbeReport.Look.allCases.map { .init(UInt16($0.rawValue) + 80, $0) },
      signature: signature
    )
    return [.challenge(town.nonce(9)), .ask(ask), .report(report)]
  }

  @Test func comeOutAsTheyWentIn() throws {
    for message in messages {
      #expect(try ProbeMessage(Array(message.frame.dropFirst(2))) == message)
    }
  }

  @Test func comeInPieces() throws {
    for message in messages {
      var frames = ProbeFrames()
      for byte in message.frame.dropLast() {
        try frames.append([byte])
        #expect(try frames.next() == nil)
      }
      try frames.append([try #require(message.frame.last)])
      #expect(try frames.next() == message)
    }
  }

  @Test func cutOrLongerMessagesAreRefused() {
    for message in messages {
      let text = Array(message.frame.dropFirst(2))
      for count in text.indices {
        #expect(throws: ProbeMessage.Malformed.self) { try ProbeMessage(Array(text.prefix(count))) }
      }
      #expect(throws: ProbeMessage.Malformed.trailingBytes) { try ProbeMessage(text + [0]) }
    }
  }

  @Test func sizesAreBounded() throws {
    var frames = ProbeFrames()
    #expect(throws: ProbeMessage.Malformed.tooLong) { try frames.append([0xFF, 0xFF]) }
    frames = ProbeFrames()
    #expect(throws: ProbeMessage.Malformed.tooLong) { try frames.append([UInt8](repeating: 0, count: 515)) }
    frames = ProbeFrames()
    try frames.append(messages[0].frame + [1])
    #expect(throws: ProbeMessage.Malformed.trailingBytes) { try frames.next() }
    // The largest wish fits.
    let name = String(repeating: "a", count: 63)
    let ask = ProbeAsk(
      cluster: name,
      node: name,
      nonce: town.nonce(1),
      ports: (1...64).map { UInt16($0) },
      signature: [UInt8](repeating: 0, count: 64)
    )
    #expect(ProbeMessage.ask(ask).frame.count - 2 <= ProbeMessage.maximumByteCount)
  }

  @Test func portsComeInOrderAndOnce() {
    func read(_ ports: [UInt16]) throws -> ProbeMessage {
      let ask = ProbeAsk(
        cluster: "garden",
        node: "cellar",
        nonce: town.nonce(1),
        ports: ports,
        signature: [UInt8](repeating: 0, count: 64)
      )
      return try ProbeMessage(Array(ProbeMessage.ask(ask).frame.dropFirst(2)))
    }
    for ports: [UInt16] in [[], [0], [80, 80], [443, 80], (1...65).map { UInt16($0) }] {
      #expect(throws: ProbeMessage.Malformed.badPorts) { try read(ports) }
    }
  }

  /// Whatever comes, it is read or refused, and never trapped over; what is read has one form only.
  @Test(arguments: 0..<8 as Range<UInt64>)
  func randomBytesNeverTrap(_ seed: UInt64) {
    var dice = SeededDice(seed)
    let originals = messages.map { Array($0.frame.dropFirst(2)) }
    for _ in 0..<3_000 {
      var bytes = originals[Int.random(in: 0..<3, using: &dice)]
      for _ in 0..<Int.random(in: 0...4, using: &dice) {
        bytes[Int.random(in: bytes.indices, using: &dice)] = UInt8.random(in: .min ... .max, using: &dice)
      }
      if Int.random(in: 0..<3, using: &dice) == 0 { bytes.removeLast(Int.random(in: 0...bytes.count, using: &dice)) }
      guard let message = try? ProbeMessage(bytes) else { continue }
      #expect(Array(message.frame.dropFirst(2)) == bytes)
    }
  }
}

@Suite("The kernel's list of sockets")
struct SocketTableTests {
  private let head =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
  private let client = IPv4Address(rawValue: 0x0B00_0002)

  @Test func showsWhoListensToOthers() {
    let four =
      head + "   0: 00000000:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1 1\n"
      + "   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1 1\n"
      + "   2: 0A4DA8C0:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1 1\n"
    let six =
      head
      + "   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 1 1\n"
      + "   1: 00000000000000000000000001000000:1F91 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 1 1\n"
    let udp = head + " 1: 00000000:0D96 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 1 2\n"
    let table = SocketTable(tcp: [four, six], udp: [udp])
    #expect(table.isListening(.tcp, 8443) && table.isListening(.tcp, 80) && table.isListening(.tcp, 443))
    #expect(!table.isListening(.tcp, 8080) && !table.isListening(.tcp, 8081), "loopback is not open to others")
    #expect(table.isListening(.udp, 3478) && !table.isListening(.tcp, 3478) && !table.isListening(.udp, 8443))
  }

  @Test func showsWhoIsConnected() {
    let four =
      head + "   0: 0A4DA8C0:20FB 0200000B:C350 01 0:0 0:0 0 0 0 1 1\n"
      + "   1: 0A4DA8C0:20FC 0300000B:C351 01 0:0 0:0 0 0 0 1 1\n"
      + "   2: 0A4DA8C0:9999 0200000B:01BB 02 0:0 0:0 0 0 0 1 1\n"
    let six =
      head + "   0: 0000000000000000FFFF00000A4DA8C0:01BB 0000000000000000FFFF00000200000B:C352 06 0:0 0:0 0 0 0 1 1\n"
    let seen = SocketTable(tcp: [four, six]).connections(from: client)
    #expect(seen == [.init(port: 8443, remotePort: 50_000), .init(port: 443, remotePort: 50_002)])
  }

  @Test func nonsenseIsPassedOver() {
    let table = SocketTable(tcp: ["", "x", head + "a b c d\n0: 1:2 3:4 5\n 0: ZZZZZZZZ:0050 00000000:0000 0A\n"])
    #expect(!table.isListening(.tcp, 80))
  }
}

import Testing

@testable import STUN

@Suite("A question to a STUN server")
struct BindingTransactionTests {
  private let server = TransportAddress(.ipv4, [198, 51, 100, 1], port: 3478)
  private let other = TransportAddress(.ipv4, [198, 51, 100, 2], port: 3478)
  private let home = TransportAddress(.ipv4, [203, 0, 113, 9], port: 4711)
  private let id = TransactionID([UInt8](repeating: 9, count: 12))

  private func transaction(timeout: Duration = .seconds(60)) throws -> BindingTransaction {
    BindingTransaction(try #require(id), to: try #require(server), start: .zero, timeout: timeout)
  }

  /// When something is sent until the end, and when that is; in milliseconds.
  private func life(_ transaction: BindingTransaction) -> (sends: [Int], end: Int) {
    var (transaction, now, sends) = (transaction, Duration.zero, [Int]())
    while true {
      switch transaction.directive(at: now) {
      case .send: sends.append(Int(now / .milliseconds(1)))
      case .wait(let time): now = time
      case .finished: return (sends, Int(now / .milliseconds(1)))
      }
    }
  }

  @Test func isRepeatedAsTheStandardSays() throws {
    let (sends, end) = life(try transaction())
    #expect(sends == [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500])
    #expect(end == 39_500)
  }

  @Test func endsAtTheCallersTime() throws {
    let (sends, end) = life(try transaction(timeout: .seconds(3)))
    #expect(sends == [0, 500, 1_500])
    #expect(end == 3_000)
  }

  @Test func onlyTheAnswerCounts() throws {
    let (id, server, other, home) = (
      try #require(id), try #require(server), try #require(other), try #require(home)
    )
    let answer = ServerMessage.answer(id, [(0x0020, ServerMessage.masked(home, id))])
    var transaction = try transaction()
    transaction.received(answer, from: server)
    #expect(transaction.directive(at: .zero) == .send(BindingMessage.request(id)), "nothing was asked yet")
    let waiting = transaction.directive(at: .zero)
    let stranger = try #require(TransactionID([UInt8](repeating: 8, count: 12)))
    let six = try #require(TransportAddress(.ipv6, [UInt8](repeating: 1, count: 16), port: 1))
    transaction.received(answer, from: other)
    transaction.received(ServerMessage.answer(stranger, [(0x0020, ServerMessage.masked(home, stranger))]), from: server)
    transaction.received(ServerMessage.answer(id, [(0x0020, ServerMessage.masked(six, id))]), from: server)
    transaction.received([1, 2, 3], from: server)
    #expect(transaction.directive(at: .zero) == waiting)
    transaction.received(answer, from: server)
    #expect(transaction.directive(at: .seconds(1)) == .finished(.answered(.address(home))))
    transaction.received(ServerMessage.refusal(id, [(0x0009, [0, 0, 5, 0])]), from: server)
    #expect(transaction.directive(at: .seconds(90)) == .finished(.answered(.address(home))), "the first answer stays")
  }
}

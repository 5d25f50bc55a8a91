import Foundation
import LDAPProtocol

/// What an LDAP server costs at least: for what was read one `write` of answers that were made before, on a thread that
/// does nothing else. No server of any kind answers the same client sooner, so what the servers are measured against is
/// what they add to this.
final class AnsweringMachine: Sendable {
  static let command = "serve-answers"

  private let listener: Int32
  let port: Int
  /// The answer to a search for each person, with the id 1.
  private let found: [[UInt8]]
  private let bound = LDAPBytes.encoded(.bindResponse(.success), id: 1)

  struct NoSocket: Error, CustomStringConvertible {
    let description = "no socket for the answering machine: \(String(cString: strerror(errno)))"
  }

  init() throws {
    let done = LDAPBytes.encoded(.searchResultDone(.success), id: 1)
    found = (0..<People.count).map { LDAPBytes.encoded(.searchResultEntry(People.found($0)), id: 1) + done }
    (listener, port) = try Self.listen()
  }

  /// - Returns: a socket on loopback, and the port that the system chose.
  private static func listen() throws -> (listener: Int32, port: Int) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in.loopback(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && Glibc.listen(listener, 16) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard isOpen else { throw NoSocket() }
    return (listener, Int(UInt16(bigEndian: address.sin_port)))
  }

  /// What runs in the process: serves until whoever started it ends.
  static func serve() async throws {
    let machine = try AnsweringMachine()
    Thread.detachNewThread { machine.accept() }
    await ServerProcess.serve(on: machine.port)
  }

  private func accept() {
    while true {
      let connection = Glibc.accept(listener, nil, nil)
      guard connection >= 0 else { return }
      setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, [Int32(1)], socklen_t(MemoryLayout<Int32>.size))
      Thread.detachNewThread { self.talk(connection) }
    }
  }

  /// Requests that are written at once come at once: they fit into one segment of loopback.
  private func talk(_ connection: Int32) {
    var requests = [UInt8](repeating: 0, count: 8_192)
    while true {
      let count = read(connection, &requests, requests.count)
      guard count > 0 else { break }
      let answers = answers(to: Array(requests[..<count]))
      guard write(connection, answers, answers.count) == answers.count else { break }
    }
    close(connection)
  }

  private func answers(to requests: [UInt8]) -> [UInt8] {
    var (answers, next) = ([UInt8](), 0)
    while let request = LDAPBytes.message(in: requests, at: next) {
      let isSearch = requests[request.tag] == 0x63
      let answer = isSearch ? found[person(requests[request.tag..<request.end])] : bound
      append(answer, id: requests[request.tag - 1], to: &answers)
      next = request.end
    }
    return answers
  }

  /// - Parameter answer: whole messages, each of which gets the id.
  private func append(_ answer: [UInt8], id: UInt8, to answers: inout [UInt8]) {
    var next = answers.count
    answers += answer
    while let message = LDAPBytes.message(in: answers, at: next) {
      answers[message.tag - 1] = id
      next = message.end
    }
  }

  /// The number in `person-4711`, which stands in the filter, after the length of that text. Behind it are the attributes
  /// only, whose tag looks like another digit.
  private func person(_ request: ArraySlice<UInt8>) -> Int {
    let word = "person-".utf8.count
    guard let dash = request.lastIndex(of: UInt8(ascii: "-")), dash - word >= request.startIndex else { return 0 }
    let digits = Int(request[dash - word]) - word
    return request[(dash + 1)...].prefix(digits).reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }
}
